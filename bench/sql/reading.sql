-- The narrow table: short rows of numbers and times, as measurements or events have them.
SET search_path = making;
CREATE TABLE public.reading AS
SELECT i AS id,
    1 + pick(i, 1, 4000) AS device,
    timestamptz '2020-01-01 00:00+00' + i * interval '15 seconds' + pick(i, 2, 15000) * interval '1 millisecond' AS at,
    (ARRAY['temperature','temperature','humidity','pressure','battery'])[1 + pick(i, 3, 5)] AS kind,
    round((40 + 20 * sin(i / 5000.0) + 5 * uniform(i, 4))::numeric, 3) AS value,
    pick(i, 5, 50) > 0 AS good
FROM generate_series(1, greatest(1000, (14500000 * :scale)::int)::bigint) i;
ALTER TABLE public.reading ADD PRIMARY KEY (id);
