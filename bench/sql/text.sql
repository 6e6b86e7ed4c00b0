-- Text to cut values from: pages of words that are as frequent as a language's, of which the n-th comes up 1/n times as often
-- as the first. All is computed from hashes of row numbers, so that each run makes the same data.
CREATE SCHEMA making;
SET search_path = making;

CREATE FUNCTION pick(i bigint, salt bigint, n bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN ((hashint8extended(i, salt) & 9223372036854775807) % n)::int;
CREATE FUNCTION uniform(i bigint, salt bigint) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (hashint8extended(i, salt) & 1073741823) / 1073741824.0::double precision;
-- What a digest or a token looks like.
CREATE FUNCTION noise(i bigint, salt bigint, length int, format text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN left(translate(encode(sha512((i::text || ' ' || salt)::bytea), format), E'+\n', '.'), length);

CREATE TABLE word (rank int PRIMARY KEY, word text NOT NULL);
INSERT INTO word SELECT ordinality, word FROM string_to_table('the of and to in is it you that he was for on are with as '
    'they be at one have this from or had by not but what all were we when your can said there use an each which she do how '
    'their if will up other about out many then them these so some her would make like him into time has look two more write '
    'go see number no way could people my than first water been call who oil its now find long down day did get come made may '
    'part over new sound take only little work know place year live me back give most very after thing our just name good', ' ')
    WITH ORDINALITY AS w (word, ordinality);
INSERT INTO word SELECT rank, (
    SELECT string_agg(
        (ARRAY['b','br','c','ch','d','f','g','h','l','m','n','p','pr','r','s','st','t','tr','v','w'])[1 + pick(rank, s, 20)]
        || (ARRAY['a','e','e','i','o','u','ea','ou'])[1 + pick(rank, 10 + s, 8)]
        || (ARRAY['','','','n','r','s','t','l'])[1 + pick(rank, 20 + s, 8)], '' ORDER BY s)
    FROM generate_series(1, 2 + (rank > 1500)::int + (rank > 9000 AND rank % 3 = 0)::int) s)
FROM generate_series((SELECT max(rank) + 1 FROM word), 20000) rank;
ANALYZE word;

-- 4 KB each, and together far more than what a compressor remembers.
CREATE TABLE page (n int PRIMARY KEY, body text STORAGE PLAIN NOT NULL);
INSERT INTO page SELECT n, (
    SELECT string_agg(word || CASE WHEN i % 120 = 0 THEN E'.\n\n'
        ELSE (ARRAY['. ',', ',' ',' ',' ',' ',' ',' ',' ',' ',' ',' ',' '])[1 + pick(at, 2, 13)] END, '' ORDER BY i)
    FROM generate_series(1, 640) i, LATERAL (SELECT n * 1000::bigint + i) AS place (at),
        LATERAL (SELECT word FROM word WHERE rank = exp(ln(20000) * uniform(at, 1))::int) AS w)
FROM generate_series(1, greatest(512, (8192 * least(1, :scale))::int)) n;
ANALYZE page;

