#!/usr/bin/env bats
# A database that has gone without a word is noticed: every connection to it is probed while nothing comes.
#
# shellcheck disable=SC2154,SC2317 # url comes from helpers.bash, pid and child from faults.bash; wait_until calls the functions

load helpers
load faults

setup_file() {
	setup_faults "$(newest)"
}

setup() {
	command -v ss >/dev/null || skip "ss is not there to see timers"
	use "$(newest)"
	in_own_folder
}

teardown() {
	end_all
}

# probes PID: in how many seconds each connection of the process to the server is probed.
probes() {
	ss -Htnpo "dport = :$PGPORT" | grep "pid=$1," | sed -nE 's/.*timer:\(keepalive,([0-9]+)(min|sec).*/\1\2/p'
}

# within_30_s PID: the process has a connection to the server, and that is probed within 30 s.
within_30_s() {
	local all
	all=$(probes "$1")
	[ -n "$all" ] && ! grep -vE '^[12]?[0-9]sec$' <<<"$all"
}

@test "the control connection and pg_dump's are probed when nothing has come for 30 s" {
	start_blocked_dump -d "$url/faults"
	wait_until 5 within_30_s "$pid"
	wait_until 5 within_30_s "$child"
}

@test "the URL's own times hold for both" {
	in_an_hour() {
		probes "$1" | grep -E '^(59|60)min'
	}
	start_blocked_dump -d "$url/faults?keepalives_idle=3600"
	wait_until 5 in_an_hour "$pid"
	wait_until 5 in_an_hour "$child"
}

@test "a URL can do without" {
	start_blocked_dump -d "$url/faults?keepalives=0"
	[ -z "$(probes "$pid")" ]
	[ -z "$(probes "$child")" ]
}
