#!/usr/bin/env bats
# What is found out about a machine of the tailnet before anything is sent to it, step by step, and what is said to do about it.
#
# shellcheck disable=SC2154 # tailnet.bash sets tailnet and its kin

bats_require_minimum_version 1.5.0
load tailnet

setup_file() {
	start_tailnet
	start_receiver laptop
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir temp
	export TMPDIR=$BATS_TEST_TMPDIR/temp
	export DYNODROP_LOGIN_SERVER=$tailnet_url DYNODROP_TS_AUTHKEY
	DYNODROP_TS_AUTHKEY=$(cat "$tailnet_key")
}

teardown() {
	resume_receiver laptop
}

teardown_file() {
	end_tailnet
}

# finds HOST STEP TEXT: the steps before this one are ok; this is the last, and what is found matches the pattern TEXT. Without one
# all are.
finds() {
	local order='node known online reachable target ' steps last=${2-target} failed=0
	"$BUILD/tests/tools/tailnet_check" "$1" >findings 2>stderr 3>&- 8>&- || failed=$?
	steps=$(sed -E 's/^(ok|fail) ([a-z]+): .*/\2/' findings | tr '\n' ' ')
	[ "$steps" = "${order%"$last"*}$last " ] || fail "it has looked at $steps" "$(cat findings stderr)"
	[ "$(sed '$d' findings | grep -vc '^ok ')" = 0 ] || fail "it has gone on after a step that is not ok:" "$(cat findings)"
	if [ $# = 1 ]; then
		[ "$failed" = 0 ] || fail "$(cat findings stderr)"
	else
		[ "$failed" = 1 ] || fail "exit code $failed"
		tail -n 1 findings | grep -E "^fail $last: $3\$" || fail "it does not match '$3':" "$(cat findings)"
	fi
	[ ! -s stderr ] || fail "$(cat stderr)"
	[ -z "$(ls -A temp)" ] || fail "left:" "$(ls -A temp)"
}

key_of_kind() {
	DYNODROP_TS_AUTHKEY=$(cat "$tailnet_key-$1")
}

@test "where all is well each step says so, and nothing arrives" {
	for host in laptop laptop.tail.test "$(tailscale_of laptop ip -4)" "$(tailscale_of laptop ip -6)"; do
		finds "$host"
		grep -F "ok known: $host is 100.64.0.1" findings
		grep -E '^ok node: this machine is in the tailnet as dynodrop(-[0-9]+)? \(100\.64\.0\.[0-9]+\)$' findings
		grep -F "ok online: $host is online" findings
		grep -E "^ok reachable: .* answers: (direct [0-9.]+:[0-9]+|relayed DERP\(test\))$" findings
		grep -F "ok target: $host takes files by Taildrop" findings
	done
	[ -z "$(ls -A "$tailnet/laptop/inbox")" ]
	[ -z "$(coming laptop)" ]
}

@test "a name and an address that nobody has" {
	finds nobody known 'the tailnet has no machine nobody: .*: look at the machines. names in the Tailscale admin console'
	finds 100.64.9.9 known 'the tailnet has no machine 100.64.9.9: .*: look at the machines. names in the Tailscale admin console'
}

@test "this machine itself" {
	TS_HOSTNAME=myself finds myself known 'myself is this machine itself: choose another'
}

@test "a machine that is offline, and one that sleeps without a word" {
	start_receiver desk
	stop_receiver desk
	wait_until 10 node_is desk offline
	finds desk online 'desk is offline.*: wake the machine and see that Tailscale runs on it'
	pause_receiver laptop
	finds laptop reachable 'laptop does not answer: no reply: wake the machine and see that Tailscale runs on it'
}

@test "a machine of another user" {
	start_receiver other other
	finds other target "other takes no file from this machine: .*owned by a different user: Taildrop goes to one's own machines only: .*"
}

@test "a machine that has Taildrop off" {
	TS_DISABLE_TAILDROP=1 start_receiver refuser
	finds refuser target "refuser takes no file from this machine: .*no storage directory: the target's Tailscale has no folder .*"
}

@test "keys that do not do" {
	key_of_kind wrong
	finds laptop node 'cannot join the tailnet with the key in the variable DYNODROP_TS_AUTHKEY: .*: make a new auth key, .*'
	key_of_kind expired
	finds laptop node 'cannot join .*: auth keys last 90 days at most, and this one has expired or was deleted: make a new .*'
	key_of_kind tagged
	finds laptop node '.* makes a tagged machine, .*: make an auth key without tags'
	key_of_kind other
	finds laptop target '.*: Taildrop goes to one.s own machines only: use an auth key of the user who owns the target'
}

@test "a tailscaled that runs already is asked, and says why when it is of no use" {
	start_receiver desk
	export TS_SOCKET=$tailnet/desk/socket
	finds laptop
	grep -F 'ok node: this machine is in the tailnet as desk' findings
	tailscale_of desk down
	finds laptop node 'the tailscaled that is to be used is in no tailnet \("Tailscale is stopped\."\): run .tailscale up.'
	stop_receiver desk
	finds laptop node '.*failed to connect to local tailscaled.*'
}

@test "a signal ends it without a finding, and nothing stays" {
	pause_receiver laptop
	set -m
	"$BUILD/tests/tools/tailnet_check" laptop >findings 2>stderr 3>&- 8>&- &
	pid=$!
	set +m
	wait_until 20 grep online findings
	kill "$pid"
	wait_until 10 has_ended "$pid"
	[ "$(cut -d : -f 1 findings | tr '\n' ' ')" = 'ok node ok known ok online ' ] || fail "$(cat findings)"
	one_line=$(cat stderr)
	[[ $one_line == 'told to stop by SIGTERM'* ]] || fail "$one_line"
	[ -z "$(ls -A temp)" ]
}

@test "a folder for temporary files with too long a path for a socket" {
	TMPDIR=$(printf "$TMPDIR/%0100d" 0)
	mkdir "$TMPDIR"
	! "$BUILD/tests/tools/tailnet_check" laptop 2>stderr || fail 'it did not fail'
	grep 'too long for a socket of tailscaled: set TMPDIR to a folder with a shorter one' stderr
	[ -z "$(ls -A "$TMPDIR")" ]
}

# The last one, since the nodes that are there hear of it at a time of their own.
@test "Taildrop is off in the tailnet" {
	tailnet_does taildrop/off
	finds laptop target '.*: this machine may not send: .* Send Files must be on in the Tailscale admin console, .*'
}
