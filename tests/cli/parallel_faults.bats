#!/usr/bin/env bats
# What goes wrong while several connections read: one line says what it was, nothing is left, and what can go on does.
#
# shellcheck disable=SC2154,SC2317,SC2030,SC2031,SC2094 # url comes from helpers.bash, recipient, key, pid, child and peak from faults.bash

load helpers
load faults

setup_file() {
	setup_faults "$(newest)"
	query -d faults <<-SQL >/dev/null
		DROP ROLE IF EXISTS dynodrop_limited;
		CREATE ROLE dynodrop_limited LOGIN IN ROLE pg_read_all_data;
		SELECT lo_put(oid, 0, ''), set_config('x.x', '', false) FROM pg_largeobject_metadata;
		DO \$\$ BEGIN EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO dynodrop_limited', (SELECT oid FROM pg_largeobject_metadata)); END \$\$;
		CREATE UNLOGGED TABLE more AS TABLE big;
		CREATE TABLE last AS SELECT 1 AS i;
	SQL
	pg_dump -d faults -Fc -Z0 | pg_restore -f - | sed -E '/^\\(un)?restrict /d' >"$BATS_FILE_TMPDIR/expected"
}

setup() {
	use "$(newest)"
	in_own_folder
}

teardown() {
	end_all
	end_own_server
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c 'DROP DATABASE faults WITH (FORCE)' -c 'DROP ROLE dynodrop_limited'
}

no_backends() {
	[ "$(query -d postgres -c "SELECT count(*) FROM pg_stat_activity
		WHERE datname = 'faults' AND (application_name = 'pg_dump' OR application_name LIKE 'dynodrop%')")" = 0 ]
}

nothing_is_left() {
	nothing_in drops
	has_ended "$child" || fail "pg_dump is left"
	wait_until 5 no_backends
}

# to_readers FUNCTION LIKE: sends the signal to those backends of the dump whose last command was a COPY, or was not.
to_readers() {
	local n
	n=$(query -d postgres -c "SELECT count($1(pid)) FROM pg_stat_activity WHERE datname = 'faults' AND application_name LIKE 'dynodrop/%' AND query $2 '%COPY %'")
	[ "$n" -ge 1 ] || fail "there was none"
}

whole() {
	"$DYNODROP" open --no-compress -i "$key" -o opened.dump "$1"
	pg_restore -f - opened.dump | sed -E '/^\\(un)?restrict /d' | cmp "$BATS_FILE_TMPDIR/expected" -
}

@test "a reader's connection that the server ends is an error that names its table, and no drop is left" {
	start_blocked_dump -d "$url/faults" -j 4
	to_readers pg_terminate_backend LIKE
	unblock
	ends 1 20
	one_error_line stderr 'table public\.(big|more|last): .*(terminating connection|closed the connection)'
	nothing_is_left
}

@test "a COPY that is cancelled is an error that names its table, and no drop is left" {
	start_blocked_dump -d "$url/faults" -j 4
	to_readers pg_cancel_backend LIKE
	unblock
	ends 1 20
	one_error_line stderr 'table public\.(big|more): .*canceling statement due to user request'
	nothing_is_left
}

@test "without the connection that holds the snapshot there is no drop" {
	start_blocked_dump -d "$url/faults" -j 4
	to_readers pg_terminate_backend 'NOT LIKE'
	unblock
	ends 1 20
	one_error_line stderr 'snapshot|terminating connection|closed the connection'
	nothing_is_left
}

@test "a server that is stopped is an error, and no drop is left" {
	start_own_server
	PGHOST=$own_server PGPORT=5432 query -d postgres -c "CREATE TABLE big AS
		SELECT md5(random()::text) || md5(random()::text) AS t FROM generate_series(1, 800000)" \
		-c "SELECT lo_from_bytea(0, string_agg(sha512(i::text::bytea), '')) FROM generate_series(1, 40000) i" >/dev/null
	start_blocked_dump -d "host=$own_server port=5432 user=postgres dbname=postgres" -j 4
	stop_own_server
	unblock
	ends 1 20
	one_error_line stderr 'terminating connection|closed the connection|starting up|shutting down|No such file|pg_dump: error'
	nothing_in drops
	has_ended "$child"
}

@test "signals end four readers as they end one" {
	local signal
	for signal in HUP:129 INT:130 TERM:143; do
		start_blocked_dump -d "$url/faults" -j 4
		kill -s "${signal%:*}" "$pid"
		ends "${signal#*:}" 2
		one_error_line stderr "SIG${signal%:*}"
		nothing_is_left
		rm pipe
	done
}

@test "when dynodrop is killed outright no reader and no pg_dump stays" {
	start_blocked_dump -d "$url/faults" -j 4
	kill -9 "$pid"
	wait_until 2 has_ended "$child"
	wait_until 5 no_backends
	[[ $(ls drops) == faults-*.dump.age.partial ]]
}

@test "a target that takes nothing for seconds costs time, not memory" {
	needs_memory_told
	new_database faults_large
	query -d faults_large -c "CREATE UNLOGGED TABLE large AS
		SELECT i, (SELECT string_agg(md5((i * 1000 + j)::text), '') FROM generate_series(1, 300) j) AS t FROM generate_series(1, 30000) i"
	start_blocked_dump_of_large
	sleep 3
	[ "$(awk '/^VmHWM:/ { print $2 }' "/proc/$pid/status")" -lt 131072 ]
	in_background slow_reader
	exec 7>&-
	watch_memory 30
	ends 0 1
	echo "# peak memory $peak KB" >&3
	[ "$peak" -gt 20000 ] && [ "$peak" -lt 131072 ]
	query -d postgres -c 'DROP DATABASE faults_large'
}

# It looks away each 32 MB.
slow_reader() {
	python3 -c 'import os, time
n = 0
while part := os.read(0, 65536):
    if (n + len(part)) >> 25 != n >> 25:
        time.sleep(0.5)
    n += len(part)' <pipe 7>&-
}

start_blocked_dump_of_large() {
	mkfifo pipe
	exec 7<>pipe
	start dump -q -r "$recipient" -t drops -t - -d "$url/faults_large" -j 4 >&7
	wait_until 20 drop_has_bytes 65000
}

# limited CONNECTIONS DUMP_OPTION...: a dump by a role that may have so many.
limited() {
	query -d postgres -c "ALTER ROLE dynodrop_limited CONNECTION LIMIT $1"
	rm -f drop
	"$DYNODROP" dump -v -d "host=$PGHOST port=$PGPORT user=dynodrop_limited dbname=faults" -r "$recipient" -t drop "${@:2}" 2>stderr ||
		fail "$(cat stderr)"
	whole drop
}

less_by() {
	[ "$(grep -c 'warning: reading with one connection less: .*too many connections for role' stderr)" = "$1" ] || fail "$(cat stderr)"
}

@test "with fewer connections to be had than jobs the dump goes on with those, and says so" {
	# Our first one and pg_dump take two.
	limited 6 -j 4
	less_by 0
	limited 4 -j 4
	less_by 2
	limited 3 -j 4
	less_by 3
	limited 2 -j 4
	less_by 4
	limited 2 -j 1
	less_by 1
}

@test "auto leaves connections to others, as many as --reserve says" {
	[ "$(nproc)" -ge 2 ] || skip "needs two processors"
	limited 20
	run -1 grep 'few connections left' stderr
	limited 8
	grep 'few connections left: reading with 1 beside our first one, to leave 5 to others' stderr
	grep ' 1 jobs' stderr
	limited 8 --reserve 6
	grep 'few connections left: reading with 0 beside our first one, to leave 6 to others' stderr
	DYNODROP_RESERVE=0 limited 3
	grep 'reading with 1 beside our first one, to leave 0 to others' stderr
	limited 2
	grep 'reading with 0 beside our first one' stderr
	less_by 0
}

@test "a server that has hardly a connection left is dumped nevertheless" {
	local from
	# Ours, and pg_dump's, which becomes a reader's.
	start_own_server -c max_connections=4 -c superuser_reserved_connections=2 -c max_wal_senders=0 \
		"$([ "$(newest)" -lt 16 ] || echo -c reserved_connections=0)"
	PGHOST=$own_server PGPORT=5432 query -d postgres -c 'CREATE ROLE app LOGIN IN ROLE pg_read_all_data' \
		-c "CREATE TABLE big AS SELECT md5(i::text) || md5((-i)::text) AS t FROM generate_series(1, 400000) i"
	from="host=$own_server port=5432 user=app dbname=postgres"
	# While nobody reads, no reader is done, so that none makes room for another.
	mkfifo pipe
	exec 7<>pipe
	start dump -j 4 -d "$from" -r "$recipient" -t - >&7
	wait_until 20 readers_given_up 3
	unblock
	ends 0 20
	tail -n 1 stderr | grep 'rows=400000 '
	"$DYNODROP" dump -d "$from" -r "$recipient" -t drop 2>stderr
	grep 'few connections left: reading with 0 beside our first one, to leave 5 to others' stderr
}

readers_given_up() {
	[ "$(grep -cE 'warning: reading with one connection less: .*(remaining connection slots|too many clients)' stderr)" = "$1" ]
}
