#!/usr/bin/env bats
# What stands behind the "--" of restore: an option of pg_restore brings what it brings from a stock archive, or is refused before anything
# is touched; and so is other wrong usage.
#
# shellcheck disable=SC2154,SC2317,SC2030,SC2031 # version and url come from helpers.bash, key from faults.bash; each_version calls functions

load helpers
load faults
load restore

setup_file() {
	setup_key "$(newest)"
	each_version make_drops
}

teardown_file() {
	each_version remove_renter
}

remove_renter() {
	drop_database restored
	drop_database restore_stock
	query -d postgres -c 'DROP ROLE dynodrop_renter'
}

# `all` is of everything in options.sql; `plain` of what a role can restore that owns nothing but the database, and whose rows can be loaded
# one table after the other.
make_drops() {
	local plain=(-n app -n kept -n policed -b -T app.logs_b)
	drop_database restored
	drop_database restore_stock
	new_role dynodrop_renter
	new_database restore_source
	query -d restore_source -f "$data/options.sql" >/dev/null
	query -d restore_source -c 'DELETE FROM policed.many WHERE n > 100' -c 'DELETE FROM app.cut WHERE id > 9000'
	pg_dump -Fc -Z0 -d restore_source -f all.dump
	pg_dump -Fc -Z0 -d restore_source -f plain.dump "${plain[@]}"
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat ../recipient)" -t all
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat ../recipient)" -t plain -- "${plain[@]}"
	drop_database restore_source
}

setup() {
	use "$(newest)"
	in_own_folder
}

# same_with PREPARE DROP OPTION...: in a database that the command PREPARE has prepared, when it is called with its name.
same_with() {
	local prepare=$1 drop=$2
	shift 2
	echo "--- $drop -- $*"
	new_database restore_stock
	$prepare restore_stock
	stock_described restore_stock "$@" "$drop.dump"
	new_database restored
	$prepare restored
	run_restore restored -j 4 "$drop" -- "$@"
	if [ -s restore_stock.stderr ]; then failed_for restored; else went_well restored; fi
	described_as restore_stock restored
}

with_nothing() {
	:
}

with_schemas() {
	query -d "$1" -c 'CREATE SCHEMA app; CREATE SCHEMA side; CREATE SCHEMA kept; CREATE SCHEMA policed; CREATE SCHEMA "Odd, ""schema"""'
}

with_definitions() {
	pg_restore --schema-only -d "$1" plain.dump
}

with_all_definitions() {
	pg_restore --schema-only -d "$1" all.dump
}

owned_by_renter() {
	query -d postgres -c "ALTER DATABASE $1 OWNER TO dynodrop_renter"
}

@test "without owners and grants, by a role that owns nothing but the database" {
	rented() {
		RESTORE_USER=dynodrop_renter same_with owned_by_renter plain --no-owner --no-acl
		[ ! -s restore_stock.stderr ]
		grep -q '^table|app.cut|9000|' restored.described
		grep -q '^large object|4242|dynodrop_renter|' restored.described
	}
	each_version rented
}

@test "without owners and grants, and as another role" {
	as_others() {
		same_with with_nothing all -Ox
		same_with owned_by_renter plain --no-owner --role=dynodrop_renter
		grep -q 'Name: cut; Type: TABLE; Schema: app; Owner: dynodrop_renter' restored.described
	}
	PG_VERSIONS=$at_the_ends each_version as_others
}

@test "single tables, and schemas" {
	some() {
		same_with with_schemas all -t cut --table=app --table '*' -t parent -t child
		grep -q '^table|app.cut|9000|' restored.described
		same_with with_schemas all -n kept -n 'Odd, "schema"'
		grep -q 'OWNER TO dynodrop_keeper' restored.described
		same_with with_schemas all -n policed -t notes
		grep -q 'GRANT SELECT ON TABLE policed.notes TO dynodrop_tenant' restored.described
		same_with with_schemas all --schema=policed
		grep -q 'CREATE POLICY own' restored.described
		same_with with_nothing all -N app --exclude-schema=policed
	}
	PG_VERSIONS=$at_the_ends each_version some
}

@test "definitions alone, and each section" {
	some() {
		same_with with_nothing all --schema-only
		grep -q '^table|app.cut|0|' restored.described
		same_with with_nothing all --section=pre-data
		same_with with_nothing all --section=pre-data --section=data
		grep -q '^table|app.cut|9000|' restored.described
	}
	PG_VERSIONS=$at_the_ends each_version some
}

@test "rows alone, into empty tables that are there" {
	some() {
		same_with with_definitions plain --data-only
		grep -q '^table|app.cut|9000|' restored.described
		grep -q '^large object|4242|' restored.described
		same_with with_definitions plain --data-only --no-data-for-failed-tables
		grep -q '^table|app.cut|9000|' restored.described
		same_with with_all_definitions all -a --disable-triggers -n app
		grep -q '^table|app.logs_b|2|' restored.described
	}
	PG_VERSIONS=$at_the_ends each_version some
}

@test "what an edited list names" {
	# Without some rows, and the other rows the last ones first.
	edit() {
		grep -vE ' BLOB | BLOBS | LARGE OBJECT | BLOB METADATA | INDEX app ' "$1" | sed '/ TABLE DATA /,$d'
		grep -E ' TABLE DATA ' "$1" | grep -v ' app cut ' | tac
		grep -vE ' BLOB | BLOBS | LARGE OBJECT | BLOB METADATA | INDEX app ' "$1" | sed -n '/ TABLE DATA /,$p' | grep -v ' TABLE DATA '
	}
	by_list() {
		pg_restore -l all.dump | grep -v '^;' >stock.list
		"$DYNODROP" open --pg "$version" --no-compress -i "$key" -o opened.dump all
		pg_restore -l opened.dump | grep -v '^;' >opened.list
		same_text stock.list opened.list
		edit opened.list >all.list
		same_with with_nothing all -L all.list
		grep -q '^table|app.cut|0|' restored.described
		grep -q '^table|app.logs_a|100|' restored.described
		run -1 grep '^large object' restored.described
		run -1 grep 'CREATE INDEX' restored.described
		same_with with_schemas all --use-list all.list -n app
	}
	PG_VERSIONS=$at_the_ends each_version by_list
}

@test "comments, publications and rows of tables that failed left out" {
	some() {
		same_with with_nothing all --no-comments --no-publications
		same_with with_nothing all --no-tablespaces --no-security-labels --no-subscriptions
		same_with with_a_table_in_the_way all --no-data-for-failed-tables
	}
	PG_VERSIONS=$at_the_ends each_version some
}

# In which the drop's table cannot be made, since a view has its name.
with_a_table_in_the_way() {
	query -d "$1" -c 'CREATE SCHEMA app; CREATE VIEW app.logs_a AS SELECT 1 AS n'
}

# Where nothing listens: told before anything is touched, an error is not one of connecting.
nowhere=postgres://someone@127.0.0.1:1/shop

@test "the options of pg_restore that restore sets itself, or that it cannot do, are refused with the reason" {
	local option drop=$BATS_FILE_TMPDIR/$version/plain
	for option in -C --create -1 --single-transaction -j4 --jobs=4 -dshop --dbname=shop -fx --file=x -l --list -c --clean -Fd \
		--format=d -hlocalhost --host=x -p1 --port=1 -Ume --username=me -W -w --no-password --password -OC -x1 -vC --creat --single --job=2 \
		--help --version; do
		fails 2 'option -.*: .' restore -i "$key" -d "$nowhere" "$drop" -- -n public "$option"
	done
	fails 2 'option -(C|-create).*: .' restore -i "$key" -d "$nowhere" "$drop" -- -C
	fails 2 'option -(1|-single-transaction).*: .' restore -i "$key" -d "$nowhere" "$drop" -- --no-owner -1
	fails 2 'options of pg_restore only' restore -i "$key" -d "$nowhere" "$drop" -- --schema app shop
	fails 2 'options of pg_restore only' restore -i "$key" -d "$nowhere" "$drop" -- postgres://someone:Hunter2@127.0.0.1:1/shop
}

@test "values of other options that look like refused ones pass" {
	run_restore_nowhere() {
		status=0
		timeout 20 "$DYNODROP" restore -i "$key" -d "$nowhere" "$BATS_FILE_TMPDIR/$version/plain" -- "$@" 2>stderr || status=$?
		[ "$status" = 1 ] || fail "exit code $status:" "$(cat stderr)"
		tail -n 1 stderr | grep 'cannot connect'
	}
	run_restore_nowhere -n -C -t--create -T -j4 --no-owner --schema='-1'
}

@test "wrong usage is refused before anything is touched" {
	local drop=$BATS_FILE_TMPDIR/$version/plain value
	fails 2 'restore takes one drop' restore -d "$nowhere"
	fails 2 'restore takes one drop' restore -d "$nowhere" "$drop" "$BATS_FILE_TMPDIR/$version/all"
	fails 2 'unknown option --frobnicate; .*dynodrop restore --help' restore --frobnicate -d "$nowhere" "$drop"
	fails 2 'option (-d|--database) needs a value' restore "$drop" -d
	fails 2 'NO_SUCH_VARIABLE is not set' restore -d NO_SUCH_VARIABLE "$drop"
	for value in 0 65 -1 x ''; do
		fails 2 "number of jobs is a whole number from 1 to 64, not \"$value\"" restore -d "$nowhere" -j "$value" "$drop"
	done
}

@test "there is no default for the database that is restored into" {
	local drop=$BATS_FILE_TMPDIR/$version/plain
	new_database untouched
	DATABASE_URL=$url/untouched DYNODROP_DATABASE=$url/untouched fails 2 'database.* -d' restore -i "$key" "$drop"
	[ "$(query -d untouched -c "SELECT count(*) FROM pg_namespace WHERE nspname = 'app'")" = 0 ]
	drop_database untouched
}

@test "restore --help names its options" {
	run -0 --separate-stderr "$DYNODROP" restore --help
	[ -z "$stderr" ]
	local option
	for option in -i --identity -d --database -j --jobs --clean --exit-on-error PG_RESTORE_OPTIONS; do
		[[ $output == *"$option"* ]] || fail "no $option"
	done
	run -0 "$DYNODROP" --help
	[[ $output == *restore* ]]
}

@test "grants and comments come with the table or the schema that is chosen by its name" {
	new_database restore_source
	new_role dynodrop_renter
	query -d restore_source -c 'CREATE TABLE one (i int)' -c 'GRANT SELECT ON one TO dynodrop_renter' -c "COMMENT ON TABLE one IS 'first'"
	pg_dump -Fc -Z0 -d restore_source -f granted.dump
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat "$BATS_FILE_TMPDIR/recipient")" -t granted
	drop_database restore_source
	same_with with_nothing granted -t one
	grep 'GRANT SELECT ON TABLE public.one TO dynodrop_renter' restored.described
	same_with with_nothing granted -n public
	grep 'GRANT SELECT ON TABLE public.one TO dynodrop_renter' restored.described
	grep "COMMENT ON TABLE public.one IS 'first'" restored.described
}

@test "what is in post-data can be restored behind the rest, into a database with tables" {
	use "$(newest)"
	cp "$BATS_FILE_TMPDIR/$version"/plain* .
	new_database restored
	run_restore restored plain -- --section=pre-data --section=data --no-owner --no-acl
	went_well restored
	run_restore restored plain -- --section=post-data --no-owner --no-acl
	went_well restored
	new_database restore_stock
	stock_described restore_stock --no-owner --no-acl plain.dump
	described_as restore_stock restored
}
