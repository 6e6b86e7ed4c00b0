#!/usr/bin/env bats
# Deliveries through a real tailnet that fail, or are made to: the drop arrives whole, or not at all.
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
