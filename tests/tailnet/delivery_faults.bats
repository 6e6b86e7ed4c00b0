#!/usr/bin/env bats
# Deliveries through a real tailnet while things go wrong: the drop arrives whole, or not at all.
#
# shellcheck disable=SC2154,SC2030,SC2031,SC2317 # helpers.bash, faults.bash, tailnet.bash and delivery.bash set url, recipient, key, pid, peak, tailnet and its kin

load ../cli/helpers
load tailnet
load delivery

setup_file() {
	setup_large
}

setup() {
	setup_delivery
}

teardown() {
	end_delivery
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c 'DROP DATABASE faults WITH (FORCE)'
}

@test "tailscale is killed in the middle, then the receiver: what has arrived is not sent again" {
	start_receiver laptop
	slowly_to taildrop:laptop copy
	wait_until 20 partly laptop 10000000
	sum=$(partial_size laptop)
	kill -9 "$(sender)"
	wait_until 20 resumed "$sum"
	wait_until 20 partly laptop 40000000
	sum=$((sum + $(partial_size laptop)))
	kill_receiver laptop
	sleep 5
	restart_receiver laptop
	wait_until 60 resumed "$sum"
	ends 0 60
	has_drop laptop
	nothing_stays
}

@test "the relay is the only way, and is away for a while" {
	export TS_DEBUG_ALWAYS_USE_DERP=1
	start_receiver laptop
	slowly_to taildrop:laptop copy
	wait_until 20 partly laptop 10000000
	tailnet_does relay/stop
	sleep 5
	tailnet_does relay/start
	ends 0 120
	has_drop laptop
}

# packets_sent: bytes in all packets that dynodrop's node has sent to others.
packets_sent() {
	tailscale --socket "$(echo temp/*/socket)" metrics | awk '/^tailscaled_outbound_bytes_total/ { sum += $2 } END { print sum + 0 }'
}

@test "tailscale is killed, then the receiver, then the relay is stopped, in one run: less than a tenth is sent again" {
	export TS_DEBUG_ALWAYS_USE_DERP=1
	start_receiver laptop
	mkfifo slow
	exec 7<>slow
	to taildrop:laptop copy - >slow
	in_background read_slowly 40000000
	wait_until 20 partly laptop 20000000
	kill -9 "$(sender)"
	wait_until 20 partly laptop 35000000

	in_background read_slowly 40000000
	wait_until 20 partly laptop 55000000
	kill_receiver laptop
	sleep 5
	restart_receiver laptop
	wait_until 60 partly laptop 75000000

	in_background read_slowly 28000000
	wait_until 20 partly laptop 85000000
	tailnet_does relay/stop
	sleep 5
	tailnet_does relay/start
	wait_until 60 partly laptop 105000000

	size=$(partial_size laptop) packets=$(packets_sent)
	read_the_rest
	ends 0 60
	echo "# $packets bytes in packets for $size of the drop" >&3
	# A packet of 1312 bytes carries 1228 of the drop, which is 7 % more than those, and a tenth more than that would be 18 %.
	[ "$packets" -gt "$size" ] && [ "$packets" -lt $((size * 118 / 100)) ]
	has_drop laptop
	nothing_stays
}

@test "machines that sleep from the start, fall asleep in the middle or are switched off get the drop when they are back after 60 s" {
	for machine in laptop tower desk; do
		start_receiver $machine
	done
	pause_receiver desk
	verbosity=--progress=none slowly_to taildrop:laptop taildrop:tower taildrop:desk copy
	wait_until 20 partly laptop 10000000
	pause_receiver laptop
	wait_until 20 partly tower 10000000
	kill_receiver tower
	sum=$(($(partial_size laptop) + $(partial_size tower)))
	sleep 60
	resume_receiver laptop
	restart_receiver tower
	for machine in laptop tower; do
		wait_until 60 received $machine drop
	done
	resumed $sum
	resume_receiver desk
	ends 0 60
	for machine in laptop tower desk; do
		has_drop $machine
		grep -E "^dynodrop: taildrop:$machine does not answer .*; waiting for it for up to 600 s\$" stderr >told
		[ "$(wc -l <told)" = 1 ]
	done
	nothing_stays
}

@test "one that never wakes is an error that says what to do, and nothing stays" {
	start_receiver laptop
	pause_receiver laptop
	start dump -q --wait 8s -r "$recipient" -d "$url/faults" -t taildrop:laptop -t copy -- -t public.small
	# The file does not wait for the machine.
	wait_until 10 test -e copy
	if has_ended "$pid"; then fail "it has ended before it gave up the machine"; fi
	ends 1 60
	one_error_line stderr 'target taildrop:laptop: it has taken nothing for 8 s: .*; wake the machine .* a longer --wait'
	nothing_stays
}

@test "SIGKILL in the middle leaves no drop at the receiver, twenty times" {
	start_receiver laptop
	for i in $(seq 20); do
		to taildrop:laptop
		wait_until 20 partly laptop $((i * 500000))
		kill -9 "$pid"
		wait "$pid" 2>/dev/null || true
		wait_until 5 none_of_ours
		rm -rf temp/*
	done
	nothing_in "$tailnet/laptop/inbox"
	[ -z "$(find "$tailnet/laptop/state/files" -type f ! -name '*.partial')" ]
}

@test "what is complete before the machine wakes goes as a file, and no less safely" {
	start_receiver laptop
	pause_receiver laptop
	to taildrop:laptop copy
	wait_until 60 test -e copy
	resume_receiver laptop
	wait_until 30 partly laptop 10000000
	tr '\0' ' ' <"/proc/$(sender)/cmdline" | grep -E 'file cp --name drop /dev/fd/[0-9]+ laptop: $'
	kill -9 "$(sender)"
	wait_until 20 resumed 10000000
	ends 0 60
	has_drop laptop
	rm "$tailnet/laptop/inbox/drop" copy

	pause_receiver laptop
	to taildrop:laptop copy
	wait_until 60 test -e copy
	resume_receiver laptop
	wait_until 30 partly laptop 10000000
	kill -9 "$pid"
	wait_until 5 none_of_ours
	nothing_in "$tailnet/laptop/inbox"
	[ -z "$(find "$tailnet/laptop/state/files" -type f ! -name '*.partial')" ]
}

none_of_ours() {
	! pgrep -f "$BATS_TEST_TMPDIR/temp"
}

@test "SIGTERM in the middle, to dynodrop alone and to all processes at once" {
	start_receiver laptop
	for whom in one all; do
		to taildrop:laptop
		wait_until 20 partly laptop 5000000
		if [ $whom = one ]; then
			kill "$pid"
		else
			# shellcheck disable=SC2046 # one word each
			kill $(pgrep -f "$BATS_TEST_TMPDIR/temp") $(pgrep -P "$pid") "$pid" 2>/dev/null || true
		fi
		ends 143 10
		one_error_line stderr 'told to stop by SIGTERM'
		nothing_stays
	done
	nothing_in "$tailnet/laptop/inbox"
}

@test "a machine that falls asleep with the last bytes on their way gets one drop, and takes its time" {
	start_receiver laptop
	to before
	ends 0 60
	slowly_to taildrop:laptop copy
	# What is left then fits into what tailscale holds.
	wait_until 40 partly laptop $(($(wc -c <before) - 2000000))
	pause_receiver laptop
	# Longer than what stalls is waited for.
	sleep 50
	if has_ended "$pid"; then fail "$(cat stderr)"; fi
	resume_receiver laptop
	ends 0 60
	one_error_line stderr 'done name=drop'
	# What has come comes out in turn.
	"$DYNODROP" dump -q --name last -r "$recipient" -d "$url/faults" -t taildrop:laptop -- -t public.small
	wait_until 20 received laptop last
	rm "$tailnet/laptop/inbox/last"
	has_drop laptop
}

@test "the time that a machine is waited for begins again once it has taken more" {
	start_receiver laptop
	pause_receiver laptop
	mkfifo slow
	exec 7<>slow
	verbosity=--progress=none to taildrop:laptop copy - -- --wait 15s >slow
	in_background read_slowly 40000000
	wait_until 30 grep 'does not answer' stderr
	resume_receiver laptop
	wait_until 30 partly laptop 30000000
	sleep 15
	kill -9 "$(sender)"
	read_the_rest
	ends 0 60
	has_drop laptop
}

@test "a tailscaled of ours that ends is not taken for a machine that sleeps" {
	start_receiver laptop
	slowly_to taildrop:laptop copy
	wait_until 20 partly laptop 1000000
	kill -9 "$(pgrep -f "^$(command -v tailscaled) .*$BATS_TEST_TMPDIR/temp")"
	ends 1 40
	one_error_line stderr 'target taildrop:laptop: tailscaled has ended in the middle; it is complete at copy,-'
	"$DYNODROP" verify -i "$key" copy
	nothing_in "$tailnet/laptop/inbox"
	nothing_in temp
}

@test "where the machine's disk is full the error says so at once, and other targets get the drop" {
	mount_small_disk "$tailnet/laptop/state" 12m
	start_receiver laptop
	to taildrop:laptop copy
	ends 1 40
	one_error_line stderr 'target taildrop:laptop: .*no space left on device.*: make room on the target; it is complete at copy'
	"$DYNODROP" verify -i "$key" copy
}

@test "a machine that answers, and takes what it does not keep, is given up when the time is over" {
	mount_small_disk "$tailnet/laptop/state/files" 12m
	start_receiver laptop
	mount -o remount,ro "$small_disk"
	to taildrop:laptop copy -- --wait 12s -- -t public.small
	ends 1 60
	one_error_line stderr 'target taildrop:laptop: it has taken nothing for 12 s: .*read-only file system.*; it is complete at copy'
	to taildrop:laptop,file:other copy -- --wait 12s -- -t public.small
	ends 0 60
	grep 'targets=file:other,copy$' stderr
}
