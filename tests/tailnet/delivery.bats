#!/usr/bin/env bats
# Drops on their way through a real tailnet: whom they reach, how, and what that takes.
#
# shellcheck disable=SC2154,SC2030,SC2031,SC2317 # helpers.bash, faults.bash, tailnet.bash and delivery.bash set url, recipient, key, pid, tailnet and its kin

load ../cli/helpers
load tailnet
load delivery

setup_file() {
	setup_large
	setup_gigabyte
}

setup() {
	setup_delivery
}

teardown() {
	end_delivery
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c 'DROP DATABASE faults WITH (FORCE)' -c 'DROP DATABASE gigabyte WITH (FORCE)'
}

@test "a dump arrives whole, and begins to while it is being made" {
	start_receiver laptop
	slowly_to taildrop:laptop copy
	wait_until 20 partly laptop 1000000
	query -d postgres -c "SELECT query FROM pg_stat_activity
		WHERE application_name LIKE 'dynodrop/%' AND xact_start IS NOT NULL" | grep COPY
	ends 0 60
	grep -E '^dynodrop: done name=drop .* targets=taildrop:laptop,copy,-$' stderr
	has_drop laptop
	nothing_stays
	"$DYNODROP" verify -i "$key" copy
}

@test "a machine may be named by its short name, its full name and its address" {
	start_receiver laptop
	for host in laptop laptop.tail.test "$(tailscale_of laptop ip -4)"; do
		"$DYNODROP" dump -q --name "$host" -r "$recipient" -d "$url/faults" -t "taildrop:$host" -- -t public.small
		wait_until 20 received laptop "$host"
	done
}

@test "how the machine is reached is told once" {
	start_receiver laptop
	"$DYNODROP" dump -r "$recipient" -d "$url/faults" -t taildrop:laptop -- -t public.small 2>stderr
	[ "$(grep -cE '^dynodrop: taildrop:laptop: (direct [0-9.]+:[0-9]+|relayed DERP\(test\))$' stderr)" = 1 ]
}

@test "where one sleeps another alternative gets the drop" {
	start_receiver laptop
	start_receiver desk
	pause_receiver laptop
	"$DYNODROP" dump -q --name drop -r "$recipient" -d "$url/faults" -t taildrop:laptop,taildrop:desk -t copy -- -t public.small 2>stderr
	grep 'targets=taildrop:desk,copy$' stderr
	has_drop desk
	"$DYNODROP" dump -q --name other -r "$recipient" -d "$url/faults" -t taildrop:laptop,file:drops -- -t public.small 2>stderr
	grep 'targets=file:drops$' stderr
	"$DYNODROP" verify -i "$key" drops/other
	resume_receiver laptop
}

@test "all targets get the drop, and one that cannot does not keep it from others" {
	start_receiver laptop
	start_receiver desk
	to taildrop:laptop taildrop:desk copy
	ends 0 90
	has_drop laptop
	has_drop desk
	rm copy
	start dump -q --name second -r "$recipient" -d "$url/faults" -t taildrop:nobody -t taildrop:desk -t copy -- -t public.small
	ends 1 60
	one_error_line stderr "target taildrop:nobody: .*nobody.*: look at the machines' names .*; it is complete at taildrop:desk,copy"
	wait_until 20 received desk second
}

@test "a drop of more than 1 GB goes through a spool of 64 MB in parts, which open to what is in the database" {
	mount_small_disk "$BATS_TEST_TMPDIR/spool" 64m
	start_receiver laptop
	database=gigabyte to taildrop:laptop -- --spool "$small_disk"
	ends 0 180
	nothing_in "$small_disk"
	nothing_stays
	last=$(find "$tailnet/laptop" -name 'drop.*' -printf '%f\n' | sort | tail -n 1)
	wait_until 20 received laptop "$last"
	[ "$(cat "$tailnet"/laptop/inbox/drop.* | wc -c)" -gt 1000000000 ]
	cmp <("$DYNODROP" open --no-compress -i "$key" "$tailnet/laptop/inbox/drop.001" | pg_restore -f - | without_keys) \
		<(pg_dump -d gigabyte | without_keys)
}

# Newer minor releases put a random key between \restrict and \unrestrict.
without_keys() {
	LC_ALL=C grep -vE '^\\(un)?restrict '
}

@test "the key is in no argument, no other process's environment, no log and no error" {
	start_receiver laptop
	to taildrop:laptop copy
	found=''
	secret=$DYNODROP_TS_AUTHKEY
	while ! has_ended "$pid"; do
		for child in $(pgrep -f "$BATS_TEST_TMPDIR/temp") $(pgrep -P "$pid") "$pid"; do
			if tr '\0' '\n' <"/proc/$child/cmdline" 2>/dev/null | grep -qF "$secret"; then found='an argument'; fi
			if [ "$child" != "$pid" ] && tr '\0' '\n' <"/proc/$child/environ" 2>/dev/null | grep -qF "$secret"; then found='an environment'; fi
		done
		if grep -rqF "$secret" temp stderr; then found='a file'; fi
	done
	ends 0 5
	[ -z "$found" ] || fail "it is in $found"
	has_drop laptop
}

@test "keys that do not do are told from each other, with what to do" {
	start_receiver laptop
	for kind in wrong:'invalid key: .*: make a new auth key' expired:'make a new auth key' \
		tagged:'makes a tagged machine, .*: make an auth key without tags' other:"owned by a different user: Taildrop goes to one's own"; do
		DYNODROP_TS_AUTHKEY=$(cat "$tailnet_key-${kind%%:*}") start dump -q -r "$recipient" -d "$url/faults" -t taildrop:laptop
		ends 1 60
		one_error_line stderr "target taildrop:laptop: .*${kind#*:}"
		! grep -F "$(cat "$tailnet_key-${kind%%:*}")" stderr
		nothing_in temp
	done
	unset DYNODROP_TS_AUTHKEY
	fails 2 'DYNODROP_TS_AUTHKEY is not set' dump -r "$recipient" -d "$url/faults" -t taildrop:laptop
}

@test "with Taildrop off in the tailnet the error says where to switch it on" {
	start_receiver laptop
	tailnet_does taildrop/off
	start dump -q -r "$recipient" -d "$url/faults" -t taildrop:laptop -- -t public.small
	ends 1 60
	one_error_line stderr 'target taildrop:laptop: .*Send Files must be on in the Tailscale admin console'
}

@test "a tailscaled that runs already is used, and goes on running" {
	start_receiver laptop
	start_receiver desk
	unset DYNODROP_TS_AUTHKEY
	export TS_SOCKET=$tailnet/desk/socket
	"$DYNODROP" dump -q -r "$recipient" -d "$url/faults" -t taildrop:laptop -t drops -- -t public.small
	name=$(ls drops)
	wait_until 20 received laptop "$name"
	cmp "drops/$name" "$tailnet/laptop/inbox/$name"
	node_is desk online
}

@test "a tailscaled that runs already and is of no use is an error at once" {
	start_receiver laptop
	start_receiver desk
	unset DYNODROP_TS_AUTHKEY
	export TS_SOCKET=$tailnet/desk/socket
	fails 2 'with TS_SOCKET each drop needs a name of its own.*: put \{time\} into --name' dump --name drop -r "$recipient" -d "$url/faults" \
		-t taildrop:laptop
	tailscale_of desk down
	fails 1 'target taildrop:laptop: the tailscaled that is to be used is in no tailnet \("Tailscale is stopped\."\): run .tailscale up.' \
		dump -q -r "$recipient" -d "$url/faults" -t taildrop:laptop
	stop_receiver desk
	fails 1 'target taildrop:laptop: .*failed to connect to local tailscaled' dump -q -r "$recipient" -d "$url/faults" -t taildrop:laptop
}

@test "with a key that does not do, other alternatives and other targets get the drop" {
	start_receiver laptop
	DYNODROP_TS_AUTHKEY=$(cat "$tailnet_key-wrong")
	to taildrop:laptop,file:copy other
	ends 0 60
	grep 'targets=file:copy,other$' stderr
	cmp copy other
	to taildrop:laptop drops -- --part-size 20M
	ends 1 60
	one_error_line stderr 'target taildrop:laptop: cannot join the tailnet .*; it is complete at drops'
	"$DYNODROP" verify -i "$key" drops/drop.001
}

@test "a spool that nobody reads any more may be full" {
	mount_small_disk "$BATS_TEST_TMPDIR/spool" 250m
	DYNODROP_TS_AUTHKEY=$(cat "$tailnet_key-wrong")
	verbosity=--progress=none slowly_to taildrop:laptop copy -- --spool "$small_disk"
	wait_until 20 grep 'warning: target taildrop:laptop: cannot join the tailnet' stderr
	dd if=/dev/zero of="$small_disk/other" bs=1M 2>/dev/null || true
	ends 1 60
	tail -n 1 stderr | grep 'cannot join the tailnet .*; it is complete at copy,-$'
	"$DYNODROP" verify -i "$key" copy
}
