#!/usr/bin/env bats
# What goes wrong around a restore: the server, its disk, a connection, pg_restore, the drop, a signal. It ends soon and says what it was,
# and --clean then brings all of it.
#
# shellcheck disable=SC2154,SC2016,SC2317,SC2030,SC2031 # url, key, pid and the like come from what is loaded; `bash -c` has its own

load helpers
load faults
load restore

setup_file() {
	setup_key "$(newest)"
	new_held_source
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat recipient)" -t drop
	drop_database restore_source
}

setup() {
	use "$(newest)"
	in_own_folder
	drop=$BATS_FILE_TMPDIR/drop
}

teardown() {
	end_all
	end_own_server
}

no_backends() {
	[ "$(query -d postgres -c "SELECT count(*) FROM pg_stat_activity
		WHERE datname = 'restored' AND (application_name LIKE 'dynodrop%' OR application_name LIKE 'pg_restore%')")" = 0 ]
}

count() {
	query -d restored -c "SELECT count(*) FROM $1"
}

# whole_with_clean: another run with --clean makes it what the drop is.
whole_with_clean() {
	run_restore restored --clean -j 4 "$drop"
	went_well restored
	"$DYNODROP" verify -i "$key" --against "host=$PGHOST port=$PGPORT user=postgres dbname=restored" "$drop" >verified || fail "$(cat verified)"
	drop_database restored
}

# each_signal LOCK
each_signal() {
	local signal child
	for signal in HUP:129 INT:130 TERM:143; do
		start_held "$1"
		[ "$1" = 1 ] || [ ${#children[@]} -gt 0 ]
		kill -s "${signal%:*}" "$pid"
		ends "${signal#*:}" 3
		tail -n 1 stderr | grep -E "^dynodrop: .*SIG${signal%:*}"
		for child in "${children[@]}"; do
			has_ended "$child" || fail "a child is left"
		done
		# A session that waits for a lock does not see that its client has gone; pg_restore tells its own.
		[ "$1" != 1 ] || let_go
		wait_until 5 no_backends
		let_go
	done
	whole_with_clean
}

@test "a signal ends it in the middle of rows" {
	each_signal 1
}

@test "a signal ends it, and pg_restore, in the middle of an index" {
	each_signal 2
}

@test "signals to all processes at once, as Heroku sends them, end as one does" {
	start_held 2
	kill -s TERM "$pid" "${children[@]}"
	ends 143 3
	tail -n 1 stderr | grep SIGTERM
	drop_database restored
}

@test "when dynodrop is killed outright, pg_restore ends too" {
	local child
	start_held 2
	child=$(pgrep -P "$pid")
	kill -9 "$pid"
	wait_until 2 has_ended "$child"
	drop_database restored
}

@test "a signal ends it while the drop does not come" {
	new_database restored
	mkfifo pipe
	exec 7<>pipe
	start restore -i "$key" -d "$url/restored" - <&7
	in_background head -c 300000 "$drop" >&7
	sleep 0.5
	has_ended "$pid" && fail "$(cat stderr)"
	kill "$pid"
	ends 143 3
	exec 7>&-
	wait_until 5 no_backends
	drop_database restored
}

@test "a loader's connection that the server ends is an error that names its table, and the others have all their rows" {
	start_held 1
	[ "$(waiting 'count(pg_terminate_backend(pid))' "application_name LIKE 'dynodrop/%'")" = 1 ]
	let_go
	ended 1
	failed_for restored 'big.*(terminating connection|closed the connection|connection .*lost)'
	[ "$(number_of_failures restored)" = 1 ]
	[ "$(count big)" = 0 ]
	[ "$(count more)" = 40000 ]
	[ "$(count few)" = 100 ]
	whole_with_clean
}

@test "a loader's command that is cancelled is an error that names its table" {
	start_held 1
	[ "$(waiting 'count(pg_cancel_backend(pid))' "application_name LIKE 'dynodrop/%'")" = 1 ]
	let_go
	ended 1
	failed_for restored 'big.*canceling statement due to user request'
	[ "$(count big)" = 0 ]
	[ "$(count more)" = 40000 ]
	whole_with_clean
}

@test "a pg_restore that is killed, or whose connection is, is an error" {
	start_held 2
	kill -9 "$(pgrep -P "$pid")"
	ended 1
	grep -E 'pg_restore.*(killed|signal)' restored.said
	tail -n 1 restored.said | grep '^dynodrop: '
	let_go
	start_held 2
	[ "$(waiting 'count(pg_terminate_backend(pid))' "application_name NOT LIKE 'dynodrop/%'")" = 1 ]
	let_go
	ended 1
	grep -E 'terminating connection|closed the connection|connection .*lost' restored.said
	tail -n 1 restored.said | grep '^dynodrop: '
	whole_with_clean
}

@test "a server that stops in the middle is an error" {
	start_own_server
	export PGHOST=$own_server PGPORT=5432 RESTORE_USER=postgres
	start_held 1
	stop_own_server
	ended 1
	tail -n 1 restored.said | grep '^dynodrop: '
	grep -E 'terminating connection|closed the connection|starting up|shutting down|No such file|connection .*lost' restored.said
	[ "$(wc -l <restored.said)" -lt 30 ] || fail "that is too much:" "$(told restored)"
	start_in "$own_bin" "$own_server" >/dev/null 3>&-
	whole_with_clean
}

# start_own_server_with_disk: a server of this test's own with the database `restored` on a disk that only it sees, and that is gone with it.
start_own_server_with_disk() {
	if [ "$(id -u)" != 0 ] || ! unshare -m mount -t tmpfs -o size=64k tmpfs drops 2>/dev/null; then
		skip "needs to be root, to mount a tmpfs"
	fi
	start_own_server
	stop_own_server
	mkdir "$own_server/disk"
	unshare -m bash -c '. "$0" && mount -t tmpfs tmpfs "$2/disk" && chown "$server_user" "$2/disk" && start_in "$1" "$2"' \
		"$cli/../postgres.bash" "$own_bin" "$own_server" >/dev/null 3>&-
	export PGHOST=$own_server PGPORT=5432 RESTORE_USER=postgres
	query -d postgres -c "CREATE TABLESPACE disk LOCATION '$own_server/disk'" -c 'CREATE DATABASE restored TEMPLATE template0 TABLESPACE disk'
}

# leave_room KB: on that disk.
leave_room() {
	local where=(nsenter -t "$(head -n 1 "$own_server/data/postmaster.pid")" -m) used
	used=$("${where[@]}" df -k "$own_server/disk" | awk 'END { print $3 }')
	"${where[@]}" mount -o "remount,size=$((used + $1))k" "$own_server/disk"
}

@test "a full disk is an error, and nothing hangs" {
	start_own_server_with_disk
	leave_room 6000
	run_restore restored -j 4 "$drop"
	failed_for restored '(big|more).*No space left on device'
	leave_room 100000
	whole_with_clean
}

# bad_drop PATTERN DROP [JOBS]: without --clean, from a file and from a pipe.
bad_drop() {
	new_database restored
	run_restore restored -j 4 "$2"
	ended_with_error restored 1 .
	grep -E "^dynodrop: .*($1)" restored.said || fail "$(told restored)"
	new_database restored
	run_restore restored -j "${3-1}" - < <(cat "$2")
	ended_with_error restored 1 .
	grep -E "^dynodrop: .*($1)" restored.said || fail "$(told restored)"
}

@test "a drop that is truncated is an error" {
	local size
	size=$(wc -c <"$drop")
	head -c $((size - 1)) "$drop" >bad
	bad_drop 'truncated|altered|damaged' bad
	head -c $((size - 100000)) "$drop" >bad
	bad_drop 'truncated' bad
	whole_with_clean
}

@test "a drop that is altered in its last chunk is an error" {
	cp "$drop" bad
	printf 'damaged' | dd of=bad bs=1 seek=$(($(wc -c <"$drop") - 1000)) conv=notrunc 2>/dev/null
	bad_drop 'altered or damaged' bad 4
	whole_with_clean
}

@test "what is no drop touches nothing" {
	new_database restored
	describe restored >restored.described
	echo 'Dear diary' >diary.txt
	run_restore restored diary.txt
	ended_with_error restored 1 'diary.txt: .*not an age file'
	run_restore restored nowhere.age
	ended_with_error restored 1 'cannot open nowhere.age: No such file'
	run_restore restored - </dev/null
	ended_with_error restored 1 'standard input'
	describe restored | same_text restored.described /dev/stdin
	drop_database restored
}
