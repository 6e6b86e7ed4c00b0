#!/usr/bin/env bats
# The whole road, on each server version: dump the test database, open the drop, restore it with the version's own pg_restore, and
# find what pg_dump and pg_restore alone would have brought.
#
# shellcheck disable=SC2154 # version and url come from helpers.bash
#
# A story: what one test makes (the drop, the opened archive), the next ones use.

load helpers

setup_file() {
	each_version prepare
}

# What it is measured against: the source, a stock archive of it, and a stock restore of that.
prepare() {
	have_everything
	pg_dump -Fc -Z0 -d everything -f stock.dump
	restore stock stock.dump
	query -d postgres -c 'DROP DATABASE stock'
}

# Opens for this version's own pg_restore, which has no zstd: before 16 none had, and the wheel's are built without.
open_drop() {
	local how=--no-compress
	[ "$version" -ge 16 ] || how="--pg $version"
	# shellcheck disable=SC2086 # an option and its argument
	"$DYNODROP" open $how -i key "$@" drops/*.dump.age
}

@test "the login's own settings would cut a careless dump short" {
	careless() {
		run -1 psql -qX -d "$url/everything" -c 'COPY app.toasted TO STDOUT'
		[[ $output == *"statement timeout"* ]]
	}
	each_version careless
}

@test "a dump leaves one drop in the folder and says so in its last line" {
	dump() {
		local recipient
		mkdir drops
		"$DYNODROP" keygen -o key >keygen.output
		recipient=$(grep -Eo 'age1[a-z0-9]+' keygen.output | head -n 1)
		"$DYNODROP" dump -d "$url/everything" -r "$recipient" -t drops 2>dump.stderr || {
			cat dump.stderr
			return 1
		}
		[ "$(ls drops)" = "$(cd drops && echo everything-*Z.dump.age)" ]
		tail -n 1 dump.stderr | grep -E '^dynodrop: done name=everything-[0-9TZ]+\.dump\.age .*bytes=[0-9]+'
		no_injection everything
	}
	each_version dump
}

@test "the password is in nothing the dump said" {
	silent() {
		[ -s dump.stderr ]
		local in_url=${url#*:*:}
		run -1 grep -F -e "$PG_PASSWORD" -e "${in_url%@*}" -e 'slash' dump.stderr
	}
	each_version silent
}

@test "stock age opens a drop, and pg_restore lists in it what a stock archive has" {
	# The newest pg_restore reads every version's archive; it also needs no zstd to list.
	local newest=${PG_VERSIONS##* }
	stock_list() {
		local newest_bin=PG${newest}_BIN
		"${!newest_bin}/pg_restore" -l stock.dump | grep -v '^;' >stock.list
		# pg_restore stops reading behind the table of contents, which ends age.
		{ age -d -i key drops/*.dump.age || true; } | "${!newest_bin}/pg_restore" -l | grep -v '^;' >aged.list
		[ -s stock.list ]
		same_text stock.list aged.list
	}
	each_version stock_list
}

@test "an opened drop lists as a stock archive does" {
	open_and_list() {
		open_drop -o opened.dump
		pg_restore -l stock.dump | grep -v '^;' >stock.list
		pg_restore -l opened.dump | grep -v '^;' >opened.list
		same_text stock.list opened.list
	}
	each_version open_and_list
}

@test "restored from a file it is what a stock restore is" {
	from_file() {
		restore from_file opened.dump
		same_as stock from_file
	}
	each_version from_file
}

@test "restored with four jobs it is what a stock restore is" {
	with_jobs() {
		restore with_jobs -j4 opened.dump
		same_as stock with_jobs
	}
	each_version with_jobs
}

@test "restored from a pipe it is what a stock restore is" {
	from_pipe() {
		open_drop >fifo 2>open.stderr &
		restore from_pipe <fifo
		wait $! || {
			cat open.stderr
			return 1
		}
		same_as stock from_pipe
	}
	mkfifo_and_restore() {
		mkfifo fifo
		from_pipe
	}
	each_version mkfifo_and_restore
}

@test "single tables restored with -t are what stock brings, whatever their names" {
	# restore_tables NAME ARCHIVE: pg_restore -t makes no schemas.
	restore_tables() {
		local injection=$'line\n; CREATE TABLE injected();--'
		new_database "$1"
		query -d "$1" -c 'CREATE SCHEMA app; CREATE SCHEMA names; CREATE SCHEMA "line
; CREATE TABLE injected();--"'
		pg_restore -d "$1" -t texts -t many -t 'žluťoučký 🐘 表' -t "$injection" "$2" 2>"$1.stderr" || true
		describe "$1" >"$1.described"
	}
	some_tables() {
		restore_tables stock_tables stock.dump
		grep -q '^table|app.many|36000|' stock_tables.described
		restore_tables tables opened.dump
		same_as stock_tables tables
	}
	each_version some_tables
}

@test "what age decrypts restores as a stock archive does, where the server's pg_restore has zstd" {
	has_zstd() {
		[ "$version" -ge 16 ] && ldd "$(command -v pg_restore)" | grep -q libzstd
	}
	straight() {
		has_zstd || return 0
		touch "$BATS_TEST_TMPDIR/one_has"
		age -d -i key drops/*.dump.age >aged.dump
		restore aged aged.dump
		same_as stock aged
	}
	each_version straight
	[ -e "$BATS_TEST_TMPDIR/one_has" ] || skip "no pg_restore with zstd here"
}

@test "an edited list restored with -L brings what it brings from a stock archive" {
	# Some rows not at all, large objects first, and the two smallest tables in the other order.
	edit() {
		grep -E ' (BLOB|BLOB METADATA) ' "$1"
		grep -vE ' (BLOB|BLOB METADATA) | TABLE DATA (app|archive) (toasted|many|twin) | MATERIALIZED VIEW DATA |EVENT TRIGGER' "$1"
		grep -E ' TABLE DATA (app|archive) twin ' "$1" | sort -r
	}
	by_list() {
		edit stock.list >stock.edited
		edit opened.list >opened.edited
		restore stock_list -L stock.edited stock.dump
		grep -q '^table|app.many|0|' stock_list.described
		grep -q '^table|archive.twin|2|' stock_list.described
		restore list -L opened.edited opened.dump
		same_as stock_list list
	}
	each_version by_list
}

@test "opened for version 15, a newer server's drop restores as a stock archive does" {
	as_15() {
		[ "$version" -gt 15 ] || return 0
		"$DYNODROP" open --pg 15 -i key -o as_15.dump drops/*.dump.age
		restore as_15 as_15.dump
		same_as stock as_15
	}
	each_version as_15
}

@test "opened for an older version, a drop keeps its large objects with owners, rights and comments" {
	older() {
		local newer=$version older
		for older in $PG_VERSIONS; do
			[ "$older" -lt "$newer" ] || continue
			query -d everything -f "$BATS_TEST_DIRNAME/contents.sql" | sed -n '/^large object|/,$p' >source.lobs
			"$DYNODROP" open --pg "$older" --no-compress -i key -o "for_$older.dump" drops/*.dump.age
			(
				use "$older"
				new_database "lobs_of_$newer"
				pg_restore -l "for_$older.dump" | grep -E ' (BLOB|BLOBS) | LARGE OBJECT ' >lobs.list
				pg_restore -d "lobs_of_$newer" -L lobs.list "for_$older.dump"
				query -d "lobs_of_$newer" -f "$BATS_TEST_DIRNAME/contents.sql" | sed -n '/^large object|/,$p' >restored.lobs
				query -d postgres -c "DROP DATABASE lobs_of_$newer"
			)
			[ "$(grep -c '^large object|' source.lobs)" = 1107 ]
			same_text source.lobs restored.lobs
		done
	}
	each_version older
}
