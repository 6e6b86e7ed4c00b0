#!/usr/bin/env bats
# What a dump tells while it goes on.
#
# shellcheck disable=SC2154 # url comes from helpers.bash, recipient from faults.bash

load helpers
load faults

setup_file() {
	setup_key "$(newest)"
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

@test "while locks are waited for it tells that it goes on" {
	lock_table
	start dump --progress log -d "$url/faults_locked" -r "$recipient" -t drops
	wait_until 10 waits_for_lock
	# A line is due every 10 s.
	wait_until 15 grep -q '^dynodrop: progress tables=0 rows=0 ' stderr
	unlock_table
	ends 0 10
}

@test "on a dyno a short quiet dump tells its last line only" {
	DYNO=run.1234 DATABASE_URL=$url/faults_locked "$DYNODROP" dump -q -r "$recipient" -t drops 2>stderr
	[ "$(wc -l <stderr)" = 1 ]
	grep '^dynodrop: done ' stderr
}

@test "at a dyno's terminal a short dump says nothing of detached ones" {
	have_script
	DYNO=run.1234 DATABASE_URL=$url/faults_locked on_terminal "$DYNODROP" dump -r "$recipient" -t drops
	grep -q 'dynodrop: done ' screen
	run -1 grep detached screen
}
