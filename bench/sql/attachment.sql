-- Large values that compress badly: random bytes of which base64 made 100 KB to 20 MB.
SET search_path = making;
CREATE TABLE public.attachment (id int PRIMARY KEY, name text NOT NULL, content text NOT NULL);
INSERT INTO public.attachment
SELECT i, 'upload-' || i || '.jpg',
    (SELECT encode(string_agg(sha512(int8send(i * 10000000::bigint + at)), '' ORDER BY at), 'base64')
        FROM generate_series(1, (1e5 * exp(ln(200) * uniform(i, 3)) / 87)::int) at)
FROM generate_series(1, greatest(2, (75 * :scale)::int)) i;
