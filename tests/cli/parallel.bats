#!/usr/bin/env bats
# However many connections read it, and into however many chunks its tables are cut: a drop restores what pg_dump's archive does.
#
# shellcheck disable=SC2154,SC2317,SC2030,SC2031,SC2094 # version and url come from helpers.bash

load helpers

setup_file() {
	each_version prepare
}

# What it is measured against: stock archives, as text, of the test database and of one with large tables.
prepare() {
	"$DYNODROP" keygen -o key >recipient 2>/dev/null
	have_everything
	new_database parallel
	query -d parallel <<-'SQL'
		SET client_min_messages = warning;
		CREATE SCHEMA "od""d \ %s";
		-- Dead rows, rows that moved, pages that deletes have emptied, values in TOAST, a dropped and a generated column.
		CREATE TABLE mixed (id bigint PRIMARY KEY, gone text, at timestamptz, body text, long text,
			twice bigint GENERATED ALWAYS AS (id * 2) STORED);
		ALTER TABLE mixed ALTER long SET STORAGE EXTERNAL;
		INSERT INTO mixed SELECT n, 'gone', timestamptz '2020-01-01 00:00:00+00' + n * interval '37 min', repeat(md5(n::text), 4) || E'\t\\',
			CASE WHEN n % 250 = 0 THEN repeat(md5(n::text), 500) WHEN n % 3 = 0 THEN NULL ELSE '' END FROM generate_series(1, 160000) n;
		ALTER TABLE mixed DROP gone;
		UPDATE mixed SET body = body || ' (moved)' WHERE id % 10 = 3;
		DELETE FROM mixed WHERE id BETWEEN 40000 AND 80000 OR id % 10 = 7 OR id > 159000;
		VACUUM mixed;
		INSERT INTO mixed SELECT -n, now(), 'in a hole', NULL FROM generate_series(1, 5000) n;
		DELETE FROM mixed WHERE id % 11 = 0;
		-- Hardly any pages, and much behind them.
		CREATE TABLE toasted (id int, long text);
		ALTER TABLE toasted ALTER long SET STORAGE EXTERNAL;
		INSERT INTO toasted SELECT n, repeat(md5(n::text), 2000) FROM generate_series(1, 400) n;
		-- A child's rows are not its parent's; its columns stand in another order.
		CREATE TABLE parent (id int, body text) WITH (fillfactor = 10);
		CREATE TABLE child (extra text, body text, id int) WITH (fillfactor = 10);
		ALTER TABLE child INHERIT parent;
		INSERT INTO parent SELECT n, 'of the parent ' || n FROM generate_series(1, 20000) n;
		INSERT INTO child SELECT 'extra', 'of the child ' || n, n FROM generate_series(1, 20000) n;
		CREATE TABLE parted (at date, n int) PARTITION BY RANGE (at);
		CREATE TABLE parted_old PARTITION OF parted FOR VALUES FROM (MINVALUE) TO ('2020-01-01') WITH (fillfactor = 10);
		CREATE TABLE parted_new PARTITION OF parted FOR VALUES FROM ('2020-01-01') TO (MAXVALUE) WITH (fillfactor = 10);
		INSERT INTO parted SELECT date '2019-01-01' + n % 730, n FROM generate_series(1, 60000) n;
		CREATE TABLE no_columns ();
		INSERT INTO no_columns SELECT FROM generate_series(1, 400000);
		CREATE TABLE "od""d \ %s"."select" ("from" int, "a ""b" text) WITH (fillfactor = 10);
		INSERT INTO "od""d \ %s"."select" SELECT n, '\.' FROM generate_series(1, 25000) n;
		CREATE ACCESS METHOD second_heap TYPE TABLE HANDLER heap_tableam_handler;
		CREATE TABLE other_access_method (n int, t text) USING second_heap WITH (fillfactor = 10);
		INSERT INTO other_access_method SELECT n, 'row ' || n FROM generate_series(1, 25000) n;
		CREATE TABLE all_deleted (n int, t text);
		INSERT INTO all_deleted SELECT n, repeat('x', 500) FROM generate_series(1, 30000) n;
		DELETE FROM all_deleted;
		CREATE TABLE empty (n int);
	SQL
	stock everything
	stock parallel
}

# text ARCHIVE: all of it, as SQL. Newer minor releases put a random key between \restrict and \unrestrict.
text() {
	pg_restore -f - "$1" | sed -E '/^\\(un)?restrict /d'
}

stock() {
	PGTZ=UTC pg_dump -Fc -Z0 -d "$1" -f stock.dump
	text stock.dump >"$1.text"
	pg_restore -l stock.dump | grep -v '^;' >"$1.list"
	rm stock.dump
}

# same_as_stock DATABASE DUMP_OPTION...: leaves what the dump said in ./stderr. Definitions are pg_dump's own work, in the time zone
# of whom it connects as.
same_as_stock() {
	rm -rf drop opened.dump
	PGTZ=UTC "$DYNODROP" dump -v -d "$url/$1" -r "$(cat recipient)" -t drop "${@:2}" 2>stderr || {
		cat stderr
		return 1
	}
	"$DYNODROP" open --no-compress --pg "$version" -i key -o opened.dump drop
	diff "$1.list" <(pg_restore -l opened.dump | grep -v '^;') | head -n 20
	text opened.dump >text
	cmp "$1.text" text || {
		diff "$1.text" text | cut -c 1-200 | head -n 20
		return 1
	}
	rm opened.dump
}

each_number_of_jobs() {
	local jobs chunks
	for jobs in 1 2 4; do
		same_as_stock "$1" -j "$jobs"
		chunks=$(grep -oE "tables in [0-9]+ chunks, $jobs jobs" stderr)
		[ "$(tr -dc '0-9 ' <<<"$chunks" | awk '{ print $1 }')" -ge "$2" ] || {
			echo "too few: $chunks"
			return 1
		}
	done
}

@test "large tables, read in chunks by one, two and four connections" {
	each_version each_number_of_jobs parallel 18
}

@test "the test database, read by one, two and four connections" {
	each_version each_number_of_jobs everything 60
}

@test "compressed at one level for all" {
	levels() {
		same_as_stock parallel -j 4 -z 9
		grep -q ' 4 jobs' stderr
	}
	each_version levels
}

@test "two thousand tables of four indexes each fit a server's room for locks" {
	local newest=${PG_VERSIONS##* }
	use "$newest"
	cd "$BATS_FILE_TMPDIR/$newest"
	[ "$(query -d postgres -c 'SHOW max_locks_per_transaction'):$(query -d postgres -c 'SHOW max_connections')" = 64:100 ]
	new_database tables
	query -d tables <<-'SQL'
		DO $$
		BEGIN
			FOR i IN 1..2000 LOOP
				EXECUTE format('CREATE TABLE t%s (a int PRIMARY KEY, b int UNIQUE, c int, d int)', i);
				EXECUTE format('CREATE INDEX ON t%s (c)', i);
				EXECUTE format('CREATE INDEX ON t%s (d)', i);
				EXECUTE format('INSERT INTO t%s VALUES (1, 2, 3, %1$s), (4, 5, 6, 7)', i);
				IF i % 100 = 0 THEN
					COMMIT;
				END IF;
			END LOOP;
		END $$;
		CREATE TABLE last (i int PRIMARY KEY, t text) WITH (fillfactor = 10);
		INSERT INTO last SELECT n, 'row' || n FROM generate_series(1, 25000) n;
	SQL
	stock tables
	same_as_stock tables -j 4
	query -d postgres -c 'DROP DATABASE tables'
}

teardown_file() {
	clean() {
		query -d postgres -c 'DROP DATABASE IF EXISTS parallel'
	}
	each_version clean
}
