-- What pg_dump's options select from and shape, small enough to be dumped some dozens of times. Load it as a superuser into an
-- empty UTF8 database:
--     psql -v ON_ERROR_STOP=1 -d DATABASE -f options.sql
-- The roles it needs are made when missing.

SET client_encoding = 'UTF8';
SET client_min_messages = warning;

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['dynodrop_keeper', 'dynodrop_tenant'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
			EXECUTE format('CREATE ROLE %I LOGIN', name);
		END IF;
	END LOOP;
END $$;

CREATE SCHEMA app;
CREATE SCHEMA side;
CREATE SCHEMA "Odd, ""schema""";

-- Cut into chunks, although there is little in it: pages that are a tenth full.
CREATE TABLE app.cut (id int PRIMARY KEY, at timestamptz, note text) WITH (fillfactor = 10);
INSERT INTO app.cut SELECT n, timestamptz '2020-01-01 00:00:00+00' + n * interval '7 h', 'größe é ' || n FROM generate_series(1, 21000) n;

CREATE TABLE app.person (id int PRIMARY KEY, boss int REFERENCES app.person, name text, height float8, share float4);
INSERT INTO app.person VALUES (1, NULL, 'Zoë', 0.1, 0.3), (2, 1, E'tab\tand \\ back', 1e-7 / 3, 1.1), (3, 2, NULL, 'NaN', '-Infinity');
CREATE TABLE app.logs_a (n int);
CREATE TABLE app.logs_b (n int, owner int REFERENCES app.person);
CREATE UNLOGGED TABLE app.logs_unlogged (n int);
INSERT INTO app.logs_a SELECT generate_series(1, 100);
INSERT INTO app.logs_b VALUES (1, 1), (2, 3);
INSERT INTO app.logs_unlogged VALUES (1);
CREATE INDEX ON app.logs_a (n);
CREATE VIEW app.few AS SELECT * FROM app.logs_a WHERE n < 10;
CREATE MATERIALIZED VIEW app.sums AS SELECT sum(n) FROM app.logs_a;
CREATE SEQUENCE app.counter;
SELECT setval('app.counter', 42);
COMMENT ON TABLE app.logs_a IS 'größe';
CREATE TRIGGER noop BEFORE UPDATE ON app.person FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();

CREATE TABLE app.measured (at date NOT NULL, value int) PARTITION BY RANGE (at);
CREATE TABLE app.measured_old PARTITION OF app.measured FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE side.measured_new PARTITION OF app.measured FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
INSERT INTO app.measured SELECT date '2019-12-01' + n, n FROM generate_series(1, 60) n;
CREATE TABLE app.parent (id int);
CREATE TABLE side.child (extra text) INHERITS (app.parent);
INSERT INTO app.parent VALUES (1);
INSERT INTO side.child VALUES (2, 'of the child');

CREATE TABLE "Odd, ""schema""".app (app text);
INSERT INTO "Odd, ""schema""".app VALUES ('a schema''s name as a table''s');
CREATE TABLE "Odd, ""schema"""."*" (n int);
INSERT INTO "Odd, ""schema"""."*" VALUES (1);

CREATE SCHEMA policed;
CREATE TABLE policed.notes (owner name, body text);
INSERT INTO policed.notes VALUES ('dynodrop_tenant', 'the tenant''s'), ('dynodrop_keeper', 'the keeper''s'), ('nobody', 'of nobody');
CREATE TABLE policed.many (owner name, n int) WITH (fillfactor = 10);
INSERT INTO policed.many SELECT CASE n % 3 WHEN 0 THEN 'dynodrop_tenant' ELSE 'nobody' END, n FROM generate_series(1, 40000) n;
ALTER TABLE policed.notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE policed.many ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON policed.notes USING (owner = current_user);
CREATE POLICY own ON policed.many USING (owner = current_user);
GRANT USAGE ON SCHEMA policed TO dynodrop_tenant;
GRANT SELECT ON ALL TABLES IN SCHEMA policed TO dynodrop_tenant;

CREATE SCHEMA kept AUTHORIZATION dynodrop_keeper;
CREATE TABLE kept.things (n int);
INSERT INTO kept.things VALUES (1);
ALTER TABLE kept.things OWNER TO dynodrop_keeper;

SELECT lo_from_bytea(4242, 'a large object'), lo_from_bytea(4243, '\x');
CREATE PUBLICATION everything_here FOR TABLE app.person;

CREATE EXTENSION dropconf;
INSERT INTO dropconf.setting VALUES ('colour', 'blue');
INSERT INTO dropconf.rule VALUES (10, 'the user''s own');

SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'file_fdw') AS has_file_fdw \gset
\if :has_file_fdw
CREATE EXTENSION file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE side.echoed (line text) SERVER files OPTIONS (program 'echo from afar');
\endif
