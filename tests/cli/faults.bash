# What the tests of faults share: how an error must look, and runs that are held in the middle.
# shellcheck shell=bash disable=SC2034,SC2154 # the tests use key, child and peak; helpers.bash sets cli

# What the user has set, and has in the home folder, is not to have a part in these tests.
while read -r variable; do
	case $variable in
	DYNODROP | DYNODROP_SERVERS) ;;
	*) unset "$variable" ;;
	esac
done < <(compgen -e | grep -E '^(DYNODROP|DYNO$|DATABASE_URL$|HEROKU_|XDG_|PG)')

# setup_key VERSION: in setup_file; goes to the file's own folder, uses that server, and makes a key: what to encrypt to is in
# BATS_FILE_TMPDIR/recipient.
setup_key() {
	use "$1"
	cd "$BATS_FILE_TMPDIR" || return
	export HOME=$BATS_FILE_TMPDIR
	"$DYNODROP" keygen -o key >recipient 2>keygen.stderr
}

# setup_faults VERSION: in setup_file; a key, a database `faults` of that server with 30 MB that compress badly, and a large object,
# for which a pg_dump stays beside the connections that read tables.
setup_faults() {
	setup_key "$1"
	new_database faults
	query -d faults <<-SQL >/dev/null
		CREATE TABLE small AS SELECT i FROM generate_series(1, 100) i;
		CREATE UNLOGGED TABLE big AS
			SELECT i, md5(random()::text) || md5(random()::text) || md5(random()::text) AS t FROM generate_series(1, 300000) i;
		SELECT lo_from_bytea(0, string_agg(sha512(i::text::bytea), '')) FROM generate_series(1, 40000) i;
	SQL
}

# in_own_folder: in setup; each test has a folder, a home and no process of another test.
in_own_folder() {
	cd "$BATS_TEST_TMPDIR" || return
	export HOME=$BATS_TEST_TMPDIR
	recipient=$(cat "$BATS_FILE_TMPDIR/recipient")
	key=$BATS_FILE_TMPDIR/key
	mkdir drops
	pid='' helper_pids=()
}

# In teardown: ends what the test has started, if it still runs.
end_all() {
	local process
	for process in $pid ${helper_pids[@]+"${helper_pids[@]}"}; do
		kill -9 "$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
	done
}

# noting PROGRAM: from now on one that notes its arguments and its environment in the file `noted`, and goes on as the real one.
noting() {
	mkdir bin
	cat >"bin/$1" <<-SH
		#!/bin/bash
		{ printf '%s\n' "\$@"; env; } >>'$PWD/noted'
		exec '$(command -v "$1")' "\$@"
	SH
	chmod +x "bin/$1"
	PATH=$PWD/bin:$PATH
}

# start_own_server OPTION...: a server of the newest version, or of `own_version`, for this test alone, with these options, at the
# socket folder `own_server` and port 5432.
start_own_server() {
	# shellcheck source=tests/postgres.bash
	source "$cli/../postgres.bash"
	own_bin=$(bin_of "${own_version-$(newest)}")
	own_server=$(mktemp -d "${TMPDIR:-/tmp}/own.XXXXXX")
	initdb_in "$own_bin" "$own_server" >/dev/null
	start_in "$own_bin" "$own_server" "$@" >/dev/null 3>&-
}

stop_own_server() {
	stop_in "$own_bin" "$own_server" >/dev/null
}

# In teardown, also where none was started.
end_own_server() {
	if [ -n "${own_server-}" ]; then
		stop_own_server 2>&1 || true
		rm -rf "$own_server"
	fi
}

fail() {
	printf '%s\n' "$@"
	return 1
}

newest() {
	echo "${PG_VERSIONS##* }"
}

# bin_of VERSION: the folder with the programs of that server.
bin_of() {
	local bin=PG$1_BIN
	echo "${!bin}"
}

# one_error_line FILE PATTERN: the file holds one line, which begins as ours do, and the pattern (an extended regular expression).
one_error_line() {
	[ "$(wc -l <"$1")" -eq 1 ] || fail "not one line:" "$(cat "$1")"
	grep -qE '^dynodrop: .' "$1" || fail "not a line of ours:" "$(cat "$1")"
	grep -qE -e "$2" "$1" || fail "it does not match '$2':" "$(cat "$1")"
}

# fails CODE PATTERN ARGUMENT...: dynodrop with these arguments ends with that code, with one line of error that matches the
# pattern, and has written nothing to standard output.
fails() {
	local status=0
	"$DYNODROP" "${@:3}" >stdout 2>stderr 3>&- || status=$?
	[ "$status" = "$1" ] || fail "exit code $status, not $1:" "$(cat stderr)"
	one_error_line stderr "$2"
	[ ! -s stdout ] || fail "something went to standard output"
	rm stdout stderr
}

# dump_fails CODE PATTERN ARGUMENT...: the same for `dump` to the folder drops, in which nothing is left.
dump_fails() {
	fails "$1" "$2" dump -q -r "$recipient" -t drops "${@:3}"
	nothing_in drops
}

nothing_in() {
	[ -z "$(ls -A "$1")" ] || fail "left in $1:" "$(ls -A "$1")"
}

# wait_until SECONDS COMMAND...: until the command succeeds; fails when it does not.
wait_until() {
	local looks=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $((looks -= 1)) -gt 0 ] || fail "in vain: $*"
		sleep 0.05
	done
}

# Whether a process has ended; one that nobody has waited for yet has.
has_ended() {
	local state
	state=$(ps -o stat= -p "$1") || true
	[ -z "$state" ] || [[ $state == Z* ]]
}

# start ARGUMENT...: runs dynodrop beside the test as the process `pid`, with what it says in ./stderr. Job control, since
# without it SIGINT would be ignored.
start() {
	set -m
	"$DYNODROP" "$@" 2>stderr 3>&- 7>&- &
	pid=$!
	set +m
}

# in_background COMMAND...: what the test needs beside dynodrop, until it ends.
in_background() {
	"$@" 3>&- 7>&- &
	helper_pids+=($!)
}

# In setup or a test, before watch_memory.
needs_memory_told() {
	[ -d /proc/self ] || skip "needs /proc"
	if grep -qaE '__(asan|tsan)_init' "$DYNODROP"; then
		skip "a sanitizer's memory is not the program's"
	fi
}

# watch_memory SECONDS [COMMAND...]: until the process `pid` has ended, in that time. `peak` is the most memory that it had, in KB, as the
# kernel notes it; with a COMMAND the highest of what that prints.
watch_memory() {
	local end=$((SECONDS + $1)) pause=0.02 now
	# To look for processes is work.
	[ $# = 1 ] || pause=0.2
	[ $# -gt 1 ] || set -- "$1" sum_of VmHWM "$pid"
	peak=0
	while ! has_ended "$pid"; do
		[ "$SECONDS" -lt "$end" ] || fail "it does not end"
		now=$("${@:2}")
		[ "$now" -le "$peak" ] || peak=$now
		sleep $pause
	done
}

# sum_of FIELD PROCESS...: of what /proc/PID/status has there, in KB.
sum_of() {
	local process
	for process in "${@:2}"; do
		cat "/proc/$process/status" 2>/dev/null || true
	done | awk -v field="$1:" '$1 == field { sum += $2 } END { print sum + 0 }'
}

# start_blocked_dump ARGUMENT...: a dump of `faults` to the folder drops and to a pipe that nobody reads, held there in the
# middle of the big table. `child` is its pg_dump.
start_blocked_dump() {
	mkfifo pipe
	# Open for reading too, so that opening it does not wait for a reader; whoever reads gets its end when this is closed.
	exec 7<>pipe
	start dump -q -r "$recipient" -t drops -t - "$@" >&7
	# The pipe is full once the file has the first piece of 64 KiB.
	wait_until 20 drop_has_bytes 65000
	child=$(pgrep -P "$pid")
}

drop_has_bytes() {
	[ -n "$(find drops -name '*.partial' -size "+${1}c")" ]
}

# Reads what a blocked dump writes from here on.
unblock() {
	cat <pipe >piped 3>&- &
	helper_pids+=($!)
	exec 7>&-
}

# ends CODE SECONDS: dynodrop, as `start` has started it, ends in that time and with that code.
ends() {
	local status=0
	wait_until "$2" has_ended "$pid"
	wait "$pid" || status=$?
	pid=''
	[ "$status" = "$1" ] || fail "exit code $status, not $1:" "$(cat stderr)"
}

# new_locked: in setup_file; a database `faults_locked` with a table that the following holds.
new_locked() {
	new_database faults_locked
	query -d faults_locked -c 'CREATE TABLE locked AS SELECT 1'
}

# Holds an ACCESS EXCLUSIVE lock until unlock_table.
lock_table() {
	in_background psql -qX -d faults_locked -c 'BEGIN; LOCK TABLE locked; SELECT pg_sleep(60)' >/dev/null 2>&1
	wait_until 10 is_locked
}

is_locked() {
	[ "$(query -d faults_locked -c "SELECT count(*) FROM pg_locks
		WHERE relation = 'locked'::regclass AND mode = 'AccessExclusiveLock' AND granted")" = 1 ]
}

unlock_table() {
	query -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = 'faults_locked' AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()" >/dev/null
}

# Whether a pg_dump waits for that lock.
waits_for_lock() {
	[ "$(query -d postgres -c "SELECT count(*) FROM pg_stat_activity
		WHERE datname = 'faults_locked' AND application_name = 'pg_dump' AND wait_event_type = 'Lock'")" = 1 ]
}

# on_terminal COMMAND...: runs it with standard input, output and error at a terminal, all of what it writes into ./screen.
on_terminal() {
	script -q -e -c "$(printf '%q ' "$@")" /dev/null >screen 3>&-
}

# start_silent_server: it accepts connections at 127.0.0.1 and the port in ./its_port, and never answers.
start_silent_server() {
	in_background python3 -u -c 'import socket, time
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])
time.sleep(60)' >its_port
	wait_until 10 test -s its_port
}

have_script() {
	script --version 2>/dev/null | grep -q util-linux || skip "needs script of util-linux"
}

# as_ordinary_user COMMAND...: root, for one, may read and write any file; not here.
as_ordinary_user() {
	if [ "$(id -u)" = 0 ]; then
		command -v setpriv >/dev/null || skip "needs setpriv, or not to be root"
		setpriv --bounding-set=-dac_override,-dac_read_search "$@"
	else
		"$@"
	fi
}
