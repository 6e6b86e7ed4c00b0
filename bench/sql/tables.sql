-- Many small tables, as a schema for each of 20 tenants has them; each has four indexes.
SET search_path = making;
SELECT set_config('making.tables', greatest(20, (2000 * least(1, :scale))::int)::text, false) \g /dev/null
SELECT format('CREATE SCHEMA tenant_%s', n) FROM generate_series(0, 19) n \gexec
DO $$
DECLARE
    pages bigint := (SELECT count(*) FROM page);
BEGIN
    FOR n IN 1 .. current_setting('making.tables')::int LOOP
        EXECUTE format(
            'CREATE TABLE tenant_%1$s.item_%2$s (id bigint PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10, 2), stored int, '
            '    created_at timestamptz, about text); '
            'INSERT INTO tenant_%1$s.item_%2$s SELECT i, word || '' '' || i, pick(i, %2$s, 100000) / 100.0, pick(i, 2, 500), '
            '    timestamptz ''2024-01-01 00:00+00'' + pick(i, 3, 30000000) * interval ''1 s'', substr(body, i * 60, pick(i, 4, 200)) '
            '    FROM generate_series(1, 30) i JOIN word ON rank = 200 + pick(i, %2$s, 9000) JOIN page ON n = 1 + pick(i, %2$s, %3$s); '
            'CREATE INDEX ON tenant_%1$s.item_%2$s (created_at); '
            'CREATE INDEX ON tenant_%1$s.item_%2$s (price, stored);', n % 20, n, pages);
        -- Each table's locks last until then.
        COMMIT;
    END LOOP;
END $$;
