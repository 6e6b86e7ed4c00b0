#!/usr/bin/env bats
# restore into a database that is not empty: without --clean it is left as it is; with it, what the drop brings is replaced, and nothing is
# dropped before the drop is known to be whole.
#
# shellcheck disable=SC2154,SC2317,SC2030,SC2031 # version, url, key and from come from what is loaded; each_version calls functions

load helpers
load faults
load restore

setup_file() {
	setup_key "$(newest)"
	each_version prepare
	each_version from_older make_reference
}

# Databases are templates here, so that each run finds the same older state.
prepare() {
	new_database restore_source
	query -d restore_source -f "$data/restore.sql" >/dev/null
	pg_dump -Fc -Z0 -d restore_source -f stock.dump
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat ../recipient)" -t drop
	[ "$version" = "$(newest)" ] || drop_database restore_source
	new_database restore_older
	query -d restore_older -f "$data/restore_older.sql" >/dev/null
}

make_reference() {
	older restore_stock
	describe restore_stock >older.described
	stock_described restore_stock --clean --if-exists "$from/stock.dump"
	[ ! -s restore_stock.stderr ]
	grep -q '^table|shop.orders|5000|' restore_stock.described
	run -1 same_text older.described restore_stock.described
}

teardown_file() {
	each_version drop_database restore_older
	use "$(newest)"
	drop_database restore_source
}

setup() {
	use "$(newest)"
	in_own_folder
	drop=$BATS_FILE_TMPDIR/$version/drop
}

# older NAME: a new database in the older state.
older() {
	query -d postgres -c 'SET client_min_messages = error' -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" \
		-c "CREATE DATABASE $1 TEMPLATE restore_older"
}

# same_as_before NAME: in it is what was when NAME.described was written.
same_as_before() {
	describe "$1" >"$1.now"
	[ -s "$1.described" ]
	same_text "$1.described" "$1.now"
}

@test "what --clean makes of an older state is what pg_restore makes of it, by one job and by four, also the second time" {
	replaced() {
		older restored
		run_restore restored --clean -j 1 "$from/drop"
		went_well restored
		described_as restore_stock restored
		older restored
		run_restore restored --clean -j 4 "$from/drop"
		went_well restored
		run_restore restored --clean -j 4 "$from/drop"
		went_well restored
		described_as restore_stock restored
	}
	each_version from_older replaced
}

@test "--clean of a drop in parts, and of a part of a drop" {
	from=$BATS_FILE_TMPDIR/$version
	make_reference
	cut_in_two "$drop" part
	older restored
	run_restore restored part.001 --clean
	went_well restored
	described_as restore_stock restored
	older restore_stock
	stock_described restore_stock --clean --if-exists -t pictures -t ledger "$from/stock.dump"
	older restored
	run_restore restored --clean "$drop" -- -t pictures -t ledger
	went_well restored
	described_as restore_stock restored
}

@test "--clean of a database that is empty" {
	new_database restored
	run_restore restored --clean "$drop"
	went_well restored
	describe restore_source >restore_source.described
	described_as restore_source restored
}

# refused NAME: without --clean nothing is changed.
refused() {
	describe "$1" >"$1.described"
	run_restore "$1" "$drop"
	ended_with_error "$1" 1 'tables?.*--clean'
	same_as_before "$1"
}

@test "a database that has a table is left as it is without --clean" {
	older restored
	refused restored
	new_database restored
	query -d restored -c 'CREATE SCHEMA "an Other"' -c 'CREATE TABLE "an Other".one ()'
	refused restored
	new_database restored
	query -d restored -c 'CREATE TABLE parted (i int) PARTITION BY RANGE (i)'
	refused restored
	run_restore restored - <"$drop"
	ended_with_error restored 1 'tables?.*--clean'
	same_as_before restored
	drop_database restored
}

@test "--clean of a drop that is read from standard input is refused" {
	older restored
	describe restored >restored.described
	run_restore restored --clean - <"$drop"
	ended_with_error restored 2 'standard input|stdin'
	same_as_before restored
	drop_database restored
}

# drops_nothing DROP PATTERN: --clean with a bad drop leaves all as it is.
drops_nothing() {
	run_restore restored --clean -j 4 "$1"
	ended_with_error restored 1 "$2"
	same_as_before restored
}

@test "--clean needs a drop that can be read twice, and something to create" {
	mkfifo pipe
	new_database restored
	run_restore restored --clean pipe
	ended_with_error restored 2 'pipe can be read only once'
	run_restore restored --clean "$drop" -- --data-only
	ended_with_error restored 2 '--data-only creates nothing'
	drop_database restored
}

@test "an extension that cannot be dropped is named, and its rows do not double" {
	new_database restored
	run_restore restored "$drop"
	query -d restored -c 'CREATE VIEW outside AS SELECT * FROM dropconf.setting'
	rows_of restored dropconf.setting >before
	[ -s before ]
	run_restore restored --clean "$drop"
	failed_for restored 'dropping EXTENSION dropconf: .*other objects depend on it' 'rows of dropconf.setting: .*has rows already'
	rows_of restored dropconf.setting | same_text before /dev/stdin
	drop_database restored
}

@test "a drop that is not whole drops nothing" {
	local size
	size=$(wc -c <"$drop")
	older restored
	describe restored >restored.described
	head -c $((size - 1)) "$drop" >bad
	drops_nothing bad 'truncated|altered|damaged'
	head -c $((size * 9 / 10)) "$drop" >bad
	drops_nothing bad 'truncated|altered|damaged'
	cut_in_two "$drop" part
	rm part.002
	drops_nothing part.001 'truncated.*part\.002, is missing'
	cp "$drop" bad
	printf 'damaged' | dd of=bad bs=1 seek=$((size - 100)) conv=notrunc 2>/dev/null
	drops_nothing bad 'altered|damaged'
	drop_database restored
}

@test "a drop whose last rows are not what their record says drops nothing" {
	# A byte of the last record's hash.
	age -d -i "$key" "$drop" | python3 -c 'import sys
archive = bytearray(sys.stdin.buffer.read())
archive[archive.rindex(b"DDck") + 40] ^= 1
sys.stdout.buffer.write(archive)' | age -r "$recipient" >bad
	run -1 "$DYNODROP" verify -i "$key" bad
	older restored
	describe restored >restored.described
	drops_nothing bad "$(sed -E 's/^dynodrop: [^:]*: //; s/[^a-z ].*//' <<<"$output")"
	drop_database restored
}

@test "a drop that the identity does not open drops nothing" {
	older restored
	describe restored >restored.described
	"$DYNODROP" keygen -o other >/dev/null 2>&1
	status=0
	"$DYNODROP" restore -i other -d "$url/restored" --clean "$drop" 2>stderr || status=$?
	[ "$status" = 1 ]
	one_error_line stderr 'none of the identities can open this drop'
	same_as_before restored
	drop_database restored
}

# rows_of DATABASE TABLE: the line about them.
rows_of() {
	query -d "$1" -f "$BATS_TEST_DIRNAME/contents.sql" | grep -F "table|$2|"
}

@test "a table that cannot be dropped keeps its rows and is named, and the others have those of the drop" {
	local table
	older restored
	query -d restored -c 'CREATE TABLE outsider (product int REFERENCES shop.products)' -c 'INSERT INTO outsider VALUES (40)'
	rows_of restored shop.products >before
	run_restore restored --clean -j 4 "$drop"
	failed_for restored 'shop[. ]products.*(not empty|has rows)'
	grep 'cannot drop table shop.products' restored.said
	rows_of restored shop.products | same_text before /dev/stdin
	for table in shop.orders shop.customers shop.visits_2025 shop.ledger dropconf.setting pictures; do
		rows_of restore_source "$table" >source.rows
		rows_of restored "$table" | same_text source.rows /dev/stdin
	done
	[ "$(query -d restored -c 'SELECT * FROM outsider')" = 40 ]
	drop_database restored
}

@test "a table whose owner may not insert into it has its rows when that owner restores it, also the second time" {
	local grants="SELECT relacl FROM pg_class WHERE relname = 'ledger'"
	export RESTORE_USER=dynodrop_bookkeeper
	drop_database restored
	new_database restore_books
	new_role dynodrop_bookkeeper
	query -d restore_books <<-SQL
		CREATE TABLE ledger AS SELECT i FROM generate_series(1, 100) i;
		ALTER TABLE ledger OWNER TO dynodrop_bookkeeper;
		REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ledger FROM dynodrop_bookkeeper;
	SQL
	"$DYNODROP" dump -q -d "$url/restore_books" -r "$recipient" -t books
	new_database restored
	query -d postgres -c 'ALTER DATABASE restored OWNER TO dynodrop_bookkeeper'
	run_restore restored books
	went_well restored
	[ "$(query -d restored -c 'SELECT count(*) FROM ledger')" = 100 ]
	run_restore restored --clean books
	went_well restored
	[ "$(query -d restored -c 'SELECT count(*) FROM ledger')" = 100 ]
	[ "$(query -d restored -c "$grants")" = "$(query -d restore_books -c "$grants")" ]
	drop_database restored
	drop_database restore_books
	query -d postgres -c 'DROP ROLE dynodrop_bookkeeper'
}
