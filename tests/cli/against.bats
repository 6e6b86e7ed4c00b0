#!/usr/bin/env bats
# verify --against: nothing where a database is what the drop says, and else the name of what is not.
#
# shellcheck disable=SC2154,SC2317,SC2030,SC2031 # url comes from helpers.bash, recipient and key from faults.bash; each_version calls functions

load helpers
load faults

setup_file() {
	setup_key "$(newest)"
	new_database against
	query -d against -f "$data/against.sql" >/dev/null
	"$DYNODROP" dump -q -d "$url/against" -r "$(cat recipient)" -t drop
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c "SET client_min_messages = error" -c 'DROP DATABASE IF EXISTS changed' -c 'DROP DATABASE against'
}

setup() {
	use "$(newest)"
	in_own_folder
	drop=$BATS_FILE_TMPDIR/drop
}

# change SQL...: the database `changed`, which is `against` but for what these commands do.
change() {
	local command commands=()
	for command; do commands+=(-c "$command"); done
	query -d postgres -c "SET client_min_messages = error" -c 'DROP DATABASE IF EXISTS changed' -c 'CREATE DATABASE changed TEMPLATE against'
	query -d changed "${commands[@]}" >/dev/null
}

# verify OPTION...: the drop, against `changed`; what it says is in ./stdout.
verify() {
	"$DYNODROP" verify -i "$key" --against "$url/changed" "$@" "$drop" >stdout 2>stderr
}

# same [OPTION...]: it says that nothing differs.
same() {
	verify "$@" || fail "it ended with $?:" "$(cat stdout stderr)"
	grep -E '^the database has what the drop has: .* differences: 0, not compared: 0$' stdout
}

# differs N LINE...: it names N objects, these lines among them (extended regular expressions), and no more.
differs() {
	local status=0 line
	verify || status=$?
	[ $status = 3 ] || fail "it ended with $status:" "$(cat stdout stderr)"
	for line in "${@:2}"; do
		grep -qxE -e "$line" stdout || fail "no line '$line':" "$(cat stdout)"
	done
	grep -qE "^the database differs: .* compared, differences: $1, not compared: 0\$" stdout || fail "not $1 differences:" "$(cat stdout)"
}

@test "a database that is the same, whatever the order of its rows and the settings of the role" {
	change 'UPDATE shop.orders SET noted = noted WHERE id % 3 = 0' 'UPDATE shop.customers SET name = name WHERE id < 500'
	same -j 1
	grep -E ' objects, 21001 rows in [0-9]+ tables compared' stdout
	query -d postgres -c "ALTER ROLE $PG_LOGIN IN DATABASE changed SET TimeZone = 'Asia/Kolkata'" \
		-c "ALTER ROLE $PG_LOGIN IN DATABASE changed SET bytea_output = 'escape'"
	same -j 4
	same --schema-only
	run -1 grep -E ' is whole|rows' stdout
}

@test "what is gone" {
	change 'DROP INDEX shop.by_amount'
	differs 1 'missing in the database: INDEX shop.by_amount'
	change 'ALTER TABLE shop.orders DROP CONSTRAINT orders_pkey'
	differs 1 'missing in the database: CONSTRAINT shop.orders orders_pkey'
	change 'ALTER TABLE shop.customers DROP CONSTRAINT one_each'
	differs 1 'missing in the database: CONSTRAINT shop.customers one_each'
	change 'ALTER TABLE shop.orders DROP CONSTRAINT of_customer'
	differs 1 'missing in the database: FK CONSTRAINT shop.orders of_customer'
	change 'ALTER TABLE shop.orders DROP CONSTRAINT positive'
	differs 1 'different: TABLE shop.orders' '    drop: CONSTRAINT positive CHECK .*'
	change 'DROP TRIGGER noted ON shop.orders'
	differs 1 'missing in the database: TRIGGER shop.orders noted'
	change 'ALTER TABLE shop.orders ALTER placed DROP DEFAULT'
	differs 1 'different: TABLE shop.orders' '    drop: placed timestamp with time zone DEFAULT .*' '    database: placed timestamp with time zone'
	change 'ALTER TABLE shop.orders ALTER id DROP DEFAULT'
	differs 1 'different: TABLE shop.orders' '    database: id bigint NOT NULL'
	change 'REVOKE SELECT ON shop.orders FROM pg_monitor'
	differs 1 'missing in the database: ACL shop.TABLE orders'
	change 'COMMENT ON TABLE shop.orders IS NULL'
	differs 1 'missing in the database: COMMENT shop.TABLE orders'
	change 'SELECT lo_unlink(70001), lo_unlink(70002)'
	differs 2 'missing in the database: BLOB METADATA 70001[.][.]70002' 'missing in the database: BLOBS 70001[.][.]70002'
	change 'DROP EXTENSION dropconf CASCADE'
	run -3 verify
	grep -x 'missing in the database: EXTENSION dropconf' stdout
}

@test "what is another" {
	change "CREATE OR REPLACE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
	NEW.noted := 'no';
	RETURN NEW;
END
\$\$"
	differs 1 'different: FUNCTION shop.note\(\)' "    drop: NEW.noted := 'yes';" "    database: NEW.noted := 'no';"
	change "SELECT setval('shop.numbers', 999)"
	differs 1 'different: SEQUENCE SET shop.numbers' "    database: SELECT pg_catalog.setval\('shop.numbers', 999, true\);"
	change 'DROP VIEW shop.large' 'ALTER TABLE shop.customers ALTER id TYPE bigint' \
		'CREATE VIEW shop.large AS SELECT id, amount FROM shop.orders WHERE amount > 500'
	differs 1 'different: TABLE shop.customers' '    drop: id integer NOT NULL' '    database: id bigint NOT NULL'
	change 'ALTER TABLE shop.customers OWNER TO pg_monitor'
	differs 1 'different: TABLE shop.customers' '    owner: postgres in the drop, pg_monitor in the database'
	same --no-owner
	change 'GRANT INSERT ON shop.orders TO pg_monitor'
	differs 1 'different: ACL shop.TABLE orders' '    database: GRANT SELECT,INSERT ON TABLE shop.orders TO pg_monitor;'
	same --no-acl
	change 'ALTER LARGE OBJECT 70001 OWNER TO pg_monitor' 'ALTER LARGE OBJECT 70002 OWNER TO pg_monitor'
	differs 1 'different: BLOB METADATA 70001[.][.]70002'
	change "SELECT lo_put(70001, 0, 'A')"
	differs 1 'different: BLOBS 70001[.][.]70002'
	change "SELECT lo_put(70001, 0, 'ANOTHER'), lo_put(70002, 0, 'a large')"
	differs 1 'different: BLOBS 70001[.][.]70002'
}

@test "what the drop does not have" {
	change 'CREATE TABLE shop.more ()' 'CREATE INDEX by_name ON shop.customers (name)'
	differs 3 'not in the drop: TABLE shop.more' 'not in the drop: INDEX shop.by_name' 'not in the drop: rows of shop.more'
}

@test "rows" {
	change 'DELETE FROM shop.orders WHERE id = 17'
	differs 1 'different: rows of shop.orders' '    20000 rows in the drop, 19999 in the database'
	change "INSERT INTO shop.customers VALUES (1001, 'one more')"
	differs 1 'different: rows of shop.customers' '    1000 rows in the drop, 1001 in the database'
	change "UPDATE shop.customers SET name = 'namE 500' WHERE id = 500"
	differs 1 'different: rows of shop.customers' '    1000 rows on both sides: they are not the same'
	change 'TRUNCATE shop.orders'
	differs 1 'different: rows of shop.orders' '    20000 rows in the drop, 0 in the database'
	same --schema-only
}

@test "a drop of a part of a database is held against that part" {
	"$DYNODROP" dump -q -d "$url/against" -r "$recipient" -t part -- -t shop.customers
	drop=part
	change 'DROP TABLE shop.orders CASCADE'
	same
	change 'TRUNCATE shop.customers CASCADE'
	differs 1 'different: rows of shop.customers'
	grep -x 'compared is what pg_dump brings with the drop.s options: -t shop.customers ' stdout
}

@test "rows that pg_dump wrote itself" {
	"$DYNODROP" dump -q -d "$url/against" -r "$recipient" -t inserts -- --inserts
	drop=inserts
	change 'UPDATE shop.customers SET name = name WHERE id < 500'
	same
	change 'DELETE FROM shop.orders WHERE id = 17'
	differs 1 'different: rows of shop.orders' '    the data is not the same'
	drop=$BATS_FILE_TMPDIR/drop
	change "UPDATE dropconf.setting SET value = 'another'"
	differs 1 'different: rows of dropconf[.]setting' '    1 rows on both sides: they are not the same'
}

@test "what was restored from a drop is the same, on each version" {
	right() {
		new_database against_restored
		query -d against_restored -f "$data/against.sql" >/dev/null
		"$DYNODROP" keygen -o key >recipient 2>keygen.stderr
		"$DYNODROP" dump -q -d "$url/against_restored" -r "$(cat recipient)" -t drop
		new_database against_restored
		"$DYNODROP" open --no-compress --pg "$version" -i key drop | pg_restore -d against_restored
		"$DYNODROP" verify -i key --against "$url/against_restored" drop
		query -d postgres -c 'DROP DATABASE against_restored'
	}
	each_version right
}

@test "text that another version writes is not taken for a difference" {
	local oldest=${PG_VERSIONS%% *}
	(
		use "$oldest"
		new_database against_old
		query -d against_old -f "$data/against.sql" >/dev/null
		"$DYNODROP" dump -q -d "$url/against_old" -r "$recipient" -t old
		query -d postgres -c 'DROP DATABASE against_old'
	)
	drop=old
	change
	run -0 --separate-stderr "$DYNODROP" verify -i "$key" --against "$url/changed" "$drop"
	[[ $output == *'not compared: BLOBS'*'no difference was found, but not all could be compared: '* ]]
	change 'GRANT ALL ON shop.customers TO pg_monitor' 'ALTER TABLE shop.orders ALTER noted TYPE varchar'
	run -3 --separate-stderr "$DYNODROP" verify -i "$key" --against "$url/changed" "$drop"
	[[ $output == *'not in the drop: ACL shop.TABLE customers'*'different: TABLE shop.orders'* ]]
	change 'DROP INDEX shop.by_amount'
	run -3 --separate-stderr "$DYNODROP" verify -i "$key" --against "$url/changed" "$drop"
	[[ $output == *'missing in the database: INDEX shop.by_amount'* ]]
}

@test "what cannot be compared is told, and is no difference" {
	fails 2 'are about a database: name it with --against' verify --schema-only "$drop"
	fails 2 'NO_SUCH_VARIABLE is not set; give --against a postgres URL' verify --against NO_SUCH_VARIABLE "$drop"
	"$DYNODROP" verify -i "$key" --against "$url/no_such_database" "$drop" >stdout 2>stderr && fail "it compared"
	tail -n 1 stderr | grep 'database "no_such_database" does not exist'
	run -1 grep -F "$PG_PASSWORD" stderr
}

@test "a signal ends it while it waits for a lock" {
	new_locked
	"$DYNODROP" dump -q -d "$url/faults_locked" -r "$recipient" -t locked 2>/dev/null
	lock_table
	start verify -i "$key" --against "$url/faults_locked" locked >stdout
	wait_until 10 waits_for_lock
	kill -s TERM "$pid"
	ends 143 2
	run -1 grep -E 'database has|differs' stdout
	unlock_table
	query -d postgres -c 'DROP DATABASE faults_locked WITH (FORCE)'
}

@test "a drop cannot have pg_dump do what the user's own options may not" {
	local option
	change
	for option in --file=written -fwritten --format=plain --dbname=other --filter=written; do
		"$BUILD/tests/tools/empty_archive" -n shop "$option" | "$BUILD/tests/tools/agebox" seal "$recipient" >evil
		run -1 --separate-stderr "$DYNODROP" verify -i "$key" --against "$url/changed" evil
		grep "pg_dump's option " <<<"$stderr" || fail "$option:" "$stderr"
		[ ! -e written ]
	done
	"$BUILD/tests/tools/empty_archive" -n shop | "$BUILD/tests/tools/agebox" seal "$recipient" >empty
	run -3 --separate-stderr "$DYNODROP" verify -i "$key" --against "$url/changed" empty
}
