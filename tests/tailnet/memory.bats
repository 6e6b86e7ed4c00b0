#!/usr/bin/env bats
# What a whole run takes of a dyno's memory, which is 512 MB: bin/dump with 4 jobs, pg_dump, tailscaled and all else it starts.
#
# shellcheck disable=SC2154,SC2030,SC2031 # helpers.bash, faults.bash, tailnet.bash and delivery.bash set url, recipient, key, pid, peak, tailnet and its kin

load ../cli/helpers
load tailnet
load delivery

LIMIT_KB=262144

setup_file() {
	setup_key "$(newest)"
	setup_gigabyte
}

setup() {
	needs_memory_told
	setup_delivery
	start_receiver laptop
}

teardown() {
	end_delivery
	# The kernel ends what a killed dynodrop has started, and then lets the group go.
	if [ -n "${group-}" ]; then wait_until 10 rmdir "$group"; fi
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c 'DROP DATABASE gigabyte WITH (FORCE)'
}

# start_run: the process `pid`, in the memory cgroup `group` if there is one.
start_run() {
	mkdir programs
	ln -s "$DYNODROP" programs/dynodrop
	(
		if [ -n "${group-}" ]; then echo "$BASHPID" >"$group/cgroup.procs"; fi
		PATH=$PWD/programs:$PATH
		exec "$BATS_TEST_DIRNAME/../../bin/dump" -q -j 4 --name drop -r "$recipient" -d "$url/gigabyte" -t taildrop:laptop
	) 2>stderr 3>&- &
	pid=$!
}

# peak_is_low WHAT: and it is not that of nothing.
peak_is_low() {
	echo "# peak $1 $peak KB of $LIMIT_KB" >&3
	[ "$peak" -gt 20000 ]
	[ "$peak" -lt "$LIMIT_KB" ]
}

# ends_well SECONDS: in that time, and the drop has arrived.
ends_well() {
	ends 0 "$1"
	wait_until 20 received laptop drop
	"$DYNODROP" verify -i "$key" "$tailnet/laptop/inbox/drop"
	nothing_stays
}

@test "the anonymous memory of all processes of a run peaks below 256 MB, with 4 jobs on a table of more than 1 GB" {
	start_run
	watch_memory 120 anonymous_of_all
	peak_is_low "anonymous memory"
	ends_well 5
}

# Of `pid` and its descendants, in KB.
anonymous_of_all() {
	local all='' level=$pid
	while [ -n "$level" ]; do
		all+=" $level"
		level=$(pgrep -d ' ' -P "${level// /,}") || true
	done
	# shellcheck disable=SC2086 # one word each
	sum_of RssAnon $all
}

@test "under a limit of 512 MB a run takes no more than half of it with the page cache, also where the machine sleeps at first" {
	make_group 512M
	pause_receiver laptop
	start_run
	wait_until 20 reads
	wait_until 60 has_read
	resume_receiver laptop
	ends_well 120
	peak=$(($(cat "$group/$peak_file") / 1024))
	peak_is_low "memory with page cache"
	grep -qx 'oom_kill 0' "$group/$events_file"
}

reads() {
	query -d gigabyte -c 'SELECT application_name FROM pg_stat_activity WHERE xact_start IS NOT NULL' | grep -q ^dynodrop/
}
has_read() {
	! reads
}

# make_group SIZE: `group`, a memory cgroup below the test's own, of version 1 or 2, with so much memory and no swap.
make_group() {
	local root=/sys/fs/cgroup number=0 controller='' limits="memory.max=$1 memory.swap.max=0" limit path
	peak_file=memory.peak events_file=memory.events
	if [ -d $root/memory ]; then
		root+=/memory number='[0-9]*' controller=memory
		limits="memory.limit_in_bytes=$1 memory.memsw.limit_in_bytes=$1"
		peak_file=memory.max_usage_in_bytes events_file=memory.oom_control
	fi
	path=$root$(sed -n "s/^$number:$controller://p" /proc/self/cgroup)
	# A container may see nothing above its own group.
	[ -d "$path" ] || path=$root
	mkdir "$path/dynodrop-test-$$" 2>/dev/null || skip "needs to be allowed to make cgroups"
	group=$path/dynodrop-test-$$
	[ -e "$group/$peak_file" ] || skip "needs a memory cgroup that tells its peak"
	for limit in $limits; do
		if [ -e "$group/${limit%=*}" ]; then echo "${limit#*=}" >"$group/${limit%=*}"; fi
	done
}
