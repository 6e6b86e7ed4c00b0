#!/usr/bin/env bats
# SIGINT, SIGTERM and SIGHUP end a dump within 2 s wherever it stands, and nothing is left: no child, no file.
#
# shellcheck disable=SC2154,SC2016,SC2030,SC2031 # url comes from helpers.bash, recipient, pid and child from faults.bash; each test is a subshell

load helpers
load faults

setup_file() {
	setup_faults "$(newest)"
	new_locked
}

setup() {
	use "$(newest)"
	in_own_folder
}

teardown() {
	end_all
	unlock_table
}

# each_signal COMMAND: the command starts dynodrop and brings it where it is to be when the signal comes.
each_signal() {
	local signal
	for signal in HUP:129 INT:130 TERM:143; do
		child=''
		"$1"
		kill -s "${signal%:*}" "$pid"
		ends "${signal#*:}" 2
		one_error_line stderr "SIG${signal%:*}"
		nothing_in drops
		[ -z "$child" ] || has_ended "$child" || fail "pg_dump is left"
		rm -f pipe
	done
}

backends() {
	query -d postgres -c "SELECT count(*) FROM pg_stat_activity
		WHERE datname = '$1' AND (application_name = 'pg_dump' OR application_name LIKE 'dynodrop%')"
}

no_backends() {
	[ "$(backends "$1")" = 0 ]
}

@test "in the middle of a table, while nobody reads standard output" {
	middle() {
		start_blocked_dump -d "$url/faults"
	}
	each_signal middle
	wait_until 5 no_backends faults
}

@test "while standard output does not take a single byte" {
	stuck() {
		mkfifo pipe
		exec 7<>pipe
		fill_pipe
		start dump -q -d "$url/faults" -r "$recipient" -t drops -t - >&7
		exec 7>&-
		wait_until 20 drop_has_bytes 100
	}
	each_signal stuck
	wait_until 5 no_backends faults
}

# A write that has begun comes back from a signal with what it has written, one that has not waits on.
fill_pipe() {
	python3 -c 'import fcntl, os
os.set_blocking(7, False)
try:
    while os.write(7, bytes(4096)):
        pass
except BlockingIOError:
    os.set_blocking(7, True)'
}

@test "in the middle of a table, while all goes on" {
	# A reader that takes 1 MB/s of the 20 MB.
	slow_reader() {
		python3 -c 'import os, time
while os.read(0, 50000):
    time.sleep(0.05)' <pipe
	}
	running() {
		mkfifo pipe
		in_background slow_reader
		exec 7>pipe
		start dump -q -d "$url/faults" -r "$recipient" -t drops -t - >&7
		exec 7>&-
		wait_until 20 drop_has_bytes 200000
		child=$(pgrep -P "$pid")
	}
	each_signal running
}

@test "while it connects to a server that does not answer" {
	start_silent_server
	connecting() {
		start dump -q -d "postgres://someone@127.0.0.1:$(cat its_port)/shop" -r "$recipient" -t drops
		wait_until 5 has_socket
	}
	each_signal connecting
}

has_socket() {
	[ -n "$(find "/proc/$pid/fd" -lname 'socket:*' 2>/dev/null)" ] || [ ! -d /proc ]
}

@test "while it looks up the name of a server, and nobody answers" {
	if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
		skip "needs to be root, for a name server of its own"
	fi
	echo 'nameserver 127.0.0.53' >resolv.conf
	in_background python3 -u -c 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.53", 53))
print("ready")
s.recv(1000)
print("asked")
time.sleep(60)' >asked
	wait_until 10 grep ready asked
	looking_up() {
		set -m
		unshare -m bash -c 'mount --bind resolv.conf /etc/resolv.conf && exec "$0" "$@"' \
			"$DYNODROP" dump -q -d postgres://someone@db.example.com/shop -r "$recipient" -t drops 2>stderr 3>&- &
		pid=$!
		set +m
		wait_until 10 grep asked asked
		sleep 0.2
	}
	each_signal looking_up
}

@test "while pg_dump waits for a lock" {
	lock_table
	waiting() {
		start dump -q -d "$url/faults_locked" -r "$recipient" -t drops
		wait_until 10 waits_for_lock
		child=$(pgrep -P "$pid")
	}
	each_signal waiting
	wait_until 5 no_backends faults_locked
}

@test "while pg_dump does not answer, and ignores SIGTERM" {
	mkdir bin
	printf '#!/bin/bash\n[ "$1" = --version ] && { echo "pg_dump (PostgreSQL) 99.0"; exit; }\ntrap "" TERM\ntouch here\nwhile :; do sleep 0.1; done\n' >bin/pg_dump
	chmod +x bin/pg_dump
	stubborn() {
		rm -f here
		PATH=$PWD/bin:$PATH start dump -q -d "$url/faults" -r "$recipient" -t drops
		wait_until 10 test -e here
		child=$(pgrep -P "$pid")
	}
	each_signal stubborn
}

@test "while pg_dump does not even tell its version" {
	mkdir bin
	printf '#!/bin/bash\ntouch here\nexec sleep 60\n' >bin/pg_dump
	chmod +x bin/pg_dump
	mute() {
		rm -f here
		PATH=$PWD/bin:$PATH start dump -q -d "$url/faults" -r "$recipient" -t drops
		wait_until 10 test -e here
		child=$(pgrep -P "$pid")
	}
	each_signal mute
}

@test "an impatient user's second and third Ctrl-C change nothing" {
	start_blocked_dump -d "$url/faults"
	kill -s INT "$pid"
	kill -s INT "$pid" 2>/dev/null || true
	kill -s INT "$pid" 2>/dev/null || true
	ends 130 2
	nothing_in drops
	has_ended "$child"
}

@test "signals to all processes at once, as Heroku sends them, end as one does" {
	start_blocked_dump -d "$url/faults"
	kill -s TERM "$pid" "$child"
	ends 143 2
	one_error_line stderr SIGTERM
	nothing_in drops
	has_ended "$child"
}

@test "a hangup does not end what nohup has started" {
	trap '' HUP
	start_blocked_dump -d "$url/faults"
	trap - HUP
	kill -s HUP "$pid"
	sleep 0.3
	unblock
	ends 0 20
	ls drops/faults-*.dump.age
}

@test "an older drop stays as it was when a signal ends the next one" {
	echo "last week's" >one.age
	start_blocked_dump -d "$url/faults" -t one.age
	kill -s TERM "$pid"
	ends 143 2
	[ "$(cat one.age)" = "last week's" ]
	[ ! -e one.age.partial ]
}

@test "when dynodrop is killed outright its pg_dump ends too, and no drop has its final name" {
	start_blocked_dump -d "$url/faults"
	kill -9 "$pid"
	wait_until 2 has_ended "$child"
	# What is left is named as what it is, and the next run writes over it.
	[[ $(ls drops) == faults-*.dump.age.partial ]]
	wait_until 5 no_backends faults
}

@test "when dynodrop is killed outright while pg_dump waits for a lock, pg_dump ends too" {
	lock_table
	start dump -q -d "$url/faults_locked" -r "$recipient" -t drops
	wait_until 10 waits_for_lock
	child=$(pgrep -P "$pid")
	kill -9 "$pid"
	wait_until 2 has_ended "$child"
}

@test "while nobody reads standard error, and a thread of progress has something to tell" {
	mkfifo errors pipe
	exec 6<>pipe 7<>errors
	set -m
	"$DYNODROP" dump --progress log -d "$url/faults" -r "$recipient" -t drops -t - >&6 2>&7 3>&- &
	pid=$!
	set +m
	wait_until 20 drop_has_bytes 65000
	fill_pipe
	# A line is due every 10 s.
	sleep 11
	kill "$pid"
	ends 143 3
	exec 6>&- 7>&-
	nothing_in drops
}
