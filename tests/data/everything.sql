-- Everything that breaks dump tools, in one database. Load it as a superuser into an empty UTF8 database of PostgreSQL 15 or later:
--     psql -v ON_ERROR_STOP=1 -d DATABASE -f everything.sql
-- The roles it needs are made when missing (roles belong to the whole server). What a server lacks (contrib, a newer
-- version's syntax) is left out. A payload in some names creates a table called "injected" if a name ever reaches a server
-- unquoted or in a comment: after a dump and a restore no relation of that name may exist.

SET client_encoding = 'UTF8';
SET client_min_messages = warning;
SELECT current_setting('server_version_num')::int >= 180000 AS is_18 \gset

-------------------------------------------------------------------------------------------------------------------- Roles

DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['dynodrop_owner', 'dynodrop_reader', 'dynodrop "odd'' näme',
	                            E'dynodrop_line\n; CREATE TABLE injected();--'] LOOP
		IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
			EXECUTE format('CREATE ROLE %I NOLOGIN', name);
		END IF;
	END LOOP;
END $$;

CREATE SCHEMA app AUTHORIZATION dynodrop_owner;
CREATE SCHEMA archive;
CREATE SCHEMA empty_schema;
COMMENT ON SCHEMA app IS 'the app''s own; it has "quotes", a -- dash,
a second line, and a \backslash';

-------------------------------------------------------------------------------------------------------------------- Names

CREATE SCHEMA names;
CREATE TABLE names."MixedCase" (id int);
CREATE TABLE names.mixedcase ("Id" int, id int);
CREATE TABLE names."with ""double"" and 'single' quotes" ("a ""column""" text DEFAULT 'it''s "quoted"', "b'" int);
CREATE TABLE names."dots.in.a.name" ("a.b" int);
CREATE TABLE names."spaces in it " (" leading" int);
CREATE TABLE names."žluťoučký 🐘 表" ("größe" int, "数" text);
CREATE TABLE names."a_name_of_exactly_sixty_three_bytes_which_is_all_postgres_keeps" (id int);
CREATE TABLE names."🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘xyz" (id int);
CREATE TABLE names."select" ("from" int, "where" text, "user" text);
CREATE TABLE names."-t --help" (id int);
CREATE TABLE names."*?[a-z]|(b)+{c}^$" (id int);
CREATE TABLE names."%s%n\\%I" ("100%" int, "back\slash" int);
CREATE TABLE names."/* no comment */ $$ $body$" (id int);
CREATE TABLE names.pg_class (relname text);
CREATE TABLE names.t (t text, names text);
CREATE TABLE names.e (E_1 int);

INSERT INTO names."MixedCase" VALUES (1);
INSERT INTO names.mixedcase VALUES (2, 3);
INSERT INTO names."with ""double"" and 'single' quotes" VALUES (DEFAULT, 4);
INSERT INTO names."dots.in.a.name" VALUES (5);
INSERT INTO names."spaces in it " VALUES (6);
INSERT INTO names."žluťoučký 🐘 表" VALUES (7, '值');
INSERT INTO names."a_name_of_exactly_sixty_three_bytes_which_is_all_postgres_keeps" VALUES (8);
INSERT INTO names."🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘xyz" VALUES (9);
INSERT INTO names."select" VALUES (10, 'where', 'user');
INSERT INTO names."-t --help" VALUES (11);
INSERT INTO names."*?[a-z]|(b)+{c}^$" VALUES (12);
INSERT INTO names."%s%n\\%I" VALUES (13, 14);
INSERT INTO names."/* no comment */ $$ $body$" VALUES (15);
INSERT INTO names.pg_class VALUES ('not the catalog');
INSERT INTO names.t VALUES ('t', 'names');
INSERT INTO names.e VALUES (16);

-- The same name in two schemas, with different columns and rows.
CREATE TABLE app.twin (id int PRIMARY KEY, body text);
CREATE TABLE archive.twin (body text, id bigint, extra int);
INSERT INTO app.twin VALUES (1, 'of app');
INSERT INTO archive.twin VALUES ('of archive', 2, 3), ('of archive', 4, 5);

-- Names that are SQL. U&'' has no newline, so these go through format().
DO $$
DECLARE
	payload text;
	payloads text[] := ARRAY[
		E'line\n; CREATE TABLE injected();--',
		E'cr\r; CREATE TABLE injected();--',
		E'crlf\r\nCREATE TABLE public.injected();\r\n--',
		E'copy\n\\.\nCREATE TABLE public.injected();',
		E'meta\n\\! touch injected\n\\q',
		'quote"; CREATE TABLE public.injected();--',
		'apostrophe''; CREATE TABLE public.injected();--',
		'comment */; CREATE TABLE public.injected();--',
		'-- dash; CREATE TABLE public.injected();'];
BEGIN
	FOREACH payload IN ARRAY payloads LOOP
		EXECUTE format('CREATE SCHEMA %I', payload);
		EXECUTE format('CREATE TABLE %1$I.%1$I (%1$I int CONSTRAINT %1$I CHECK (%1$I > 0), plain text)', payload);
		EXECUTE format('INSERT INTO %1$I.%1$I VALUES (1, %1$L), (2, %2$L)', payload, '\.');
		EXECUTE format('CREATE INDEX %2$I ON %1$I.%1$I (%1$I)', payload, payload || ' index');
		EXECUTE format('CREATE VIEW %1$I.%2$I AS SELECT %1$I FROM %1$I.%1$I', payload, payload || ' view');
		EXECUTE format('CREATE TYPE %1$I.%2$I AS ENUM (%1$L)', payload, payload || ' type');
		EXECUTE format('CREATE SEQUENCE %1$I.%2$I', payload, payload || ' seq');
		EXECUTE format('CREATE FUNCTION %1$I.%1$I(%1$I int DEFAULT 7) RETURNS text LANGUAGE sql AS %2$L', payload,
		               format('SELECT %L::text', payload));
		EXECUTE format('CREATE PUBLICATION %I FOR TABLE %1$I.%1$I', payload);
		EXECUTE format('COMMENT ON TABLE %1$I.%1$I IS %1$L', payload);
		EXECUTE format('COMMENT ON COLUMN %1$I.%1$I.%1$I IS %1$L', payload);
		EXECUTE format('GRANT SELECT ON %1$I.%1$I TO dynodrop_reader', payload);
	END LOOP;
	-- An owner's name stands in a comment of its own.
	EXECUTE format('CREATE TABLE names.owned_by_odd ()');
	EXECUTE format('ALTER TABLE names.owned_by_odd OWNER TO %I', 'dynodrop "odd'' näme');
	EXECUTE format('CREATE TABLE names.owned_by_line (id int)');
	EXECUTE format('INSERT INTO names.owned_by_line VALUES (1)');
	EXECUTE format('ALTER TABLE names.owned_by_line OWNER TO %I', E'dynodrop_line\n; CREATE TABLE injected();--');
END $$;

-------------------------------------------------------------------------------------------------------------------- Sequences

CREATE TABLE app.numbered (
	always int GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 3),
	by_default bigint GENERATED BY DEFAULT AS IDENTITY (MINVALUE -50 START -50 INCREMENT 5 CYCLE),
	old_style serial PRIMARY KEY,
	big bigserial,
	word text);
INSERT INTO app.numbered (word) SELECT 'row ' || n FROM generate_series(1, 50) n;
INSERT INTO app.numbered (always, word) OVERRIDING SYSTEM VALUE VALUES (7, 'overridden');

CREATE SEQUENCE app.seven INCREMENT 7 START 3 CACHE 20;
SELECT nextval('app.seven'), nextval('app.seven');
CREATE SEQUENCE app.down AS smallint INCREMENT -2 MINVALUE -100 MAXVALUE 99 START 99 CYCLE;
SELECT setval('app.down', -37);
CREATE SEQUENCE app.not_called;
SELECT setval('app.not_called', 4711, false);
CREATE SEQUENCE app.untouched START 12345;
CREATE SEQUENCE app.exhausted MAXVALUE 5;
SELECT setval('app.exhausted', 5);
CREATE SEQUENCE app.huge MAXVALUE 9223372036854775807;
SELECT setval('app.huge', 9223372036854775807);
CREATE UNLOGGED SEQUENCE app.unlogged_seq;
SELECT nextval('app.unlogged_seq');
CREATE TABLE app.shares_a_sequence (id int DEFAULT nextval('app.seven'), n int);
INSERT INTO app.shares_a_sequence (n) VALUES (1), (2);
CREATE SEQUENCE archive.owned OWNED BY archive.twin.id;

-------------------------------------------------------------------------------------------------------------------- Types

CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'it''s "fine"', 'ha\ppy', '', ' ');
ALTER TYPE app.mood ADD VALUE 'meh' BEFORE 'ok';
CREATE TYPE app.point3 AS (x numeric, y numeric, "the z" text);
ALTER TYPE app.point3 ADD ATTRIBUTE moods app.mood[];
ALTER TYPE app.point3 DROP ATTRIBUTE y;
CREATE TYPE app.float_range AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = app.float_ranges);
CREATE DOMAIN app.email AS text COLLATE "C" DEFAULT 'nobody@example.org'
	CONSTRAINT "has an @" CHECK (VALUE ~ '@' AND VALUE !~ E'\n');
CREATE DOMAIN app.small_prime AS int NOT NULL CHECK (VALUE IN (2, 3, 5, 7));
CREATE DOMAIN app.emails AS app.email[] CHECK (cardinality(VALUE) < 10);
CREATE DOMAIN app.high_point AS app.point3 CHECK ((VALUE).x > 0);
CREATE TYPE app.shell_only;

-- A base type on the server's own functions.
CREATE TYPE app.blob_text;
CREATE FUNCTION app.blob_text_in(cstring) RETURNS app.blob_text LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION app.blob_text_out(app.blob_text) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE app.blob_text (INPUT = app.blob_text_in, OUTPUT = app.blob_text_out, INTERNALLENGTH = VARIABLE, STORAGE = extended);

CREATE TABLE app.typed (
	id int PRIMARY KEY,
	mood app.mood,
	moods app.mood[],
	p app.point3,
	ps app.point3[],
	r app.float_range,
	rs app.float_ranges,
	mail app.email,
	mails app.emails,
	prime app.small_prime,
	high app.high_point,
	raw app.blob_text,
	grid int[][],
	odd_bounds text[],
	span tstzrange,
	bits bit varying(70),
	fixed char(5),
	cash money,
	addr inet, mac macaddr8,
	shape polygon, circ circle,
	words tsvector, query tsquery,
	lsn pg_lsn, oid_col oid, class regclass, name_col name, ch "char",
	snap pg_snapshot, path jsonpath, id16 uuid);
INSERT INTO app.typed (id, prime) VALUES (0, 2);
INSERT INTO app.typed VALUES (
	1, 'it''s "fine"', '{sad,"ha\\ppy","",NULL," "}',
	ROW(1.50, E'tab\there', '{ok}'), ARRAY[ROW(1, 'a,b("', NULL)::app.point3, NULL],
	'[1.5,)', '{[1,2),(3,4]}', 'a@b', ARRAY['a@b', 'c"@,{}\d'], 7, ROW(0.1, NULL, NULL),
	E'back\\slash\nline', '{{1,2},{3,NULL}}', '[0:1]={a,"b\"c"}', '[2001-01-01 00:00:00+02,infinity]',
	B'1010101', 'ab', 12.34, '::1/64', '08:00:2b:01:02:03:04:05', '((0,0),(1,1),(1,0))', '<(1,2),3>',
	to_tsvector('simple', 'the quick fox''s'), 'a & !(b | c:*)', '16/B374D848', 4294967295,
	'pg_class', 'a name', '"', '10:20:10,14,15', '$."a b"[*] ? (@ > 1)', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11');

-------------------------------------------------------------------------------------------------------------------- Values

-- COPY's text format: each of these means something in it.
CREATE TABLE app.texts (id int, a text, b text, c varchar(20));
INSERT INTO app.texts VALUES
	(1, NULL, '', 'NULL'), (2, '', NULL, ''), (3, '\.', '\.', '\.'), (4, '\N', '\\N', '\'), (5, E'\t', E'\n', E'\r'),
	(6, E'\r\n', E'a\r\nb\n\nc', E'\b\f\v'), (7, E'\n\\.\n', E'\\.\n', E'\n\\.'), (8, '\\', '\\\', '\x'),
	(9, E'\x01\x1b\x7f', U&'\FEFFbom \200B \FFFD', '🐘'), (10, '''', '"', '$$'), (11, repeat('\', 1000), repeat(E'\n', 1000), ' '),
	(12, '--', '/*', ';'), (13, E'ends in a backslash\\', E'ends in a tab\t', E'ends in a newline\n'),
	(14, repeat('long ', 200000), repeat(E'\t\\', 100000), NULL), (15, '<html>&nbsp;%00%0a</html>', '%s%d%n', '${x}`id`'),
	(NULL, NULL, NULL, NULL);
-- One column: an empty string is an empty line, and '\.' stands alone on its line.
CREATE TABLE app.one_text (a text);
INSERT INTO app.one_text VALUES (''), (NULL), ('\.'), ('\N'), (E'\n'), (''), ('.'), (E'\\.\n\\.');

CREATE TABLE app.numbers (n numeric, f8 float8, f4 float4, n2 numeric(40, 20), i2 int2, i8 int8);
INSERT INTO app.numbers VALUES
	('NaN', 'NaN', 'NaN', 'NaN', -32768, -9223372036854775808), ('Infinity', 'Infinity', '-Infinity', NULL, 32767, 9223372036854775807),
	('-Infinity', '-0', '1e-45', -0.00000000000000000001, 0, 0), (1.000, 0.1, 0.1, 1, 1, 1), (3e-200, 5e-324, 3.4028235e38, 0.1, 0, 0),
	(10::numeric ^ 1000, 1.7976931348623157e308, 16777217, 12345678901234567890.12345678901234567890, 0, 0),
	(1::numeric / 3, 1::float8 / 3, 1::float4 / 3, 1::numeric / 3, 0, 0);

CREATE TABLE app.times (d date, ts timestamp, tz timestamptz, i interval, t time, ttz timetz);
INSERT INTO app.times VALUES
	('infinity', 'infinity', 'infinity', '1 year 2 mons -3 days 04:05:06.789', '24:00', '00:00+14'),
	('-infinity', '-infinity', '-infinity', '-1 year -2 mons +3 days -04:05:06.789', '23:59:59.999999', '12:00-03:30'),
	('4713-01-01 BC', '4713-01-01 00:00:00 BC', '4713-01-02 00:00:00+00 BC', '178000000 years', '0:00', '00:00'),
	('5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 00:00:00+00', '0', '01:02:03', '01:02:03.4+05'),
	('2001-02-03', '2001-02-03 04:05:06.000001', '2001-07-03 04:05:06.1+02', '1 day 25:00', '01:02', '01:02+00'),
	('0001-01-01', '1900-01-01', '1883-11-18 12:03:58+00', '-00:00:01', NULL, NULL);

CREATE TABLE app.documents (j json, jb jsonb, b bytea);
INSERT INTO app.documents VALUES
	('{"b":1, "a" : [1,2,{"x":"\u0041\\\"\n"}], "b":2 }', '{"b":1,"a":[1.0,2e3,{"x":"\u0041\\\"\n"}],"":null}', '\x'),
	(' null ', 'null', '\x00'), ('"\\.\t"', '"\\."', E'\\\\\\001.\\012'), ('[]', '[1e1000]', '\xdeadbeef5c2e0a5c4e09'),
	(NULL, NULL, NULL);
INSERT INTO app.documents (b) SELECT string_agg(set_byte('\x00', 0, n), '') FROM generate_series(0, 255) n;

-- A few tens of thousands of rows, so that reading them is more than one message, page or chunk.
CREATE TABLE app.many (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz, who text, n int, body text);
INSERT INTO app.many (at, who, n, body)
	SELECT timestamptz '2020-01-01 00:00:00+00' + n * interval '37 min', 'user ' || n % 97, nullif(n % 13, 0),
	       CASE WHEN n % 11 = 0 THEN NULL WHEN n % 7 = 0 THEN '' ELSE md5(n::text) || E'\t\\' || repeat('x', n % 60) END
	FROM generate_series(1, 40000) n;
-- Rows that moved, and holes where rows were.
UPDATE app.many SET body = body || ' (moved)' WHERE id % 10 = 3;
DELETE FROM app.many WHERE id % 10 = 7;

-- Values of 50 MB: the first does not compress, the second does.
CREATE TABLE app.toasted (id int PRIMARY KEY, kind text, b bytea, t text);
INSERT INTO app.toasted SELECT 1, 'random', string_agg(sha512(n::text::bytea), ''), NULL FROM generate_series(1, 819200) n;
INSERT INTO app.toasted VALUES (2, 'repetitive', NULL, repeat(E'the same again, with a tab\tand a \\; ', 1400000));
INSERT INTO app.toasted SELECT n, 'middling', sha512(n::text::bytea), repeat(md5(n::text), 300) FROM generate_series(3, 200) n;
ALTER TABLE app.toasted ALTER b SET STORAGE EXTERNAL, ALTER t SET COMPRESSION pglz;

-------------------------------------------------------------------------------------------------------------------- Tables

CREATE TABLE app.nothing_in_it (id int, body text);
CREATE TABLE app.no_columns ();
INSERT INTO app.no_columns SELECT FROM generate_series(1, 5);
CREATE TABLE app.all_dropped (a int, b text);
INSERT INTO app.all_dropped VALUES (1, 'x'), (2, 'y');
ALTER TABLE app.all_dropped DROP a, DROP b;
CREATE UNLOGGED TABLE app.unlogged (id int, body text);
INSERT INTO app.unlogged VALUES (1, 'not in the WAL'), (2, NULL);
CREATE TEMP TABLE not_dumped (id int);

CREATE TABLE app.columns_dropped (a int, b text, c int DEFAULT 3, d text);
INSERT INTO app.columns_dropped VALUES (1, 'gone', 2, 'stays');
ALTER TABLE app.columns_dropped DROP b, DROP a, ADD e int DEFAULT 42, ADD f text NOT NULL DEFAULT 'filled in';
INSERT INTO app.columns_dropped (d) VALUES ('after the drop');

CREATE TABLE app.generated (
	w int, h int,
	area int GENERATED ALWAYS AS (w * h) STORED,
	label text GENERATED ALWAYS AS ('size: ' || (w + h)::text) STORED,
	note text);
INSERT INTO app.generated (w, h, note) VALUES (2, 3, 'a'), (NULL, 4, 'b');
CREATE TABLE app.only_generated (one int GENERATED ALWAYS AS (1) STORED);
INSERT INTO app.only_generated DEFAULT VALUES;
INSERT INTO app.only_generated DEFAULT VALUES;
\if :is_18
CREATE TABLE app.generated_virtually (w int, twice int GENERATED ALWAYS AS (w * 2) VIRTUAL, note text);
INSERT INTO app.generated_virtually (w, note) VALUES (21, 'half of it'), (NULL, NULL);
CREATE TABLE app.temporal (during daterange, who int4range, PRIMARY KEY (who, during WITHOUT OVERLAPS));
INSERT INTO app.temporal VALUES ('[2001-01-01,2002-01-01)', '[1,1]'), ('[2002-01-01,2003-01-01)', '[1,1]');
CREATE TABLE app.not_enforced (a int CONSTRAINT positive CHECK (a > 0) NOT ENFORCED, b int CONSTRAINT b_is_there NOT NULL);
INSERT INTO app.not_enforced VALUES (-1, 1);
\endif

CREATE TABLE app.options (id int PRIMARY KEY, a text, b text)
	WITH (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false, parallel_workers = 2);
ALTER TABLE app.options ALTER a SET STATISTICS 500, ALTER a SET (n_distinct = -0.5), ALTER b SET STORAGE MAIN,
	REPLICA IDENTITY FULL, CLUSTER ON options_pkey;
INSERT INTO app.options VALUES (1, 'a', 'b');
CREATE ACCESS METHOD second_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE app.other_access_method (id int, body text) USING second_heap;
INSERT INTO app.other_access_method SELECT n, md5(n::text) FROM generate_series(1, 500) n;
CREATE TABLE app.of_type OF app.point3 (PRIMARY KEY (x));
INSERT INTO app.of_type VALUES (1, 'z', '{ok}');

-- Inheritance: a child's rows are not the parent's, and columns stand in another order.
CREATE TABLE app.parent (id int, body text CHECK (body <> 'forbidden'));
CREATE TABLE app.child (extra int) INHERITS (app.parent);
CREATE TABLE app.other_parent (colour text);
CREATE TABLE app.adopted (body text, colour text, id int, own int CHECK (own > 0));
ALTER TABLE app.adopted ADD CHECK (body <> 'forbidden');
ALTER TABLE app.adopted INHERIT app.other_parent;
CREATE TABLE app.grandchild (more text) INHERITS (app.child, app.other_parent);
INSERT INTO app.parent VALUES (1, 'parent');
INSERT INTO app.child VALUES (2, 'child', 20);
INSERT INTO app.adopted VALUES ('adopted', 'red', 3, 30);
INSERT INTO app.grandchild (id, body, extra, colour, more) VALUES (4, 'grandchild', 40, 'blue', 'more');

-------------------------------------------------------------------------------------------------------------------- Partitions

CREATE TABLE app.measured (at date NOT NULL, region text, value numeric, note text) PARTITION BY RANGE (at);
CREATE TABLE app.measured_2020 PARTITION OF app.measured FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE app.measured_2021 PARTITION OF app.measured FOR VALUES FROM ('2021-01-01') TO ('2022-01-01') PARTITION BY LIST (region);
CREATE TABLE app.measured_2021_eu PARTITION OF app.measured_2021 FOR VALUES IN ('eu', 'uk');
CREATE TABLE archive."measured 2021 rest" PARTITION OF app.measured_2021 DEFAULT;
CREATE TABLE app.measured_other PARTITION OF app.measured DEFAULT;
-- Attached, with its columns in another order and one dropped.
CREATE TABLE archive.measured_2019 (note text, gone int, value numeric, region text, at date NOT NULL);
ALTER TABLE archive.measured_2019 DROP gone;
ALTER TABLE app.measured ATTACH PARTITION archive.measured_2019 FOR VALUES FROM ('2019-01-01') TO ('2020-01-01');
INSERT INTO app.measured
	SELECT date '2018-06-01' + n, (ARRAY['eu', 'us', 'uk', NULL])[1 + n % 4], n / 7.0, 'day ' || n FROM generate_series(0, 1600, 3) n;
CREATE INDEX measured_value ON app.measured (value) INCLUDE (note);
CREATE INDEX ON app.measured_2020 (region);

-- Hashes of an enum depend on its labels' oids: rows must be sent through the root.
CREATE TABLE app.by_mood (mood app.mood, n int) PARTITION BY HASH (mood);
CREATE TABLE app.by_mood_0 PARTITION OF app.by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE app.by_mood_1 PARTITION OF app.by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE app.by_mood_2 PARTITION OF app.by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO app.by_mood SELECT m, n FROM unnest(enum_range(NULL::app.mood)) m, generate_series(1, 40) n;
CREATE TABLE app.by_number (id bigint, body text, PRIMARY KEY (id)) PARTITION BY HASH (id);
CREATE TABLE app.by_number_0 PARTITION OF app.by_number FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.by_number_1 PARTITION OF app.by_number FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY RANGE (id);
CREATE TABLE app.by_number_1_low PARTITION OF app.by_number_1 FOR VALUES FROM (MINVALUE) TO (500);
CREATE TABLE app.by_number_1_high PARTITION OF app.by_number_1 FOR VALUES FROM (500) TO (MAXVALUE);
INSERT INTO app.by_number SELECT n, md5(n::text) FROM generate_series(1, 1000) n;
CREATE TABLE app.no_partitions (id int) PARTITION BY RANGE (id);

-------------------------------------------------------------------------------------------------------------------- Keys

-- Foreign keys in a cycle, to itself, to and from partitions, and one that never was checked.
CREATE TABLE app.person (id int PRIMARY KEY, boss int REFERENCES app.person, team int);
CREATE TABLE app.team (id int PRIMARY KEY, lead int NOT NULL REFERENCES app.person DEFERRABLE INITIALLY DEFERRED);
INSERT INTO app.person VALUES (1, 2, 1), (2, 1, 1), (3, 3, 2), (4, NULL, NULL);
INSERT INTO app.team VALUES (1, 2), (2, 3);
ALTER TABLE app.person ADD CONSTRAINT "in a team" FOREIGN KEY (team) REFERENCES app.team ON DELETE SET NULL ON UPDATE CASCADE;
CREATE TABLE app.refers_to_partitioned (id bigint REFERENCES app.by_number ON DELETE CASCADE);
INSERT INTO app.refers_to_partitioned VALUES (1), (999);
CREATE TABLE app.orphans (n bigint, m int);
INSERT INTO app.orphans VALUES (-1, 1000);
ALTER TABLE app.orphans ADD FOREIGN KEY (n) REFERENCES app.by_number NOT VALID,
	ADD CONSTRAINT "small" CHECK (m < 10) NOT VALID;

CREATE TABLE app.booked (
	during int4range, room int4range,
	EXCLUDE USING gist (during WITH &&, room WITH =) WHERE (NOT isempty(room)) DEFERRABLE);
INSERT INTO app.booked VALUES ('[1,5)', '[1,1]'), ('[5,9)', '[1,1]'), ('[1,9)', '[2,2]'), ('[1,9)', 'empty');

CREATE TABLE app.indexed (id int, a text, b int, j jsonb, words tsvector, UNIQUE NULLS NOT DISTINCT (id, b), UNIQUE (a) INCLUDE (b));
INSERT INTO app.indexed SELECT n, md5(n::text), n % 7, jsonb_build_object('n', n), to_tsvector('simple', md5(n::text))
	FROM generate_series(1, 2000) n;
CREATE INDEX partial ON app.indexed (b) WHERE b > 3 AND a <> E'\n--';
CREATE INDEX expression ON app.indexed (lower(a) text_pattern_ops DESC NULLS LAST, (b + 1));
CREATE INDEX covering ON app.indexed (b) INCLUDE (a, id) WITH (fillfactor = 60);
CREATE UNIQUE INDEX "unique, and ""partial""" ON app.indexed (id) WHERE id < 1000;
CREATE INDEX gin_paths ON app.indexed USING gin (j jsonb_path_ops) WITH (fastupdate = off);
CREATE INDEX gin_words ON app.indexed USING gin (words);
CREATE INDEX brin_ids ON app.indexed USING brin (id) WITH (pages_per_range = 4);
CREATE INDEX hash_a ON app.indexed USING hash (a);
CREATE INDEX spgist_a ON app.indexed USING spgist (a);
ALTER INDEX app.expression ALTER COLUMN 2 SET STATISTICS 300;
CREATE STATISTICS app.dependent (dependencies, mcv) ON a, b FROM app.indexed;
CREATE STATISTICS app."of an expression" ON (b % 2), (lower(a)) FROM app.indexed;
ALTER STATISTICS app.dependent SET STATISTICS 17;

-------------------------------------------------------------------------------------------------------------------- Code

CREATE FUNCTION app.tricky(a text DEFAULT E'it''s;\n-- "x"', VARIADIC more int[] DEFAULT '{}') RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '5MB' COST 7 AS $outer$
DECLARE
	s text := $$ a ; b -- c /* d $$ || E'\\.';
BEGIN
	/*
\.
	*/
	-- a comment with $body$ and a ' in it
	RETURN s || a || $_$ '' "$_$ || array_length(more, 1);
END
$outer$;
CREATE FUNCTION app.sum_up(n int, OUT total int, OUT words text) LANGUAGE sql IMMUTABLE PARALLEL SAFE
	BEGIN ATOMIC SELECT n + 1, 'sum'; END;
CREATE FUNCTION app.rows_of(n int) RETURNS TABLE (a int, b app.mood) LANGUAGE sql ROWS 5 LEAKPROOF
	AS 'SELECT g, ''ok''::app.mood FROM generate_series(1, n) g';
CREATE PROCEDURE app.do_it(INOUT x int) LANGUAGE plpgsql AS 'BEGIN x := x + 1; COMMIT; END';
CREATE FUNCTION app.mood_number(app.mood) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT array_position(enum_range(NULL::app.mood), $1)';
CREATE AGGREGATE app.product(numeric) (SFUNC = numeric_mul, STYPE = numeric, INITCOND = '1', PARALLEL = SAFE, COMBINEFUNC = numeric_mul);
CREATE AGGREGATE app.middle(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final,
	FINALFUNC_EXTRA);
CREATE FUNCTION app.mood_before(app.mood, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1::text < $2';
CREATE OPERATOR app.<<| (LEFTARG = app.mood, RIGHTARG = text, FUNCTION = app.mood_before);
CREATE OPERATOR FAMILY app.own_family USING btree;
CREATE OPERATOR CLASS app.own_int_ops FOR TYPE int USING btree FAMILY app.own_family AS
	OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(int, int);
CREATE INDEX own_ops ON app.indexed (b app.own_int_ops);
CREATE CAST (app.mood AS int) WITH FUNCTION app.mood_number(app.mood) AS ASSIGNMENT;
CREATE CAST (app.point3 AS json) WITH INOUT;
CREATE COLLATION app."plain C" (provider = libc, locale = 'C');
CREATE TABLE app.collated (a text COLLATE app."plain C", b text COLLATE "POSIX");
INSERT INTO app.collated VALUES ('b', 'B'), ('A', 'a');
CREATE CONVERSION app.to_latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;

CREATE TEXT SEARCH TEMPLATE app.simple_template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = app.simple_template, accept = false);
CREATE TEXT SEARCH PARSER app.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH CONFIGURATION app.search (PARSER = app.parser);
ALTER TEXT SEARCH CONFIGURATION app.search ADD MAPPING FOR asciiword, word, numword WITH app.plain, pg_catalog.simple;

-- Triggers: if they fired while rows are loaded, rows would change.
CREATE TABLE app.watched (id int PRIMARY KEY, body text);
CREATE TABLE app.watch_log (at int, what text);
CREATE FUNCTION app.watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.watch_log VALUES (NEW.id, TG_NAME || coalesce(' ' || TG_ARGV[0], ''));
	NEW.body := NEW.body || '!';
	RETURN NEW;
END $$;
CREATE TRIGGER before_row BEFORE INSERT OR UPDATE OF body ON app.watched FOR EACH ROW WHEN (NEW.id > 0)
	EXECUTE FUNCTION app.watch(E'an ''argument''\n;--');
CREATE TRIGGER "always on" AFTER INSERT ON app.watched FOR EACH ROW EXECUTE FUNCTION app.watch();
CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON app.watched DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.watch();
CREATE TRIGGER on_partitions AFTER INSERT ON app.by_number FOR EACH ROW EXECUTE FUNCTION app.watch();
INSERT INTO app.watched SELECT n, 'row ' || n FROM generate_series(1, 20) n;
ALTER TABLE app.watched ENABLE ALWAYS TRIGGER "always on", DISABLE TRIGGER late;
ALTER TABLE app.by_number DISABLE TRIGGER on_partitions;
CREATE TABLE app.ruled (id int, body text);
INSERT INTO app.ruled VALUES (1, 'before the rules');
CREATE RULE no_delete AS ON DELETE TO app.ruled DO INSTEAD NOTHING;
CREATE RULE also_log AS ON UPDATE TO app.ruled WHERE NEW.id > 0 DO ALSO INSERT INTO app.watch_log VALUES (NEW.id, 'rule');

CREATE FUNCTION app.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM 1; END';
CREATE EVENT TRIGGER dynodrop_ddl ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION app.on_ddl();
ALTER EVENT TRIGGER dynodrop_ddl ENABLE REPLICA;

-------------------------------------------------------------------------------------------------------------------- Views

CREATE VIEW app.recent AS SELECT id, who, n FROM app.many WHERE at > '2021-01-01' WITH CASCADED CHECK OPTION;
CREATE VIEW app.barrier WITH (security_barrier, security_invoker) AS SELECT who, count(*) AS times FROM app.recent GROUP BY who;
CREATE RECURSIVE VIEW app.countdown (n) AS VALUES (10) UNION ALL SELECT n - 1 FROM countdown WHERE n > 1;
CREATE MATERIALIZED VIEW app.totals AS SELECT who, times, (app.sum_up(times::int)).total AS s FROM app.barrier;
CREATE UNIQUE INDEX ON app.totals (who);
CREATE VIEW app.view_of_totals AS SELECT max(times) AS top FROM app.totals;
CREATE MATERIALIZED VIEW app.totals_again AS SELECT top, (SELECT count(*) FROM app.totals) AS groups FROM app.view_of_totals;
CREATE MATERIALIZED VIEW app.never_filled AS SELECT * FROM app.totals WITH NO DATA;
-- Two views that need each other, and a table that a view's row type needs.
CREATE VIEW app.circle_a AS SELECT 1 AS n;
CREATE VIEW app.circle_b AS SELECT n FROM app.circle_a;
CREATE FUNCTION app.take_b(app.circle_b) RETURNS int LANGUAGE sql AS 'SELECT ($1).n';
CREATE OR REPLACE VIEW app.circle_a AS SELECT app.take_b(ROW(1)::app.circle_b) AS n;
-- A primary key that a view's GROUP BY needs comes after the rows, and so does the view.
CREATE VIEW app.grouped AS SELECT p.id, p.boss, count(*) FROM app.person p GROUP BY p.id;
CREATE TABLE app.holds_view_rows (id int, v app.barrier);
INSERT INTO app.holds_view_rows VALUES (1, ROW('somebody', 3));

-------------------------------------------------------------------------------------------------------------------- Large objects

SELECT lo_from_bytea(100001, 'a first large object'),
       lo_from_bytea(100002, ''),
       lo_from_bytea(100003, (SELECT string_agg(sha512(n::text::bytea), '') FROM generate_series(1, 49152) n)),
       lo_from_bytea(100004, E'\\\\.\\012\\000\\377'),
       lo_from_bytea(100005, decode(repeat('00', 2048), 'hex')),
       lo_from_bytea(100006, 'the last');
SELECT lo_create(100007), lo_put(100007, 1000000, 'behind a hole');
ALTER LARGE OBJECT 100002 OWNER TO dynodrop_owner;
ALTER LARGE OBJECT 100003 OWNER TO dynodrop_owner;
ALTER LARGE OBJECT 100004 OWNER TO "dynodrop ""odd' näme";
GRANT SELECT ON LARGE OBJECT 100003, 100004 TO dynodrop_reader;
GRANT ALL ON LARGE OBJECT 100005 TO PUBLIC;
REVOKE ALL ON LARGE OBJECT 100006 FROM CURRENT_USER;
COMMENT ON LARGE OBJECT 100001 IS 'a comment''s \n
; CREATE TABLE injected();--';
COMMENT ON LARGE OBJECT 100003 IS '3 MB';
-- More than the thousand that pg_dump 17 and later put into one entry; for older ones an entry each.
SELECT count(lo_from_bytea(200000 + n, n::text::bytea)) FROM generate_series(1, 1100) n;
CREATE TABLE app.points_to_large_objects (id int, lob oid);
INSERT INTO app.points_to_large_objects VALUES (1, 100001), (2, 100003), (3, 999999999);

-------------------------------------------------------------------------------------------------------------------- Rights

CREATE TABLE app.private (id int, who text DEFAULT current_user, body text);
INSERT INTO app.private VALUES (1, 'dynodrop_reader', 'seen'), (2, 'nobody', 'hidden'), (3, NULL, 'hidden too');
ALTER TABLE app.private ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE app.private OWNER TO dynodrop_owner;
CREATE POLICY "own rows" ON app.private FOR SELECT TO dynodrop_reader USING (who = current_user);
CREATE POLICY "new; rows--" ON app.private AS RESTRICTIVE FOR INSERT WITH CHECK (body !~ E'''\n');
CREATE TABLE app.nobody_sees (id int);
INSERT INTO app.nobody_sees VALUES (1), (2);
ALTER TABLE app.nobody_sees ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA app TO dynodrop_reader WITH GRANT OPTION;
GRANT SELECT ON app.many, app.texts TO dynodrop_reader, PUBLIC;
GRANT SELECT (id), UPDATE (body) ON app.watched TO "dynodrop ""odd' näme";
GRANT USAGE ON SEQUENCE app.seven TO dynodrop_reader;
GRANT EXECUTE ON FUNCTION app.tricky TO dynodrop_reader;
REVOKE EXECUTE ON FUNCTION app.rows_of FROM PUBLIC;
REVOKE USAGE ON TYPE app.mood FROM PUBLIC;
GRANT USAGE ON DOMAIN app.email TO dynodrop_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO dynodrop_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE dynodrop_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
-- The owner may not insert: rows must be loaded before rights are taken away.
CREATE TABLE app.read_only (id int);
INSERT INTO app.read_only VALUES (1);
ALTER TABLE app.read_only OWNER TO dynodrop_owner;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON app.read_only FROM dynodrop_owner;
-- Rights on what the server made itself.
GRANT SELECT ON pg_catalog.pg_authid TO dynodrop_reader;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, delete');
CREATE PUBLICATION some_rows FOR TABLE app.many (id, who) WHERE (id > 10);
CREATE PUBLICATION a_schema FOR TABLE app.texts, TABLES IN SCHEMA archive;

-------------------------------------------------------------------------------------------------------------------- Comments

COMMENT ON TABLE app.many IS E'line one\nline two; \\. -- ''quoted''\t🐘';
COMMENT ON COLUMN app.many.body IS '';
COMMENT ON COLUMN app.many.who IS 'who did it';
COMMENT ON TYPE app.mood IS 'how one feels';
COMMENT ON DOMAIN app.email IS 'checked only a little';
COMMENT ON CONSTRAINT "has an @" ON DOMAIN app.email IS 'see RFC 5322';
COMMENT ON FUNCTION app.tricky IS '$$ $outer$';
COMMENT ON AGGREGATE app.product(numeric) IS 'multiplies';
COMMENT ON OPERATOR app.<<| (app.mood, text) IS 'before';
COMMENT ON CAST (app.mood AS int) IS 'a number of a mood';
COMMENT ON INDEX app.covering IS 'holds all';
COMMENT ON SEQUENCE app.seven IS 'seven by seven';
COMMENT ON TRIGGER late ON app.watched IS 'off';
COMMENT ON RULE no_delete ON app.ruled IS 'keeps';
COMMENT ON POLICY "own rows" ON app.private IS 'own';
COMMENT ON CONSTRAINT "in a team" ON app.person IS 'cycle';
COMMENT ON MATERIALIZED VIEW app.totals IS 'refreshed at restore';
COMMENT ON STATISTICS app.dependent IS 'a and b';
COMMENT ON EVENT TRIGGER dynodrop_ddl IS 'ddl';
COMMENT ON PUBLICATION everything IS 'all';
COMMENT ON TEXT SEARCH CONFIGURATION app.search IS 'search';
COMMENT ON ACCESS METHOD second_heap IS 'heap, again';

-------------------------------------------------------------------------------------------------------------------- Extensions

SELECT coalesce(bool_or(name = 'dropconf'), false) AS has_dropconf,
       coalesce(bool_or(name = 'hstore'), false) AS has_contrib,
       coalesce(bool_or(name = 'vector'), false) AS has_vector
FROM pg_available_extensions \gset

\if :has_dropconf
CREATE EXTENSION dropconf;
INSERT INTO dropconf.setting VALUES ('colour', 'blue'), (E'odd\tname', '\.'), ('empty', '');
INSERT INTO dropconf.rule VALUES (10, 'the user''s own'), (11, E'another\n\\.');
SELECT setval('dropconf.counter', 77);
\endif

\if :has_contrib
CREATE SCHEMA extensions;
CREATE EXTENSION hstore SCHEMA extensions;
CREATE EXTENSION citext SCHEMA extensions;
CREATE EXTENSION btree_gist SCHEMA extensions;
CREATE EXTENSION pg_trgm SCHEMA extensions;
COMMENT ON EXTENSION hstore IS 'a comment of one''s own';
CREATE TABLE app.extended (id int, h extensions.hstore, c extensions.citext UNIQUE, during tstzrange,
	EXCLUDE USING gist (id WITH =, during WITH &&));
INSERT INTO app.extended VALUES (1, 'a=>"b\"c", d=>NULL, ""=>""', 'MiXed', '[2001-01-01,2002-01-01)'), (2, NULL, 'other', NULL);
CREATE INDEX trigrams ON app.extended USING gin (c extensions.gin_trgm_ops);
GRANT EXECUTE ON FUNCTION extensions.hstore(text, text) TO dynodrop_reader;

CREATE TABLE app.xml_documents (doc xml);
INSERT INTO app.xml_documents VALUES ('<a b="c">&lt;\.</a>'), (NULL);

-- Foreign data: only definitions are dumped; the server behind it does not exist.
CREATE EXTENSION postgres_fdw SCHEMA extensions;
CREATE SERVER far_away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.invalid', dbname 'it''s "far"', fetch_size '17');
CREATE USER MAPPING FOR dynodrop_owner SERVER far_away OPTIONS (user 'me', password 'not_a_secret');
CREATE FOREIGN TABLE app.far (id int OPTIONS (column_name 'ID'), body text NOT NULL) SERVER far_away OPTIONS (table_name 'far');
COMMENT ON FOREIGN TABLE app.far IS 'far';
GRANT USAGE ON FOREIGN SERVER far_away TO dynodrop_reader;
-- A foreign table as a partition: its parent's rows lie elsewhere.
CREATE FOREIGN TABLE app.measured_1990 PARTITION OF app.measured FOR VALUES FROM ('1990-01-01') TO ('1991-01-01') SERVER far_away;
\else
-- Without contrib there still is foreign data, of a wrapper that can do nothing.
CREATE FOREIGN DATA WRAPPER idle OPTIONS (debug 'true');
CREATE SERVER far_away FOREIGN DATA WRAPPER idle OPTIONS (host 'it''s "far"');
CREATE USER MAPPING FOR dynodrop_owner SERVER far_away OPTIONS (password 'not_a_secret');
CREATE FOREIGN TABLE app.far (id int OPTIONS (column_name 'ID'), body text NOT NULL) SERVER far_away;
\endif

\if :has_vector
CREATE EXTENSION vector;
CREATE TABLE app.embedded (id int, v vector(3));
INSERT INTO app.embedded VALUES (1, '[1,2,3]'), (2, NULL), (3, '[-0.5,1e-7,3e10]');
CREATE INDEX ON app.embedded USING hnsw (v vector_l2_ops);
\endif

-- Owned by an ordinary role, as an app's objects are.
ALTER TABLE app.many OWNER TO dynodrop_owner;
ALTER TABLE app.texts OWNER TO dynodrop_owner;
ALTER FUNCTION app.sum_up OWNER TO dynodrop_owner;
ALTER TYPE app.mood OWNER TO dynodrop_owner;
