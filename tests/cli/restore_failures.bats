#!/usr/bin/env bats
# What cannot be restored of a drop is named, the rest is restored, and the last lines list it once more; or the first one ends it all.
#
# shellcheck disable=SC2154,SC2317,SC2030,SC2031 # version and url come from helpers.bash, key from faults.bash; each_version calls functions

load helpers
load faults
load restore

setup_file() {
	setup_key "$(newest)"
	each_version make_drops
}

setup() {
	use "$(newest)"
	in_own_folder
	drops=$BATS_FILE_TMPDIR/$version
}

# An extension that only this server has, for a while.
install_dropgone() {
	local folder
	folder=$(pg_config --sharedir)/extension
	sed 's/^schema = .*//' "$data/dropconf/dropconf.control" >"$folder/dropgone.control"
	echo "CREATE FUNCTION gone_function() RETURNS int LANGUAGE sql AS 'SELECT 1';" >"$folder/dropgone--1.0.sql"
}

remove_dropgone() {
	rm "$(pg_config --sharedir)/extension/dropgone"*
}

# `much` has one thing of each kind that fails, among others; `rows` only rows that do, the last of many.
make_drops() {
	install_dropgone
	new_database restore_source
	new_role dynodrop_gone
	query -d restore_source <<-'SQL'
		CREATE EXTENSION dropgone;
		CREATE FUNCTION greet(name text) RETURNS text LANGUAGE sql AS 'SELECT $1';
		CREATE FUNCTION holds(i int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
		CREATE FUNCTION turned(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN -i; END';
		CREATE TABLE good (i int PRIMARY KEY, t text) WITH (fillfactor = 10);
		CREATE TABLE bad (i int PRIMARY KEY CHECK (holds(i)), t text) WITH (fillfactor = 10);
		CREATE TABLE of_gone (i int);
		CREATE TABLE valid (i int);
		CREATE TABLE " two
		lines" (i int CHECK (holds(i)));
		INSERT INTO good SELECT i, md5(i::text) FROM generate_series(1, 9000) i;
		INSERT INTO bad TABLE good;
		INSERT INTO of_gone VALUES (1), (2);
		INSERT INTO valid VALUES (1), (1000);
		INSERT INTO " two
		lines" VALUES (1), (9000);
		ALTER TABLE of_gone OWNER TO dynodrop_gone;
		ALTER TABLE valid ADD CONSTRAINT small CHECK (i < 10) NOT VALID;
		CREATE INDEX backwards ON of_gone (turned(i));
		CREATE VIEW of_good AS SELECT count(*) FROM good;
		SELECT lo_from_bytea(70001, 'a large object');
		CREATE OR REPLACE FUNCTION holds(i int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i < 9000; END';
		CREATE OR REPLACE FUNCTION turned(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE EXCEPTION ''not %'', i; END';
	SQL
	pg_dump -Fc -Z0 -d restore_source -f much.dump
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat ../recipient)" -t much
	query -d restore_source -c 'DROP EXTENSION dropgone' -c 'DROP TABLE of_gone'
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat ../recipient)" -t rows
	pg_dump -Fc -Z0 -d restore_source -f rows.dump
	drop_database restore_source
	query -d postgres -c 'DROP ROLE dynodrop_gone'
	remove_dropgone
}

# with_greeting NAME: a new database with a function that the drop has too.
with_greeting() {
	new_database "$1"
	query -d "$1" -c "CREATE FUNCTION greet(name text) RETURNS text LANGUAGE sql AS 'SELECT ''already there'''"
}

count() {
	query -d restored -c "SELECT count(*) FROM $1"
}

@test "each thing that fails is named with the reason, and all else is restored, as pg_restore would" {
	as_stock() {
		with_greeting restored
		run_restore restored "$@"
		failed_for restored 'extension.*dropgone.*not available' 'function.*greet.*already exists' \
			'of_gone.*role "dynodrop_gone" does not exist' 'bad.*check constraint' 'two.*lines.*check constraint' 'backwards.*not 1'
		[ "$(count good)" = 9000 ]
		[ "$(count of_gone)" = 2 ]
		[ "$(count valid)" = 2 ]
		[ "$(count bad)" = 0 ]
		[ "$(query -d restored -c "SELECT greet('you')")" = 'already there' ]
		described_as restore_stock restored
	}
	with_failures() {
		with_greeting restore_stock
		stock_described restore_stock much.dump
		grep -q '^table|of_gone|2|' restore_stock.described
		as_stock -j 1 much
		as_stock -j 4 much
		as_stock -j 4 - < <(cat much)
	}
	each_version with_failures
}

@test "nothing but what fails is named, each thing once" {
	new_database restored
	run_restore restored -j 4 "$drops/rows"
	failed_for restored 'bad.*check constraint' 'two.*lines.*check constraint'
	[ "$(number_of_failures restored)" = 2 ]
	drop_database restored
}

@test "the first thing that fails ends it with --exit-on-error" {
	with_greeting restored
	run_restore restored --exit-on-error -j 4 "$drops/much"
	ended_with_error restored 1 .
	[ "$(number_of_failures restored)" -le 1 ]
	[ "$(query -d restored -c "SELECT count(*) FROM pg_class WHERE relname IN ('good', 'bad', 'of_gone', 'of_good')")" = 0 ]
	drop_database restored
}

@test "a table that has rows already ends it with --exit-on-error" {
	new_database restored
	query -d restored -c 'CREATE TABLE good (i int)' -c 'INSERT INTO good VALUES (7)'
	run_restore restored --exit-on-error "$drops/much" -- --data-only
	ended_with_error restored 1 '.'
	grep 'rows of public.good: .*has rows already' restored.said
	[ "$(query -d restored -c 'SELECT * FROM good')" = 7 ]
	drop_database restored
}

@test "a role with few connections gets its indexes with as many jobs as there is room for" {
	new_database restore_source
	query -d restore_source -c 'CREATE TABLE indexed (a int PRIMARY KEY, b int, c int)' -c 'CREATE INDEX ON indexed (b)' \
		-c 'CREATE INDEX ON indexed (c)' -c 'CREATE INDEX ON indexed (b, c)'
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat "$BATS_FILE_TMPDIR/recipient")" -t indexed
	drop_database restore_source
	new_role dynodrop_renter
	query -d postgres -c 'ALTER ROLE dynodrop_renter CONNECTION LIMIT 3'
	new_database restored
	query -d postgres -c 'ALTER DATABASE restored OWNER TO dynodrop_renter'
	query -d restored -c 'ALTER SCHEMA public OWNER TO dynodrop_renter'
	RESTORE_USER=dynodrop_renter run_restore restored -j 8 indexed -- --no-owner --no-acl
	went_well restored
	[ "$(query -d restored -c "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname = 'indexed'")" = 4 ]
	drop_database restored
	query -d postgres -c 'DROP ROLE dynodrop_renter'
}

@test "rows that fail end it with --exit-on-error" {
	new_database restored
	run_restore restored --exit-on-error -j 1 "$drops/rows"
	ended_with_error restored 1 .
	grep 'check constraint' restored.said
	[ "$(count bad)" = 0 ]
	# What comes after rows is not there.
	[ "$(query -d restored -c "SELECT count(*) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype = 'p'")" = 0 ]
	drop_database restored
}

# with_tables NAME: a new database with the drop's tables, which are empty.
with_tables() {
	new_database "$1"
	pg_restore --section=pre-data -d "$1" "$drops/rows.dump"
}

@test "a table that has rows already is left as it is, and is named" {
	local jobs
	for jobs in 1 4; do
		with_tables restored
		query -d restored -c "INSERT INTO good VALUES (-1, 'was here')"
		run_restore restored -j $jobs "$drops/rows" -- --data-only
		failed_for restored 'public[. ]good.*(not empty|has rows)' 'bad.*check constraint'
		[ "$(query -d restored -c 'SELECT * FROM good')" = '-1|was here' ]
		[ "$(count valid)" = 2 ]
		drop_database restored
	done
}

@test "rows that the table takes only once leave it empty, and the others have all theirs" {
	with_tables restored
	query -d restored -c 'CREATE UNIQUE INDEX once ON good ((i % 8999))'
	run_restore restored -j 4 "$drops/rows" -- --data-only
	failed_for restored 'good.*duplicate key value violates unique constraint "once"'
	[ "$(count good)" = 0 ]
	[ "$(count valid)" = 2 ]
	drop_database restored
}

@test "a table that is not there is named, and the others have all theirs" {
	with_tables restored
	query -d restored -c 'DROP TABLE good CASCADE'
	run_restore restored -j 4 "$drops/rows" -- --data-only
	failed_for restored 'good.*(does not exist|no such table)'
	[ "$(count valid)" = 2 ]
	drop_database restored
}

@test "a database, a server and a role that are not there are errors that name them" {
	fails 1 'database "nowhere" does not exist' restore -i "$key" -d "$url/nowhere" "$drops/rows"
	fails 1 'cannot connect to the database: .*"127.0.0.1", port 1 failed: Connection refused' \
		restore -i "$key" -d postgres://someone@127.0.0.1:1/shop "$drops/rows"
	fails 1 'role "nobody_here" does not exist' restore -i "$key" -d "host=$PGHOST port=$PGPORT user=nobody_here dbname=postgres" "$drops/rows"
}

@test "a role that may create nothing is told so, and nothing is there" {
	new_database restored
	new_role dynodrop_guest
	RESTORE_USER=dynodrop_guest run_restore restored "$drops/rows" -- --no-owner
	failed_for restored 'good.*permission denied for schema public'
	[ "$(query -d restored -c "SELECT count(*) FROM pg_class WHERE relname = 'good'")" = 0 ]
	drop_database restored
	query -d postgres -c 'DROP ROLE dynodrop_guest'
}
