#!/usr/bin/env bats
# What dynodrop holds does not grow with a table. A dump takes 2.1 times a large row, which libpq holds whole; what reads a drop
# does not grow with a row either.
#
# shellcheck disable=SC2154 # url comes from helpers.bash, recipient, key and pid from faults.bash

load helpers
load faults

DUMP_KB=131072
READ_KB=65536

setup_file() {
	use "$(newest)"
	"$DYNODROP" keygen -o "$BATS_FILE_TMPDIR/key" >"$BATS_FILE_TMPDIR/recipient" 2>/dev/null
	new_database memory
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c 'DROP DATABASE IF EXISTS memory'
}

setup() {
	use "$(newest)"
	in_own_folder
	[ -d /proc/self ] || skip "needs /proc"
	if grep -qaE '__(asan|tsan)_init' "$DYNODROP"; then
		skip "a sanitizer's memory is not the program's"
	fi
}

teardown() {
	end_all
	query -d memory -c 'SET client_min_messages = error' -c 'DROP TABLE IF EXISTS toasted, large'
}

# stays_below KB WHAT ARGUMENT...: runs dynodrop to its end, its answer going to ./answer, and looks at the peak of its own memory,
# not its children's.
stays_below() {
	local limit=$1 what=$2 peak=0 now
	shift 2
	start "$@" >answer
	while ! has_ended "$pid"; do
		now=$(awk '/^VmHWM:/ { print $2 }' "/proc/$pid/status" 2>/dev/null) || true
		peak=${now:-$peak}
		sleep 0.02
	done
	ends 0 1
	echo "# $what: peak memory $peak KB of $limit" >&3
	[ "$peak" -gt 5000 ] || fail "that was not all of it"
	[ "$peak" -lt "$limit" ]
}

@test "rows of 50 MB are dumped in 128 MB and 2.1 times a row, and listed, verified and opened in 64 MB" {
	query -d memory -c "CREATE UNLOGGED TABLE toasted AS
		SELECT i, (SELECT string_agg(md5(i::text || j::text), '') FROM generate_series(1, 1600000) j) AS t FROM generate_series(1, 3) i"
	local row
	row=$(query -d memory -c 'SELECT max(length(t)) FROM toasted')
	[ "$row" -gt 50000000 ]
	stays_below $((DUMP_KB + row * 21 / 10240)) "dump of 3 rows of 50 MB" dump -j 4 -q -d "$url/memory" -r "$recipient" -t drop.age
	stays_below $READ_KB "list of them" list -i "$key" drop.age
	grep -q public.toasted answer
	stays_below $READ_KB "verify of them" verify -i "$key" drop.age
	grep -q "is whole: " answer
	stays_below $READ_KB "open of them" open -i "$key" -o archive drop.age
	stays_below $READ_KB "open of them, uncompressed" open -i "$key" --no-compress -o archive drop.age
}

@test "a table of 1 GB is dumped by four jobs in less than 128 MB, and opened in 64 MB" {
	query -d memory <<-SQL
		CREATE UNLOGGED TABLE large AS
			SELECT i, repeat(md5(i::text), 10) || md5(random()::text) AS t FROM generate_series(1, 1000000) i;
		INSERT INTO large SELECT * FROM large;
		INSERT INTO large SELECT * FROM large LIMIT 800000;
	SQL
	[ "$(query -d memory -c "SELECT pg_table_size('large')")" -gt 1000000000 ]
	stays_below $DUMP_KB "dump of a table of $(query -d memory -c "SELECT pg_table_size('large') / 1000000") MB" \
		dump -j 4 -q -d "$url/memory" -r "$recipient" -t drop.age
	stays_below $READ_KB "open of it" open -i "$key" -o archive drop.age
}
