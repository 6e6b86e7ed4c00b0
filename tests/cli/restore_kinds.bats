#!/usr/bin/env bats
# Drops whose rows dynodrop did not all write itself, or not as usual, and pg_restore of other versions: restored they are what a stock
# archive of the same is.
#
# shellcheck disable=SC2154,SC2317,SC2030,SC2031 # version and url come from helpers.bash, key from faults.bash; each_version calls functions

load helpers
load faults
load restore

setup_file() {
	setup_key "$(newest)"
	each_version make_source
}

make_source() {
	new_database restore_source
	query -d restore_source -f "$data/restore.sql" >/dev/null
}

teardown_file() {
	each_version drop_database restore_source
}

setup() {
	use "$(newest)"
	in_own_folder
}

# same_of DATABASE PG_DUMP_OPTION...: a drop and an archive made with these options bring the same.
same_of() {
	local database=$1
	shift
	echo "--- $*"
	pg_dump -Fc -Z0 -d "$database" -f stock.dump "$@"
	"$DYNODROP" dump -q -d "$url/$database" -r "$(cat ../recipient)" -t drop -- "$@"
	new_database restore_stock
	stock_described restore_stock stock.dump
	[ ! -s restore_stock.stderr ]
	new_database restored
	run_restore restored -j 4 drop
	went_well restored
	described_as restore_stock restored
}

@test "rows as INSERT commands" {
	inserts() {
		same_of restore_source --column-inserts --rows-per-insert=7
		grep -q '^table|shop.orders|5000|' restored.described
	}
	PG_VERSIONS=$at_the_ends each_version inserts
}

@test "partitions' rows sent to their root" {
	to_root() {
		same_of restore_source --load-via-partition-root
		grep -q '^table|shop.visits_2024|213|' restored.described
		grep -q '^table|shop.visits_2025|187|' restored.described
	}
	PG_VERSIONS=$at_the_ends each_version to_root
}

@test "definitions alone, and a part of a database" {
	part() {
		same_of restore_source --schema-only
		same_of restore_source -n shop --no-owner --no-acl
		grep -q '^table|shop.orders|5000|' restored.described
	}
	PG_VERSIONS=$at_the_ends each_version part
}

@test "other encodings, also such as have backslashes in letters" {
	# In GB18030 the second byte of these is a backslash.
	encoded() {
		new_database restore_encoded
		query -d restore_encoded <<-'SQL'
			CREATE TABLE "衆" ("誠" text, b text);
			INSERT INTO "衆" VALUES ('乗誠鉢', E'衆\n衆\t\\'), ('\.', '誠'), (NULL, '');
			CREATE TABLE cut WITH (fillfactor = 10) AS SELECT n AS "乗", repeat('鉢衆', 9) AS t FROM generate_series(1, 3000) n;
		SQL
		same_of restore_encoded --encoding=GB18030
		same_of restore_encoded --encoding=EUC_JP
		drop_database restore_encoded
	}
	PG_VERSIONS=$at_the_ends each_version encoded
}

@test "an archive that pg_dump and age made" {
	aged() {
		pg_dump -Fc -Z0 -d restore_source | age -r "$(cat ../recipient)" >aged
		new_database restored
		run_restore restored aged
		went_well restored
		describe restore_source >restore_source.described
		described_as restore_source restored
	}
	PG_VERSIONS=$at_the_ends each_version aged
}

# drop_and_reference_of VERSION: its drop, and what its own pg_restore makes of its own archive here.
drop_and_reference_of() {
	(
		use "$1"
		"$DYNODROP" dump -q -d "$url/restore_source" -r "$recipient" -t drop
		pg_dump -Fc -d restore_source -f stock.dump
	)
	new_database restore_stock
	stock_described restore_stock stock.dump
	[ ! -s restore_stock.stderr ]
}

@test "a drop of the oldest version, in the newest" {
	drop_and_reference_of "${PG_VERSIONS%% *}"
	new_database restored
	run_restore restored drop
	went_well restored
	described_as restore_stock restored
}

@test "a setting that the server is too old for is no failure of a newer pg_restore" {
	local newest_bin
	newest_bin=$(bin_of "$(newest)")
	use "${PG_VERSIONS%% *}"
	[ "$(newest)" -ge 17 ] && [ "$version" -lt 17 ] || skip "needs a server older than 17 and a pg_restore that is not"
	drop_and_reference_of "$version"
	new_database restored
	PATH=$newest_bin:$PATH run_restore restored drop
	went_well restored
	PATH=$newest_bin:$PATH run_restore restored --clean --exit-on-error drop
	went_well restored
	described_as restore_stock restored
}
