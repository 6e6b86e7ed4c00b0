-- Large values that compress: texts of 100 KB to 20 MB, and one of 60 MB (at a small scale less, but still a huge one).
SET search_path = making;
SELECT count(*) AS pages, greatest(2, (75 * :scale)::int) AS documents FROM page \gset
CREATE TABLE public.document (id int PRIMARY KEY, title text NOT NULL, created_at timestamptz NOT NULL, body text NOT NULL);
INSERT INTO public.document
SELECT i, 'Document ' || i, timestamptz '2024-01-01 00:00+00' + i * interval '7 hours',
    (SELECT string_agg(body, '' ORDER BY at) FROM generate_series(1, (size / 4000)::int) at
        JOIN page ON n = 1 + (pick(i, 2, :pages) + at) % :pages)
FROM generate_series(0, :documents) i,
    LATERAL (SELECT CASE i WHEN 0 THEN 6e7 * least(1, 0.3 + :scale) ELSE 1e5 * exp(ln(200) * uniform(i, 1)) END) AS wanted (size);
