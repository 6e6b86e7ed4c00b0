# A real tailnet on loopback: a control server and a relay (the program in this folder), and receivers, each a real tailscaled in
# userspace networking with a loop that gets the files it is sent. It needs neither root nor any network. `tests/deps tailnet` builds
# the programs, which come first in PATH.
#
# All of it lies below the folder $tailnet, so that what setup_file starts can be used in each test; end_tailnet, in the matching
# teardown, ends it.
# shellcheck shell=bash disable=SC2154 # start_tailnet sets tailnet

# For fail, wait_until and has_ended.
tailnet_source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/cli/faults.bash
source "$tailnet_source/tests/cli/faults.bash"

# What the user has set for a tailnet of his own.
while read -r variable; do
	unset "$variable"
done < <(compgen -e | grep -E '^(TS|TAILSCALE)_')
# No logs to Tailscale, no way to the real control server, no waiting for a network that is there, no asking the router.
export TS_NO_LOGS_NO_SUPPORT=1 TS_PANIC_IF_HIT_MAIN_CONTROL=1 TS_ASSUME_NETWORK_UP_FOR_TEST=1 TS_DISABLE_PORTMAPPER=1

# start_tailnet: sets and exports
#     tailnet        its folder
#     tailnet_url    what to give as --login-server
#     tailnet_key    a file, mode 0600, with a key of the operator. Beside it lie KEY_FILE-tagged, -other (another user's), -unapproved and
#                    -expired, with keys that make what they say of a node, and -wrong
start_tailnet() {
	local key kind
	# shellcheck source=buildpack/tailscale.version
	PATH=$(. "$tailnet_source/buildpack/tailscale.version" && echo "$tailnet_source/build/deps/tailscale-$version/bin"):$PATH
	tailnet=$(mktemp -d "${TMPDIR:-/tmp}/tailnet.XXXXXX")
	tailnet_key=$tailnet/key
	key=tskey-auth-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
	for kind in '' -tagged -other -unapproved -expired; do
		(umask 077 && echo "$key$kind" >"$tailnet_key$kind")
	done
	(umask 077 && echo tskey-auth-wrong >"$tailnet_key-wrong")
	# Held open by this shell and those of its tests: whatever becomes of them, the server ends when the last has gone.
	mkfifo "$tailnet/held"
	exec 8<>"$tailnet/held"
	tailnet "$tailnet_key" <"$tailnet/held" >"$tailnet/url" 2>"$tailnet/log" 3>&- 8>&- &
	echo $! >"$tailnet/pid"
	wait_until 10 test -s "$tailnet/url"
	tailnet_url=$(cat "$tailnet/url")
	export PATH tailnet tailnet_key tailnet_url
}

# end_tailnet: ends all that was started, and removes the folder. Harmless when there is nothing.
end_tailnet() {
	local file
	[ -d "${tailnet-}" ] || return 0
	for file in "$tailnet"/*/*pid "$tailnet/pid"; do
		end_process "$file" KILL
	done
	exec 8>&-
	rm -rf "$tailnet"
}

# end_process FILE SIGNAL: sends the signal to the process with the number in the file, if it is there, and waits for its end.
end_process() {
	local pid
	[ -e "$1" ] || return 0
	pid=$(cat "$1")
	kill -s "$2" "$pid" 2>/dev/null || true
	wait_until 10 has_ended "$pid"
	# So that this shell does not say that it was killed.
	wait "$pid" 2>/dev/null || true
	rm "$1"
}

# tailnet_does PATH: asks the control server for it (main.go lists what there is: nodes, relay/stop, relay/start, ...) and prints what
# it answers.
tailnet_does() {
	local address=${tailnet_url#http://}
	(
		exec 9<>"/dev/tcp/${address%:*}/${address#*:}"
		printf 'POST /test/%s HTTP/1.0\r\n\r\n' "$1" >&9
		awk 'NR == 1 { failed = !/ 200 / } body; /^\r$/ { body = 1 } END { exit failed }' <&9
	)
}

# node_is NAME STATE: whether the control server knows that node as online, offline or logged-out.
node_is() {
	tailnet_does nodes | grep -q "^$1 $2 "
}

# tailscale_of NAME ARGUMENT...: `tailscale` for that receiver.
tailscale_of() {
	tailscale --socket "$tailnet/$1/socket" "${@:2}"
}

# start_receiver NAME [KIND [OPTION...]]: a node of that name logs in, with a key of that kind and more options of tailscaled, and
# what it is sent goes into the folder $tailnet/NAME/inbox; a second file of a name gets another. With TS_DEBUG_ALWAYS_USE_DERP=1 it
# knows no way but through the relay.
start_receiver() {
	mkdir -p "$tailnet/$1/state" "$tailnet/$1/inbox"
	start_tailscaled "$1" "${@:3}"
	log_in "$1" "${2-}" 20s || return
	start_inbox "$1"
}

# log_in NAME KIND TIMEOUT: for a tailscaled that runs.
log_in() {
	tailscale_of "$1" up --login-server "$tailnet_url" --auth-key "file:$tailnet_key${2:+-$2}" --hostname "$1" \
		--accept-dns=false --timeout "$3"
}

# These two run no function in the background, whose shell, not the program, would have the number. TS_LOGS_DIR keeps tailscaled out of
# the home folder and /var/lib.
start_tailscaled() {
	local home=$tailnet/$1
	TS_LOGS_DIR=$home tailscaled --tun userspace-networking --port 0 --statedir "$home/state" --socket "$home/socket" "${@:2}" \
		>>"$home/log" 2>&1 3>&- 8>&- &
	echo $! >"$home/pid"
	wait_until 10 tailscale_of "$1" status --json
}
start_inbox() {
	local home=$tailnet/$1
	tailscale --socket "$home/socket" file get --loop --conflict=rename "$home/inbox" >>"$home/inbox.log" 2>&1 3>&- 8>&- &
	echo $! >"$home/inbox.pid"
}

# stop_receiver NAME, kill_receiver NAME: it goes offline in good order, or at once. restart_receiver NAME: it comes back as the same
# node, with what it had received.
stop_receiver() {
	end_process "$tailnet/$1/inbox.pid" KILL
	end_process "$tailnet/$1/pid" TERM
}
kill_receiver() {
	end_process "$tailnet/$1/inbox.pid" KILL
	end_process "$tailnet/$1/pid" KILL
}
restart_receiver() {
	kill_receiver "$1"
	start_tailscaled "$1"
	wait_until 20 is_up "$1"
	start_inbox "$1"
}
is_up() {
	tailscale_of "$1" status --json | grep -q '"BackendState": "Running"'
}

# pause_receiver NAME, resume_receiver NAME: it falls asleep as a laptop does, without a word to anybody, and wakes.
pause_receiver() {
	kill -s STOP "$(cat "$tailnet/$1/pid")"
}
resume_receiver() {
	kill -s CONT "$(cat "$tailnet/$1/pid")"
}

# received NAME FILE: whether the receiver has that file, whole, in its inbox. tailscaled has it first, and `file get` copies it.
received() {
	[ -e "$tailnet/$1/inbox/$2" ] && [ -z "$(coming "$1" "$2")" ]
}

# coming NAME [FILE]: what the receiver's tailscaled has of that file, or of all, and has not handed out: FILE.SENDER.partial until the
# sender has said that it is complete, then FILE.
coming() {
	find "$tailnet/$1/state/files" -type f -name "${2-}*" 2>/dev/null
}
