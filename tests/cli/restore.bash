# What the tests of `restore` share: how dynodrop and pg_restore alone are run, and what each must have said. To be loaded behind
# helpers.bash and faults.bash.
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use status and from; helpers.bash sets version and url

# More than any restore here takes: one that hangs is to fail.
RESTORE_SECONDS=60

# The oldest version and the newest, for what those between do in the same way.
at_the_ends=$(tr ' ' '\n' <<<"$PG_VERSIONS" | sed '1b;$!d')

# from_older COMMAND...: runs it with `from`, the folder of the version whose drop this server is given in each_version: the one before
# its own, or its own where there is none before.
from_older() {
	local v
	from=../$version
	for v in $PG_VERSIONS; do
		[ "$v" -ge "$version" ] || from=../$v
	done
	"$@"
}

# place_of NAME: how to connect to that database as the login of `url`, or as RESTORE_USER without a password.
place_of() {
	if [ -z "${RESTORE_USER-}" ]; then
		echo "$url/$1"
	else
		echo "host=$PGHOST port=$PGPORT user=$RESTORE_USER dbname=$1"
	fi
}

# run_restore NAME ARGUMENT...: `dynodrop restore` into the database NAME. `status` is how it ended, and NAME.said what it said.
run_restore() {
	status=0
	timeout "$RESTORE_SECONDS" "$DYNODROP" restore -i "$BATS_FILE_TMPDIR/key" -d "$(place_of "$1")" "${@:2}" \
		>"$1.stdout" 2>"$1.said" 3>&- || status=$?
	[ ! -s "$1.stdout" ] || fail "something went to standard output"
}

# stock_restore NAME ARGUMENT...: pg_restore into the database NAME, as the same user; NAME.stderr is what it said.
stock_restore() {
	pg_restore -d "$(place_of "$1")" "${@:2}" 2>"$1.stderr" || true
}

# stock_described NAME ARGUMENT...: the same, with what is in the database afterwards in NAME.described, and the database removed.
stock_described() {
	stock_restore "$@"
	describe "$1" >"$1.described"
	[ -s "$1.described" ]
	drop_database "$1"
}

# drop_database NAME: if it is there.
drop_database() {
	query -d postgres -c 'SET client_min_messages = error' -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)"
}

# new_role NAME: one that may log in, also if there was one of that name.
new_role() {
	query -d postgres -c 'SET client_min_messages = error' -c "DROP ROLE IF EXISTS $1" -c "CREATE ROLE $1 LOGIN"
}

# described_as REFERENCE NAME: what is in the database is what REFERENCE.described has; it is removed.
described_as() {
	describe "$2" >"$2.described"
	[ -s "$1.described" ]
	same_text "$1.described" "$2.described"
	no_injection "$2"
	drop_database "$2"
}

# went_well NAME: the run ended with 0, and its last line says so.
went_well() {
	[ "$status" = 0 ] || fail "exit code $status:" "$(told "$1")"
	tail -n 1 "$1.said" | grep -qE \
		"^dynodrop: restored name=(\"[^\"]+\"|[^ ]+) database=$1 tables=[0-9]+ rows=[0-9]+ raw_bytes=[0-9]+ seconds=[0-9]+ failed=0\$" ||
		fail "the last line is not that of a good run:" "$(told "$1")"
	run -1 grep '^dynodrop: failed: ' "$1.said"
}

# failed_for NAME PATTERN...: the run ended with 1, and its last lines are one for each thing that failed, what is restored with how many
# failed, and that number as an error. Each pattern (an extended regular expression; case does not matter) matches one of the first.
failed_for() {
	local name=$1 said=$1.said listed n pattern
	shift
	[ "$status" = 1 ] || fail "exit code $status, not 1:" "$(told "$name")"
	n=$(grep -c '^dynodrop: failed: .' "$said") || fail "it names no failure:" "$(told "$name")"
	listed=$(tail -n $((n + 2)) "$said" | head -n "$n")
	[ "$(grep -c '^dynodrop: failed: .' <<<"$listed")" = "$n" ] || fail "the failures are not what stands last:" "$(told "$name")"
	tail -n 2 "$said" | head -n 1 | grep -qE "^dynodrop: restored name=.* database=$name .* failed=$n\$" ||
		fail "it does not say what is restored, with $n failed:" "$(told "$name")"
	tail -n 1 "$said" | grep -qE "^dynodrop: (.*[^0-9])?${n}[^0-9]" || fail "the last line does not say that $n failed:" "$(told "$name")"
	for pattern; do
		grep -qiE -e "$pattern" <<<"$listed" || fail "no failure is '$pattern':" "$(told "$name")"
	done
}

# number_of_failures NAME
number_of_failures() {
	grep -c '^dynodrop: failed: ' "$1.said" || true
}

# ended_with_error NAME CODE PATTERN: the run ended with that code, and its last line is an error that matches the pattern.
ended_with_error() {
	[ "$status" = "$2" ] || fail "exit code $status, not $2:" "$(told "$1")"
	tail -n 1 "$1.said" | grep -qE '^dynodrop: .' || fail "the last line is not ours:" "$(told "$1")"
	tail -n 1 "$1.said" | grep -qE -e "$3" || fail "the last line does not match '$3':" "$(told "$1")"
}

# told NAME: the end of what the run said.
told() {
	tail -n 30 "$1.said"
}

# cut_in_two DROP NAME: into the parts NAME.001 and NAME.002.
cut_in_two() {
	local half=$(($(wc -c <"$1") / 2))
	head -c "$half" "$1" >"$2.001"
	tail -c +$((half + 1)) "$1" >"$2.002"
}

# new_held_source: a new database `restore_source`. Where it is restored, a row of `big` waits for who holds the lock 1 there before it
# goes in, and a row of `few` for the lock 2 before it is indexed.
new_held_source() {
	new_database restore_source
	query -d restore_source <<-'SQL' >/dev/null
		CREATE FUNCTION pass(i int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
		CREATE FUNCTION indexed(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN i; END';
		CREATE TABLE big (i int CHECK (pass(i)), t text);
		CREATE TABLE few AS SELECT i FROM generate_series(1, 100) i;
		CREATE TABLE more AS SELECT i, md5(random()::text) || md5(random()::text) || md5(random()::text) AS t FROM generate_series(1, 40000) i;
		INSERT INTO big TABLE more;
		CREATE INDEX by_i ON few (indexed(i));
		SELECT lo_from_bytea(70001, 'a large object');
		CREATE OR REPLACE FUNCTION pass(i int) RETURNS bool LANGUAGE plpgsql IMMUTABLE AS
			'BEGIN IF i = 20000 THEN PERFORM pg_advisory_xact_lock_shared(1); END IF; RETURN true; END';
		CREATE OR REPLACE FUNCTION indexed(i int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
			'BEGIN IF i = 50 THEN PERFORM pg_advisory_xact_lock_shared(2); END IF; RETURN i; END';
	SQL
}

# hold LOCK: in the database `restored`, until let_go.
hold() {
	in_background psql -qX -d 'dbname=restored application_name=holder' -c "SELECT pg_advisory_lock($1), pg_sleep(60)" >/dev/null 2>&1
	wait_until 10 is_held
}

is_held() {
	[ "$(query -d restored -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted
		AND database = (SELECT oid FROM pg_database WHERE datname = 'restored')")" = 1 ]
}

let_go() {
	query -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = 'restored' AND application_name = 'holder'" >/dev/null
}

# start_held LOCK: a restore by four jobs that waits for it. `children` are its child processes, and theirs.
start_held() {
	new_database restored
	hold "$1"
	start restore -i "$key" -d "$(place_of restored)" -j 4 "$drop"
	wait_until 20 is_waiting
	mapfile -t children < <(descendants "$pid")
}

# descendants PROCESS: its child processes, and all of theirs.
descendants() {
	local child
	for child in $(pgrep -P "$1"); do
		echo "$child"
		descendants "$child"
	done
}

is_waiting() {
	[ "$(waiting 'count(*)')" -ge 1 ]
}

# waiting EXPRESSION [CONDITION]: of the connections that wait for the lock.
waiting() {
	query -d postgres -c "SELECT $1 FROM pg_stat_activity WHERE datname = 'restored' AND wait_event = 'advisory' AND ${2-true}"
}

# ended CODE: what was started ends with that code in 20 s; what it said is in restored.said.
ended() {
	ends "$1" 20
	status=$1
	mv stderr restored.said
}
