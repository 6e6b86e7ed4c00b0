#!/usr/bin/env bats
# pg_dump's second run leaves out the rows of exactly the tables that it is told of, whatever their names are made of.
#
# shellcheck disable=SC2154,SC2317 # url comes from helpers.bash; the functions are called by each_version

load helpers

# Of many of these one could be taken for a pattern of another.
# shellcheck disable=SC1003,SC2016 # they are meant as they stand
names=('a.b' 'aXb' 'a*b' 'axxb' 'a?b' 'ayb' 'a|b' 'a' 'b' 'a$b' 'a$' 'a\b' 'a\\b' 'a"b' 'a""b' 'a"."b' 'ab' 'AB' 'Ab' 'a(b)' 'a[b]' '[]'
	'a{1}' 'aa+' 'aaa' '^ab$' ' ab' 'ab ' $'a\nb' $'a\tb' '--role=x' '?' '*' '.' '|' '"' '\' '***:ab' '(?i)ab' 'ä' 'Ä' '表.*' '表名' "it's")

setup_file() {
	setup() {
		local schema name
		new_database names
		for schema in 'S.1' 's_1' 's"|"t'; do
			printf 'CREATE SCHEMA "%s";\n' "${schema//\"/\"\"}"
			for name in "${names[@]}"; do
				printf 'CREATE TABLE "%s"."%s" AS SELECT 1 AS i;\n' "${schema//\"/\"\"}" "${name//\"/\"\"}"
			done
		done >names.sql
		query -d names -f names.sql
		all_with_rows >all
		[ "$(wc -l <all)" = $((3 * ${#names[@]})) ]
	}
	each_version setup
}

# without PG_DUMP_OPTION... <TABLES: the archive of a dump without those tables' rows.
without() {
	"$BUILD/tests/tools/dump_without" "$url/names" "$(command -v pg_dump)" "$@"
}

# Tables by their numbers, since their names may have any character.
all_with_rows() {
	query -d names -c "SELECT c.oid FROM pg_class c WHERE relkind = 'r' AND relnamespace >= 16384 ORDER BY 1"
}

# Those of whom an archive has rows: what stands in the list of its contents is "dump id; class table OID TABLE DATA".
with_rows() {
	pg_restore -l "$1" | LC_ALL=C sed -nE 's/^[0-9]+; 0 ([0-9]+) TABLE DATA .*/\1/p' | sort -n
}

# pairs CONDITION: the tables for which it holds, as the tool reads them.
pairs() {
	query -z -0 -F $'\001' -d names -c "SELECT nspname, relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind = 'r' AND n.oid >= 16384 AND ($1) ORDER BY nspname, relname" | tr '\001' '\0'
}

# leaves_out CONDITION: exactly those tables' rows are missing.
leaves_out() {
	pairs "$1" | without >archive
	with_rows archive >has
	query -d names -c "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind = 'r' AND n.oid >= 16384 AND NOT ($1) ORDER BY c.oid" >expected
	diff expected has
}

# Of any two tables one is left out and not the other in some run, and the other way round in some other.
@test "exactly the tables that are named, of names that could be patterns for each other" {
	each() {
		local bit half
		for bit in {0..7}; do
			for half in 0 1; do
				leaves_out "(SELECT count(*) FROM pg_class o WHERE relkind = 'r' AND relnamespace >= 16384 AND o.oid < c.oid) >> $bit & 1 = $half"
			done
		done
	}
	each_version each
}

@test "one table, all of them, none" {
	few() {
		leaves_out "c.oid = $(head -n 1 all)"
		leaves_out "true"
		leaves_out "false"
	}
	each_version few
}

@test "beside what the user leaves out" {
	beside() {
		pairs "nspname = 's_1'" | without --exclude-table-data '"S.1".*' >archive
		with_rows archive >has
		query -d names -c "SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 's\"|\"t'::regnamespace ORDER BY 1" >expected
		diff expected has
	}
	each_version beside
}

@test "more tables than a command line has room for: the last ones' rows are there, too many are not missing" {
	too_many() {
		local left_out
		pairs "nspname = 'S.1'" >few
		# Names that nothing has take the room: 600 KB of them.
		python3 -c 'import sys
for i in range(12000):
    sys.stdout.write("none\0%050d\0" % i)' | cat - few | without >archive
		with_rows archive >has
		diff all has
		cat few few | without >archive
		with_rows archive >has
		left_out=$(comm -23 <(sort all) <(sort has) | wc -l)
		[ "$left_out" = ${#names[@]} ]
	}
	each_version too_many
}

@test "a lock that does not come ends pg_dump after the given time, unless the user's options give another" {
	locked() {
		local status=0 SECONDS=0
		coproc psql -qXAt -d names
		echo "BEGIN; LOCK TABLE s_1.a; SELECT 'locked';" >&"${COPROC[1]}"
		read -r <&"${COPROC[0]}"
		local locker=$COPROC_PID
		LOCK_TIMEOUT=200 without </dev/null 2>error >/dev/null || status=$?
		[ "$status" = 1 ] && grep 'timeout' error
		[ "$SECONDS" -le 5 ]
		status=0 SECONDS=0
		LOCK_TIMEOUT=100000 without --lock-wait-timeout=200 </dev/null 2>error >/dev/null || status=$?
		[ "$status" = 1 ] && grep 'timeout' error
		[ "$SECONDS" -le 5 ]
		echo 'COMMIT; \q' >&"${COPROC[1]}"
		wait "$locker"
	}
	each_version locked
}
