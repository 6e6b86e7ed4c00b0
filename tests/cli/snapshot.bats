#!/usr/bin/env bats
# A drop shows one instant, whatever is done to the database while it is made; and nobody waits for ever.
#
# shellcheck disable=SC2154,SC2317,SC2030,SC2031,SC2094 # url comes from helpers.bash, recipient, key and pid from faults.bash

load helpers
load faults

setup_file() {
	use "$(newest)"
	cd "$BATS_FILE_TMPDIR" || return
	"$DYNODROP" keygen -o key >recipient 2>keygen.stderr
}

setup() {
	use "$(newest)"
	in_own_folder
	mkdir bin gap
}

teardown() {
	end_all
}

# have_tables ROWS: a new database `instant`. With 250000 rows `big`, which is read first, and `kept` are cut into chunks.
have_tables() {
	new_database instant
	query -d instant <<-SQL
		CREATE TABLE big AS SELECT i, md5(random()::text) || md5(random()::text) AS t FROM generate_series(1, $1) i;
		CREATE INDEX ON big (i);
		CREATE TABLE kept AS SELECT i, md5(random()::text) || md5(random()::text) AS t FROM generate_series(1, $1) i;
		CREATE INDEX ON kept (i);
		CREATE TABLE other (a int PRIMARY KEY, b int, note text);
		INSERT INTO other SELECT i, -i, repeat('toasted ' || i, 1000) FROM generate_series(1, 1000) i;
		CREATE TABLE small (a int, b int);
		INSERT INTO small VALUES (1, 2), (3, 4);
	SQL
}

# rows DROP: what it restores, as SQL.
rows() {
	"$DYNODROP" open --no-compress -i "$key" -o opened.dump "$1"
	pg_restore -f - opened.dump | sed -E '/^\\(un)?restrict /d'
}

# now DATABASE [OPTION]...: the same of the database as it is.
now() {
	PGTZ=UTC pg_dump -d "$1" -Fc -Z0 -f now.dump "${@:2}"
	pg_restore -f - now.dump | sed -E '/^\\(un)?restrict /d'
}

# shows TEXT_FILE DROP
shows() {
	rows "$2" >shown
	cmp -s "$1" shown || fail "the drop shows something else:" "$(diff "$1" shown | head -n 20)"
}

# A pg_dump that is held, each time it runs, until there is the file gap/go.N:
# hold_pg_dump before    before it begins: there is a snapshot, and no lock
#              between   when it has its locks, before it has said anything
#              after     when it has ended, before anybody knows what it said
hold_pg_dump() {
	local real how
	real=$(command -v pg_dump)
	case $1 in
	before) how="hold; exec $real \"\$@\"" ;;
	between) how="$real \"\$@\" | { dd bs=1 count=100 of=$PWD/gap/head status=none; hold; cat $PWD/gap/head -; }" ;;
	after) how="$real \"\$@\" | cat >$PWD/gap/whole.\$n; hold; exec cat $PWD/gap/whole.\$n" ;;
	esac
	cat >bin/pg_dump <<-SCRIPT
		#!/bin/bash
		[ "\$1" = --version ] && exec $real --version
		echo >>$PWD/gap/runs
		n=\$(wc -l <$PWD/gap/runs)
		hold() {
			touch $PWD/gap/held.\$n
			while [ -e $PWD/gap/held.\$n ] && [ ! -e $PWD/gap/go.\$n ]; do sleep 0.05; done
		}
		$how
	SCRIPT
	chmod +x bin/pg_dump
	PATH=$PWD/bin:$PATH start dump -v -j 2 -d "$url/instant" -r "$recipient" -t drop "${@:2}"
	wait_until 10 test -e gap/held.1
}

# let_go N...: the Nth time it runs.
let_go() {
	local n
	for n; do
		touch "gap/go.$n"
	done
}

began_again() {
	grep -E "^dynodrop: table $1 was .* since the dump began: beginning again on a new snapshot" stderr
}

never_began_again() {
	run -1 grep 'beginning again' stderr
}

@test "while money moves between tables no drop shows more or less of it" {
	new_database bank
	query -d bank <<-SQL
		CREATE TABLE counter (transfers int);
		INSERT INTO counter VALUES (0);
		CREATE TABLE ledger (n int, amount int);
		CREATE TABLE account_a (id int PRIMARY KEY, balance int, filler text);
		CREATE TABLE account_b (LIKE account_a INCLUDING ALL);
		CREATE TABLE account_c (LIKE account_a INCLUDING ALL);
		INSERT INTO account_a SELECT i, 100, repeat(md5(i::text), 8) FROM generate_series(1, 50000) i;
		INSERT INTO account_b TABLE account_a;
		INSERT INTO account_c TABLE account_a;
		CREATE PROCEDURE work() LANGUAGE plpgsql AS \$\$
		DECLARE
			n bigint := 0;
		BEGIN
			LOOP
				n := n + 1;
				UPDATE account_a SET balance = balance - 1 WHERE id = 1 + n * 7919 % 50000;
				UPDATE account_b SET balance = balance - 1 WHERE id = 1 + n * 104729 % 50000;
				UPDATE account_c SET balance = balance + 2 WHERE id = 1 + n * 1299709 % 50000;
				DELETE FROM account_c WHERE id = 50000 + n - 100 AND n > 100;
				INSERT INTO account_c VALUES (50000 + n, 0, n::text);
				INSERT INTO ledger VALUES (n, 2);
				UPDATE counter SET transfers = n;
				COMMIT;
			END LOOP;
		END \$\$;
	SQL
	in_background psql -qX -d bank -c 'CALL work()' >work.output 2>&1
	local jobs
	for jobs in 1 2 4; do
		"$DYNODROP" dump -q -j "$jobs" -d "$url/bank" -r "$recipient" -t "drop.$jobs" 2>stderr || fail "$(cat stderr)"
		new_database bank_restored
		"$DYNODROP" open --no-compress -i "$key" "drop.$jobs" | pg_restore -d bank_restored
		query -d bank_restored -c "SELECT (SELECT sum(balance) FROM (TABLE account_a UNION ALL TABLE account_b UNION ALL TABLE account_c)),
			(SELECT transfers FROM counter) - (SELECT count(*) FROM ledger),
			(SELECT count(DISTINCT id) FROM account_c) - 50000 - least((SELECT transfers FROM counter), 100),
			(SELECT sum(100 - balance) FROM account_a) - (SELECT transfers FROM counter)" >sums
		[ "$(cat sums)" = '15000000|0|0|0' ] || fail "-j $jobs: $(cat sums)"
	done
	# It did work all the time.
	query -d bank_restored -c 'SELECT 1 / (transfers > 100)::int FROM counter'
	run -0 query -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'bank' AND query LIKE 'CALL%'"
	[ "$output" = t ]
	query -d postgres -c 'DROP DATABASE bank_restored' -c 'DROP DATABASE bank WITH (FORCE)'
}

@test "a table that is rewritten before it is locked is read on a new snapshot" {
	local change when
	for change in 'TRUNCATE small; INSERT INTO small VALUES (5, 6)' 'VACUUM FULL other' 'ALTER TABLE other ALTER b TYPE bigint' \
		"ALTER TABLE other ADD c float DEFAULT random()" 'CLUSTER other USING other_pkey' 'TRUNCATE kept' \
		'DROP TABLE small; CREATE TABLE small AS SELECT 7 AS a, 8 AS b'; do
		for when in before after; do
			have_tables 1000
			rm -rf gap drop && mkdir gap
			hold_pg_dump "$when"
			query -d instant -c "$change"
			now instant >expected
			let_go 1 2
			ends 0 20
			shows expected drop
			began_again 'public\.(small|other|kept)' || fail "not begun again after: $change"
		done
	done
}

@test "a table that is dropped or renamed before it is locked is read, or not, on a new snapshot" {
	local change when
	for when in after before; do
		for change in 'DROP TABLE other' 'ALTER TABLE small RENAME TO tiny; ALTER TABLE other RENAME TO small' 'ALTER TABLE kept SET SCHEMA aside'; do
			have_tables 1000
			query -d instant -c 'CREATE SCHEMA aside'
			rm -rf gap drop && mkdir gap
			hold_pg_dump "$when"
			query -d instant -c "$change"
			now instant >expected
			let_go 1 2
			ends 0 20
			shows expected drop
		done
	done
}

@test "columns that change their names or their places before they are locked do not change their rows" {
	local change
	for change in 'ALTER TABLE small RENAME a TO c; ALTER TABLE small RENAME b TO a; ALTER TABLE small RENAME c TO b' \
		'ALTER TABLE small DROP a; ALTER TABLE small ADD a int DEFAULT 77' 'ALTER TABLE small DROP a'; do
		have_tables 1000
		rm -rf gap drop && mkdir gap
		hold_pg_dump after
		query -d instant -c "$change"
		now instant >expected
		let_go 1 2
		ends 0 20
		shows expected drop
	done
}

@test "what is written before the locks, and rewrites nothing, is not in the drop" {
	have_tables 1000
	now instant >expected
	hold_pg_dump before
	query -d instant -c 'INSERT INTO small VALUES (9, 9); UPDATE other SET b = 0; DELETE FROM kept' -c 'VACUUM kept' -c 'ANALYZE' \
		-c 'CREATE INDEX ON kept (t)'
	let_go 1
	ends 0 20
	"$DYNODROP" open --no-compress -i "$key" -o opened.dump drop
	pg_restore -a -f - opened.dump | sed -E '/^\\(un)?restrict /d' >shown
	[ "$(grep -c '^COPY ' shown)" = 4 ]
	# Every row, as it was.
	sed -n '/^COPY /,/^\\\.$/p' expected >expected.rows
	sed -n '/^COPY /,/^\\\.$/p' shown | cmp expected.rows -
	never_began_again
}

@test "a table that is rewritten each time makes the dump give up, and say so" {
	have_tables 1000
	hold_pg_dump before
	local n
	for n in 1 2 3; do
		wait_until 10 test -e "gap/held.$n"
		query -d instant -c 'TRUNCATE small'
		let_go "$n"
	done
	ends 1 20
	[ "$(grep -c 'beginning again' stderr)" = 2 ]
	tail -n 1 stderr | grep -E '^dynodrop: 3 attempts have failed: table public.small was truncated'
	[ ! -e drop ]
}

@test "a table whose rows are left to pg_dump is not emptied in between, either" {
	have_tables 1000
	hold_pg_dump before -- --inserts
	query -d instant -c 'TRUNCATE small'
	now instant --inserts >expected
	let_go 1 2
	ends 0 20
	shows expected drop
	began_again public.small
}

@test "schemas that swap their names while their tables are read make the dump fail" {
	have_tables 1000
	query -d instant <<-SQL
		CREATE SCHEMA green;
		CREATE SCHEMA blue;
		CREATE TABLE green.big AS SELECT i, md5(random()::text) || md5(random()::text) AS t FROM generate_series(1, 250000) i;
		CREATE TABLE green.last (i int);
		CREATE TABLE blue.big (LIKE green.big);
		CREATE TABLE blue.last (i int);
	SQL
	start_blocked -j 1
	query -d instant -c 'ALTER SCHEMA green RENAME TO old' -c 'ALTER SCHEMA blue RENAME TO green' -c 'ALTER SCHEMA old RENAME TO blue'
	unblock
	ends 1 20
	tail -n 1 stderr | grep -E '^dynodrop: the dump is not of one instant, and was given up: table (blue|green)\.(big|last) '
	[ ! -e drop ]
}

@test "an ALTER that comes between pg_dump's lock and ours is let through" {
	have_tables 1000
	hold_pg_dump between
	in_background psql -qX -d instant -c 'ALTER TABLE kept ALTER i TYPE bigint'
	wait_until 5 waits_for_lock 'ALTER TABLE kept%'
	# The second snapshot may be older than what the ALTER does then.
	let_go 1 2 3
	ends 0 20
	now instant >expected
	shows expected drop
}

waits_for_lock() {
	[ "$(query -d postgres -c "SELECT count(*) FROM pg_stat_activity
		WHERE datname = 'instant' AND query LIKE '$1' AND wait_event_type = 'Lock'")" = 1 ]
}

all_is_done() {
	[ "$(query -d instant -c 'SELECT count(*) FROM other')" = 0 ] && [ "$(query -d postgres -c "SELECT count(*) FROM pg_stat_activity
		WHERE datname = 'instant' AND application_name = 'psql'")" = 0 ]
}

# start_blocked: a dump that nobody reads, in the middle of `big`.
start_blocked() {
	mkfifo pipe
	exec 7<>pipe
	start dump -v -d "$url/instant" -r "$recipient" -t drop -t - "$@" >&7
	wait_until 20 partial_has_bytes 65000
}

partial_has_bytes() {
	[ -n "$(find . -name '*.partial' -size "+${1}c")" ]
}

@test "what wants to rewrite, empty or drop a table while it is read waits for the end, and the dump does not wait for it" {
	have_tables 250000
	local jobs change
	for jobs in 1 4; do
		now instant >expected
		start_blocked -j "$jobs"
		for change in 'ALTER TABLE big ADD x float DEFAULT random()' 'ALTER TABLE small DROP b' 'TRUNCATE other' 'REINDEX TABLE kept' \
			'VACUUM FULL big'; do
			in_background psql -qX -d instant -c "$change"
			wait_until 5 waits_for_lock "${change% *}%"
		done
		unblock
		ends 0 20
		shows expected drop
		if [ "$jobs" = 1 ]; then
			grep -E 'table public.small: a stronger lock is waited for; the control connection reads on' stderr
		fi
		wait_until 10 all_is_done
		rm -r pipe drop
		have_tables 250000
	done
}

@test "an index that is being rebuilt when the dump begins does not hold it up" {
	have_tables 250000
	now instant >expected
	in_background psql -qX -d instant -c 'BEGIN; REINDEX TABLE big; REINDEX TABLE other; SELECT pg_sleep(60)' >/dev/null 2>&1
	wait_until 20 sleeps
	start dump -q -j 2 -d "$url/instant" -r "$recipient" -t drop
	ends 0 20
	shows expected drop
}

sleeps() {
	[ "$(query -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE datname = 'instant' AND wait_event = 'PgSleep'")" = 1 ]
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c 'DROP DATABASE IF EXISTS instant WITH (FORCE)'
}
