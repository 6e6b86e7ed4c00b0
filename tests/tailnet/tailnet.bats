#!/usr/bin/env bats
# The tailnet that tests of delivery stand on: what those take for granted, shown with Tailscale's own programs alone.
#
# shellcheck disable=SC2154 # tailnet.bash sets tailnet and its kin

bats_require_minimum_version 1.5.0
load tailnet

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	start_tailnet
}

teardown() {
	end_tailnet
}

# fails_saying PATTERN COMMAND...: the command fails, and what it says matches the pattern.
fails_saying() {
	! "${@:2}" >said 2>&1 </dev/null || fail "it did not fail:" "$(cat said)"
	grep -qE -e "$1" said || fail "it does not match '$1':" "$(cat said)"
}

@test "two nodes see each other, by short name, full name and address" {
	start_receiver laptop
	start_receiver desk
	wait_until 10 node_is laptop online
	for target in laptop laptop.tail.test. "$(tailscale_of laptop ip -4)"; do
		tailscale_of desk ping --c 1 --until-direct=false "$target"
	done
	tailscale_of laptop status | grep -E '^100\.64\.0\.2 +desk '
	# In the end they do without the relay.
	tailscale_of desk ping --c 30 --until-direct laptop
}

@test "a file of 20 MB arrives as it was, and a second one of that name beside it" {
	start_receiver laptop
	start_receiver desk
	head -c 20000000 /dev/urandom >a.drop
	tailscale_of desk file cp a.drop laptop:
	wait_until 20 received laptop a.drop
	cmp a.drop "$tailnet/laptop/inbox/a.drop"
	tailscale_of desk file cp --name a.drop - laptop: <<<another
	wait_until 20 received laptop 'a (1).drop'
	cmp a.drop "$tailnet/laptop/inbox/a.drop"
}

@test "a receiver that was killed comes back as the same node, without a key, and still gets files" {
	start_receiver laptop
	start_receiver desk
	tailnet_does nodes >before
	kill_receiver laptop
	wait_until 10 node_is laptop offline
	restart_receiver laptop
	wait_until 10 node_is laptop online
	tailnet_does nodes >after
	same_lines before after
	tailscale_of desk file cp --name a.drop - laptop: <<<text
	wait_until 20 received laptop a.drop
}

same_lines() {
	diff <(sort "$1") <(sort "$2")
}

@test "what a receiver has of a file is kept while it is away" {
	start_receiver laptop
	start_receiver desk
	mkfifo pipe
	# Open for reading too, so that opening it does not wait for a reader.
	exec 7<>pipe
	in_background send_pipe
	head -c 5000000 /dev/zero >&7
	wait_until 10 has_part 4000000
	[ -z "$(ls "$tailnet/laptop/inbox")" ]
	kill_receiver laptop
	restart_receiver laptop
	has_part 4000000
	exec 7>&-
	end_all
}

send_pipe() {
	exec tailscale --socket "$tailnet/desk/socket" file cp --name a.drop - laptop: <pipe 7>&-
}

has_part() {
	[ -n "$(find "$(coming laptop a.drop)" -name 'a.drop.*.partial' -size "+${1}c")" ]
}

@test "a receiver that sleeps does not answer, and does when it wakes" {
	start_receiver laptop
	start_receiver desk
	tailscale_of desk ping --c 1 --until-direct=false laptop
	pause_receiver laptop
	fails_saying 'no reply|timed out' tailscale_of desk ping --c 1 --timeout 1s laptop
	resume_receiver laptop
	tailscale_of desk ping --c 1 --until-direct=false laptop
}

@test "with the relay alone nothing passes while it is stopped, and all does when it runs again" {
	export TS_DEBUG_ALWAYS_USE_DERP=1
	start_receiver laptop
	start_receiver desk
	tailscale_of desk ping --c 1 --until-direct=false laptop >said
	grep 'via DERP(test)' said
	tailnet_does relay/stop
	fails_saying 'no reply|timed out' tailscale_of desk ping --c 2 --timeout 1s laptop
	tailnet_does relay/start
	wait_until 60 tailscale_of desk ping --c 1 --timeout 2s --until-direct=false laptop
	tailscale_of desk file cp --name a.drop - laptop: <<<text
	wait_until 20 received laptop a.drop
}

@test "the control server tells a node that logs out from one that is killed" {
	start_receiver laptop
	start_receiver desk
	wait_until 10 node_is laptop online
	wait_until 10 node_is desk online
	kill_receiver laptop
	wait_until 10 node_is laptop offline
	tailscale_of desk logout
	wait_until 10 node_is desk logged-out
	node_is laptop offline
}

@test "a node whose state is in memory logs out when it is told to end" {
	start_receiver dyno '' --state mem:
	wait_until 10 node_is dyno online
	stop_receiver dyno
	wait_until 10 node_is dyno logged-out
}

@test "keys that are wrong or expired are refused, and one that needs approval waits" {
	fails_saying 'invalid key: unable to validate API key' start_receiver wrong wrong
	fails_saying 'invalid key: API key does not exist' start_receiver expired expired
	mkdir -p "$tailnet/unapproved/state"
	start_tailscaled unapproved
	fails_saying 'To approve your machine' log_in unapproved unapproved 2s
	[ "$(tailnet_does nodes | wc -l)" -eq 1 ]
}

@test "a tagged node, and one of another user, cannot send" {
	start_receiver laptop
	start_receiver tagged tagged
	start_receiver other other
	for sender in tagged other; do
		fails_saying 'owned by a different user' tailscale_of $sender file cp /etc/hostname laptop:
	done
	tailscale_of tagged status --json | grep '"tag:test"'
}

@test "Taildrop can be off for the tailnet" {
	start_receiver laptop
	start_receiver desk
	tailnet_does taildrop/off
	wait_until 10 fails_saying 'missing required Taildrop capability' tailscale_of desk file cp /etc/hostname laptop:
	start_receiver late
	fails_saying 'missing required Taildrop capability' tailscale_of late file cp /etc/hostname laptop:
	tailnet_does taildrop/on
	wait_until 10 tailscale_of desk file cp --name a.drop - laptop: <<<text
	wait_until 20 received laptop a.drop
}

@test "a login can expire" {
	start_receiver laptop
	tailnet_does keys/expire
	wait_until 10 expired laptop
	tailnet_does keys/renew
	wait_until 10 is_up laptop
}

expired() {
	! is_up "$1"
}

@test "no process and no folder is left in the end, also when the tests' shell is killed" {
	start_receiver laptop
	[ "$(pgrep -f "$tailnet" | wc -l)" -eq 3 ]
	end_tailnet
	[ ! -e "$tailnet" ]
	[ -z "$(pgrep -f "$tailnet")" ]

	exec 8>&-
	bash -c 'source "$1" && start_tailnet && echo "$tailnet" >folder && kill -9 $$' - "$BATS_TEST_DIRNAME/tailnet.bash" 3>&- || true
	tailnet=$(cat folder)
	wait_until 10 has_ended "$(cat "$tailnet/pid")"
}
