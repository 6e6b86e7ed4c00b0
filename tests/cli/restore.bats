#!/usr/bin/env bats
# restore: what dynodrop brings into a database is what pg_dump and pg_restore alone would have brought, whether the drop is a file,
# comes in parts or from a pipe, with one job and with four, into the drop's own version and into the next.
#
# shellcheck disable=SC2154,SC2317 # version, url and from come from helpers.bash and restore.bash; each_version calls functions

load helpers
load faults
load restore

setup_file() {
	setup_key "$(newest)"
	new_database restore_source
	query -d restore_source -c 'CREATE TABLE one AS SELECT i FROM generate_series(1, 1000) i' -c "CREATE TABLE two AS SELECT 'a' AS t"
	mkdir small
	"$DYNODROP" dump -d "$url/restore_source" -r "$(cat recipient)" -t small 2>small.dumped
	each_version make_drops
	each_version from_older make_reference
}

setup() {
	use "$(newest)"
	in_own_folder
}

# The large values have a test of their own.
make_drops() {
	have_everything
	pg_dump -Fc -Z0 -d everything --exclude-table-data=app.toasted -f stock.dump
	"$DYNODROP" dump -q -d "$url/everything" -r "$(cat ../recipient)" -t drop -- --exclude-table-data=app.toasted
	[ "$version" != "$(newest)" ] || "$DYNODROP" dump -q -d "$url/everything" -r "$(cat ../recipient)" -t large -- -t app.toasted
}

make_reference() {
	new_database restore_stock
	stock_described restore_stock "$from/stock.dump"
	grep -q '^table|app.many|36000|' restore_stock.described
	grep -q '^large object|200500|' restore_stock.described
}

# as_stock ARGUMENT...: with these arguments it makes of an empty database what pg_restore makes of one; where that cannot do all, since
# this server has other extensions, it names what pg_restore names.
as_stock() {
	local names=()
	new_database restored
	run_restore restored "$@"
	if [ -s restore_stock.stderr ]; then
		mapfile -t names < <(sed -nE 's/^pg_restore: error: [^"]*"([^"]+)".*/\1/p' restore_stock.stderr | sort -u)
		[ ${#names[@]} -gt 5 ]
		failed_for restored "${names[@]}"
	else
		went_well restored
	fi
	described_as restore_stock restored
}

@test "a drop in a file, by one job and by four" {
	from_file() {
		as_stock -j 1 "$from/drop"
		as_stock -j 4 "$from/drop"
	}
	each_version from_older from_file
}

@test "a drop in parts, all of them named or the first" {
	from_parts() {
		cut_in_two "$from/drop" part
		as_stock -j 1 part.002 part.001
		as_stock -j 4 part.001
	}
	each_version from_older from_parts
}

@test "a drop from a pipe" {
	from_pipe() {
		as_stock -j 1 - < <(cat "$from/drop")
		as_stock -j 4 - < <(cat "$from/drop")
	}
	each_version from_older from_pipe
}

@test "a drop of the newest version, in that version" {
	from=$BATS_FILE_TMPDIR/$version
	make_reference
	as_stock "$from/drop"
}

@test "values of 50 MB" {
	local rows='SELECT id, kind, md5(b), md5(t) FROM app.toasted ORDER BY id'
	new_database restored
	query -d restored -c 'CREATE SCHEMA app'
	run_restore restored -j 4 "$BATS_FILE_TMPDIR/$version/large"
	went_well restored
	query -d everything -c "$rows" >source.rows
	query -d restored -c "$rows" >restored.rows
	[ "$(wc -l <source.rows)" = 200 ]
	same_text source.rows restored.rows
	drop_database restored
}

@test "the last line of a good run has what logs need, in order, and the dump's numbers" {
	local counts
	counts=$(tail -n 1 "$BATS_FILE_TMPDIR/small.dumped" | grep -oE 'tables=2 rows=1001 raw_bytes=[0-9]+')
	new_database restored
	run_restore restored "$BATS_FILE_TMPDIR"/small/*
	tail -n 1 restored.said |
		grep -xE "dynodrop: restored name=([^ ]*/)?restore_source-[0-9TZ]+\.dump\.age database=restored $counts seconds=[0-9]+ failed=0" ||
		fail "$(cat restored.said)"
	drop_database restored
}

@test "the database may be named by a variable that holds its URL" {
	new_database restored
	SHOP_URL=$url/restored timeout 60 "$DYNODROP" restore -i "$key" --database SHOP_URL "$BATS_FILE_TMPDIR"/small/* 2>stderr
	grep 'database=restored ' stderr
	[ "$(query -d restored -c 'SELECT count(*) FROM one')" = 1000 ]
	drop_database restored
}

@test "verify finds nothing in what was restored" {
	verified() {
		new_database restore_source
		query -d restore_source -f "$data/against.sql" >/dev/null
		"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat ../recipient)" -t against
		drop_database restore_source
		new_database restored
		run_restore restored -j 4 against
		went_well restored
		"$DYNODROP" verify -i ../key --against "$url/restored" against
		drop_database restored
	}
	PG_VERSIONS=$at_the_ends each_version verified
}
