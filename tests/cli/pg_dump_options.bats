#!/usr/bin/env bats
# Whatever options of pg_dump stand behind the "--": a drop lists what the same pg_dump's archive lists, and restores the same text.
#
# shellcheck disable=SC2154,SC2317,SC2030,SC2031,SC2094 # version and url come from helpers.bash
#
# Each test tries its options on every version, and adds a line to `tried` for each that this version's pg_dump has.

load helpers

setup_file() {
	each_version prepare
}

prepare() {
	new_database options
	query -d options -f "$data/options.sql" >/dev/null
	# In GB18030 the second byte of these is a backslash.
	new_database options_backslash
	query -d options_backslash <<-'SQL'
		CREATE TABLE "衆" ("誠" text, b text);
		INSERT INTO "衆" VALUES ('乗誠鉢', E'衆\n衆\t\\'), ('\.', '誠'), (NULL, '');
		CREATE TABLE cut WITH (fillfactor = 10) AS SELECT n AS "乗", repeat('鉢衆', 9) AS t FROM generate_series(1, 20000) n;
		COMMENT ON TABLE "衆" IS '誠';
	SQL
	"$DYNODROP" keygen -o key >recipient 2>/dev/null
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

# text ARCHIVE: all of it, as SQL. Newer minor releases put a random key between \restrict and \unrestrict.
text() {
	pg_restore -f - "$1" | sed -E '/^\\(un)?restrict /d'
}

# list ARCHIVE: its table of contents, with its header but for when it was made and how it is compressed.
list() {
	pg_restore -l "$1" | grep -vE '^; (Archive created at|    Compression:)'
}

# same_as_stock PG_DUMP_OPTION...: of the database `options`, or DATABASE, and as the login of `url`, or DATABASE_USER. What we
# have settled is settled for pg_dump too: it writes times in its own zone, and may read what policies show in any order.
same_as_stock() {
	local database=${DATABASE-options} as=${DATABASE_USER-} source
	source=$url/$database
	[ -z "$as" ] || source="host=$PGHOST port=$PGPORT user=$as dbname=$database"
	rm -rf drop stock.dump opened.dump
	PGUSER=${as:-$PGUSER} PGTZ=UTC PGOPTIONS='-c max_parallel_workers_per_gather=0' \
		pg_dump -Fc -Z0 -d "$database" -f stock.dump "$@"
	"$DYNODROP" dump -q -j 4 -d "$source" -r "$(cat recipient)" -t drop -- "$@" 2>stderr || {
		echo "dynodrop dump -- $*"
		cat stderr
		return 1
	}
	"$DYNODROP" open --no-compress --pg "$version" -i key -o opened.dump drop
	diff <(list stock.dump) <(list opened.dump) | head -n 20
	cmp -s <(list stock.dump) <(list opened.dump) || {
		echo "the lists differ: $*"
		return 1
	}
	cmp -s <(text stock.dump) <(text opened.dump) || {
		echo "the texts differ: $*"
		diff <(text stock.dump) <(text opened.dump) | head -n 20
		return 1
	}
	echo "$*" >>tried
}

# pg_dump_has OPTION...: whether this version's does.
pg_dump_has() {
	local option
	for option; do
		[[ "$(pg_dump --help)" == *"$option"[=\ $'\n']* ]] || return 1
	done
}

@test "without options" {
	each_version same_as_stock
}

@test "schemas and tables chosen and left out, by name and by pattern" {
	some() {
		same_as_stock -n app
		same_as_stock -N app -N 'pol*'
		same_as_stock -n 'side|kept'
		same_as_stock -n '"Odd, ""schema"""'
		same_as_stock -t app.cut
		same_as_stock --table='app.logs_*' -t 'app.person' -T '*_b'
		same_as_stock -t '"Odd, ""schema"""."*"'
		same_as_stock -T app.cut --exclude-table='*.logs_*' --strict-names
		same_as_stock -t app.measured
		same_as_stock -t side.measured_new -t side.child
		same_as_stock -t app.few -t app.sums -t app.counter
	}
	each_version some
}

@test "rows left out" {
	some() {
		same_as_stock --exclude-table-data='app.logs_*'
		same_as_stock --exclude-table-data=app.cut --exclude-table-data='"Odd, ""schema"""."*"' --exclude-table-data='policed.*'
		same_as_stock --exclude-table-data='*'
		same_as_stock --no-unlogged-table-data
		if pg_dump_has --exclude-table-data-and-children; then
			same_as_stock --exclude-table-data-and-children=app.measured
			same_as_stock --exclude-table-and-children=app.parent
			same_as_stock --table-and-children=app.measured
		fi
	}
	each_version some
}

@test "definitions alone, rows alone, and each section" {
	some() {
		same_as_stock --schema-only
		same_as_stock --data-only
		same_as_stock -a -n app --disable-triggers
		same_as_stock --section=pre-data
		same_as_stock --section=data
		same_as_stock --section=post-data
		same_as_stock --section=pre-data --section=data
		if pg_dump_has --no-data; then
			same_as_stock --no-data --sequence-data
			same_as_stock --no-schema
			same_as_stock --statistics
		fi
	}
	each_version some
}

@test "how it is to be restored" {
	some() {
		same_as_stock --no-owner --no-privileges --no-comments
		same_as_stock --clean --if-exists --create
		same_as_stock --quote-all-identifiers
		same_as_stock --no-publications --no-toast-compression --no-tablespaces --use-set-session-authorization
	}
	each_version some
}

@test "rows as INSERT commands" {
	# They are pg_dump's own work, in the time zone of whom it connects as.
	export PGTZ=UTC
	some() {
		same_as_stock --inserts
		same_as_stock --column-inserts --on-conflict-do-nothing -t app.cut
		same_as_stock --rows-per-insert=7 --data-only
	}
	each_version some
}

@test "partitions' rows sent to their root" {
	some() {
		same_as_stock --load-via-partition-root
		same_as_stock --load-via-partition-root -t 'app.measured*' -t side.measured_new
	}
	each_version some
}

@test "numbers with fewer digits" {
	some() {
		same_as_stock --extra-float-digits=0 -t app.person
		same_as_stock --extra-float-digits=-10
	}
	each_version some
}

@test "other encodings, also such as have backslashes in letters" {
	some() {
		same_as_stock --encoding=LATIN1
		same_as_stock -E WIN1252 -n app
		DATABASE=options_backslash same_as_stock
		DATABASE=options_backslash same_as_stock --encoding=EUC_JP
		DATABASE=options_backslash same_as_stock --encoding=GB18030
		DATABASE=options_backslash same_as_stock --encoding=SQL_ASCII
	}
	each_version some
}

@test "as another role" {
	some() {
		same_as_stock --role=dynodrop_keeper -n kept
		same_as_stock --role=dynodrop_tenant --enable-row-security -n policed
	}
	each_version some
}

@test "the rows that policies show" {
	some() {
		DATABASE_USER=dynodrop_tenant same_as_stock --enable-row-security -n policed
		text opened.dump | grep "the tenant's"
		run -1 grep -q "the keeper's" <(text opened.dump)
		# Without the option nobody gets a part of the rows for all of them.
		run -1 "$DYNODROP" dump -q -d "host=$PGHOST port=$PGPORT user=dynodrop_tenant dbname=options" -r "$(cat recipient)" -t refused \
			-- -n policed
		[[ $output == *"row-level security policy for table"* ]]
		[ ! -e refused ]
	}
	each_version some
}

@test "large objects, or none" {
	some() {
		same_as_stock -B
		same_as_stock --no-blobs --data-only
		same_as_stock -b -t app.person
		same_as_stock -b -n side
	}
	each_version some
}

@test "extensions and their configuration tables" {
	some() {
		same_as_stock -e dropconf
		same_as_stock --exclude-table-data=dropconf.rule
		same_as_stock -n dropconf
		same_as_stock --extension=plpgsql -n side
	}
	each_version some
}

@test "the rows of foreign tables" {
	some() {
		[ "$(query -d options -c "SELECT count(*) FROM pg_foreign_server")" = 1 ] || return 0
		same_as_stock --include-foreign-data=files
		text opened.dump | grep 'from afar'
		touch "$BATS_TEST_TMPDIR/one_has"
	}
	each_version some
	[ -e "$BATS_TEST_TMPDIR/one_has" ] || skip "no server with file_fdw here"
}

@test "a file of filters" {
	some() {
		pg_dump_has --filter || return 0
		printf '%s\n' 'include schema app' 'exclude table app.logs_b' '# a comment' 'exclude table_data app.cut' >filters
		same_as_stock --filter=filters
		touch "$BATS_TEST_TMPDIR/one_has"
	}
	each_version some
	[ -e "$BATS_TEST_TMPDIR/one_has" ] || skip "no pg_dump with --filter here"
}

@test "rows sent to their root, in an order that a large table's foreign keys make" {
	by_foreign_keys() {
		new_database keys
		query -d keys <<-SQL
			CREATE TABLE z_first (i int PRIMARY KEY) PARTITION BY RANGE (i);
			CREATE TABLE z_only PARTITION OF z_first DEFAULT;
			CREATE TABLE o_large (i int PRIMARY KEY REFERENCES z_first, t text);
			CREATE TABLE a_last (i int REFERENCES o_large) PARTITION BY RANGE (i);
			CREATE TABLE a_only PARTITION OF a_last DEFAULT;
			INSERT INTO z_first SELECT generate_series(1, 40000);
			INSERT INTO o_large SELECT i, md5(random()::text) || md5(random()::text) FROM z_first;
			INSERT INTO a_last SELECT i FROM o_large;
		SQL
		DATABASE=keys same_as_stock --data-only --load-via-partition-root
		query -d postgres -c 'DROP DATABASE keys'
	}
	each_version by_foreign_keys
}

@test "a serializable, deferrable transaction is refused with the reason" {
	local option
	use "${PG_VERSIONS##* }"
	for option in --serializable-deferrable --serial; do
		run -2 "$DYNODROP" dump -q -d "$url/options" -r "$(cat "$BATS_FILE_TMPDIR/$version/recipient")" -t drop -- "$option"
		[ "$output" = "dynodrop: pg_dump's option --serializable-deferrable cannot be given: such a transaction cannot share its snapshot" ]
		[ ! -e drop ]
	done
}
