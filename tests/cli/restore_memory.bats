#!/usr/bin/env bats
# What a restore holds grows neither with a table nor with a row, but for a very large one while that passes.
#
# shellcheck disable=SC2154 # url comes from helpers.bash, recipient, key and peak from faults.bash

load helpers
load faults
load restore

LIMIT_KB=131072

setup_file() {
	setup_key "$(newest)"
}

setup() {
	use "$(newest)"
	in_own_folder
	needs_memory_told
	new_database restore_source
}

teardown() {
	end_all
	drop_database restore_source
}

# stays_small LIMIT_KB TABLES ROWS: restores ./drop with four jobs into a new database, and looks at the peak of dynodrop's own memory, not
# its children's.
stays_small() {
	new_database restored
	start restore -i "$key" -d "$url/restored" -j 4 drop
	watch_memory 60
	ends 0 1
	echo "# restore of $2 tables: peak memory $peak KB of $1" >&3
	tail -n 1 stderr | grep -E "tables=$2 rows=$3 raw_bytes=[0-9]+ .* failed=0\$"
	drop_database restored
	[ "$peak" -gt 5000 ] || fail "that was not all of it"
	[ "$peak" -lt "$1" ]
}

@test "a table of 300 MB is restored by four connections in less than 128 MB" {
	query -d restore_source -c "CREATE UNLOGGED TABLE large AS
		SELECT i, repeat(md5(i::text), 8) || md5((-i)::text) AS t FROM generate_series(1, 1000000) i"
	[ "$(query -d restore_source -c "SELECT pg_table_size('large')")" -gt 300000000 ]
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$recipient" -t drop 2>/dev/null
	stays_small $LIMIT_KB 1 1000000
}

@test "rows of 50 MB are restored in 128 MB and 2.1 times as much" {
	local n
	query -d restore_source -c "CREATE UNLOGGED TABLE wide_1 (i int, t text)" -c "ALTER TABLE wide_1 ALTER t SET STORAGE EXTERNAL" \
		-c "INSERT INTO wide_1 SELECT 1, string_agg(md5(j::text), '') FROM generate_series(1, 1600000) j"
	for n in 2 3 4; do
		query -d restore_source -c "CREATE UNLOGGED TABLE wide_$n (LIKE wide_1 INCLUDING STORAGE)" -c "INSERT INTO wide_$n TABLE wide_1"
	done
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$recipient" -t drop 2>/dev/null
	stays_small $((LIMIT_KB + 21 * 51200 / 10)) 4 4
}
