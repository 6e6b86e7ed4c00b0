#!/usr/bin/env bats
# What a dump holds grows neither with a table nor with a row, but for a very large one while that passes; list and open hold less.
#
# shellcheck disable=SC2154 # url comes from helpers.bash, recipient, key and peak from faults.bash

load helpers
load faults

LIMIT_KB=65536
DUMP_LIMIT_KB=131072

setup_file() {
	setup_key "$(newest)"
	new_database memory
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c 'DROP DATABASE IF EXISTS memory'
}

setup() {
	use "$(newest)"
	in_own_folder
	needs_memory_told
}

teardown() {
	end_all
	query -d memory -c 'SET client_min_messages = error' -c 'DROP TABLE IF EXISTS toasted, toasted_2, toasted_3, toasted_4, large, rows_of_6_mb'
}

# stays_small LIMIT_KB WHAT ARGUMENT...: runs dynodrop to its end, its answer going to ./answer, and looks at the peak of its own memory,
# not its children's.
stays_small() {
	local limit=$1 what=$2
	shift 2
	start "$@" >answer
	watch_memory 120
	ends 0 1
	echo "# $what: peak memory $peak KB of $limit" >&3
	[ "$peak" -gt 5000 ] || fail "that was not all of it"
	[ "$peak" -lt "$limit" ]
}

@test "rows of 50 MB are dumped in 128 MB and 1.1 times as much, by one connection at a time, and listed and opened in 64 MB" {
	local n
	query -d memory -c "CREATE UNLOGGED TABLE toasted AS
		SELECT 1 AS i, string_agg(md5(j::text), '') AS t FROM generate_series(1, 1600000) j"
	for n in 2 3 4; do
		query -d memory -c "CREATE UNLOGGED TABLE toasted_$n AS TABLE toasted"
	done
	[ "$(query -d memory -c 'SELECT min(length(t)) FROM toasted')" -gt 50000000 ]
	stays_small $((DUMP_LIMIT_KB + 11 * 51200 / 10)) "dump of 4 tables with a row of 50 MB" dump -q -j 4 -d "$url/memory" -r "$recipient" -t drop.age
	stays_small $LIMIT_KB "list of them" list -i "$key" drop.age
	grep -q public.toasted answer
	stays_small $LIMIT_KB "verify of them" verify -i "$key" drop.age
	grep -q "is whole: " answer
	stays_small $LIMIT_KB "open of them" open -i "$key" -o archive drop.age
	stays_small $LIMIT_KB "open of them, uncompressed" open -i "$key" --no-compress -o archive drop.age
}

@test "a table of 1 GB is dumped by four connections in less than 128 MB and opened in 64 MB" {
	query -d memory <<-SQL
		CREATE UNLOGGED TABLE large AS
			SELECT i, repeat(md5(i::text), 10) || md5(random()::text) AS t FROM generate_series(1, 1000000) i;
		INSERT INTO large SELECT * FROM large;
		INSERT INTO large SELECT * FROM large LIMIT 800000;
	SQL
	[ "$(query -d memory -c "SELECT pg_table_size('large')")" -gt 1000000000 ]
	stays_small $DUMP_LIMIT_KB "dump of a table of $(query -d memory -c "SELECT pg_table_size('large') / 1000000") MB" \
		dump -q -j 4 -d "$url/memory" -r "$recipient" -t drop.age
	stays_small $LIMIT_KB "open of it" open -i "$key" -o archive drop.age
}

@test "hundreds of rows of 6 MB, read by four connections, fit what --memory says" {
	query -d memory -c "CREATE UNLOGGED TABLE rows_of_6_mb AS SELECT i, repeat(md5(i::text), 190000) AS t FROM generate_series(1, 300) i"
	stays_small $DUMP_LIMIT_KB "dump of 300 rows of 6 MB" dump -q -j 4 -d "$url/memory" -r "$recipient" -t drop.age
	stays_small $LIMIT_KB "the same with --memory 64M" dump -q -j 4 --memory 64M -d "$url/memory" -r "$recipient" -t drop.age
}

@test "where the memory is too small for all jobs there are fewer, and that is said" {
	query -d memory -c "CREATE UNLOGGED TABLE large AS SELECT i, md5(random()::text) AS t FROM generate_series(1, 300000) i"
	stays_small 49152 "dump with --memory 48M" dump -j 8 --memory 48M -d "$url/memory" -r "$recipient" -t drop.age
	grep -E '^dynodrop: reading with [1-7] connections instead of [2-8]: --memory has no room for more' stderr
}
