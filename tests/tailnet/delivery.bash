# What the tests of deliveries share: dumps of known tables to receivers of a tailnet, and what they look at meanwhile.
# shellcheck shell=bash disable=SC2154,SC2034,SC2030,SC2031 # helpers.bash, faults.bash and tailnet.bash set url, recipient, key, pid, tailnet and its kin

# In setup_file: what faults.bash makes, and a larger table beside it.
setup_large() {
	setup_faults "$(newest)"
	query -d faults <<-SQL >/dev/null
		CREATE UNLOGGED TABLE large AS SELECT i, (SELECT string_agg(md5((i * 10 + j)::text), '') FROM generate_series(1, 10) j) AS t
			FROM generate_series(1, 600000) i;
	SQL
}

# In setup_file: a database `gigabyte`, with a large object, for which a pg_dump stays beside the connections that read tables.
setup_gigabyte() {
	new_database gigabyte
	# What zstd makes of it is more than 1 GB, too: the rows come again behind more than it looks back on.
	query -d gigabyte <<-SQL >/dev/null
		CREATE UNLOGGED TABLE noise AS SELECT (SELECT string_agg(encode(sha512((i * 100 + j)::text::bytea), 'base64'), ' ')
			FROM generate_series(1, 21) j) AS t FROM generate_series(1, 5000) i;
		CREATE UNLOGGED TABLE large AS TABLE noise WITH NO DATA;
		DO \$\$ BEGIN FOR i IN 1..150 LOOP INSERT INTO large TABLE noise; END LOOP; END \$\$;
		SELECT lo_from_bytea(0, string_agg(sha512(i::text::bytea), '')) FROM generate_series(1, 40000) i;
	SQL
}

# In setup: a tailnet, and dynodrop's own files in the folder temp.
setup_delivery() {
	use "$(newest)"
	in_own_folder
	mkdir temp
	export TMPDIR=$BATS_TEST_TMPDIR/temp
	TMPDIR=/tmp start_tailnet
	export DYNODROP_LOGIN_SERVER=$tailnet_url DYNODROP_TS_AUTHKEY
	DYNODROP_TS_AUTHKEY=$(cat "$tailnet_key")
}

# In teardown.
end_delivery() {
	end_all
	end_tailnet
	if [ -n "${small_disk-}" ]; then umount "$small_disk"; fi
}

# mount_small_disk FOLDER SIZE: that folder, which is made, has room for so much.
mount_small_disk() {
	[ "$(id -u)" = 0 ] || skip "needs root, to mount a small disk"
	mkdir -p "$1"
	mount -t tmpfs -o size="$2" tmpfs "$1"
	small_disk=$1
}

# to TARGET... [-- OPTION...]: starts a dump of the large database, or of $database, to these, under the name "drop".
to() {
	local targets=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		targets+=(-t "$1")
		shift
	done
	start dump "${verbosity--q}" -j 2 --name drop -r "$recipient" -d "$url/${database-faults}" "${targets[@]}" "${@:2}"
}

# slowly_to TARGET... [-- OPTION...]: the same, but no faster than 10 MB/s, since it goes to a slow reader behind them, too.
slowly_to() {
	local targets=()
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		targets+=("$1")
		shift
	done
	mkfifo slow
	in_background read_slowly
	to "${targets[@]}" - "$@" >slow
}

# read_slowly [BYTES]: no more than so many, which are whole MB.
read_slowly() {
	local left=${1-1000000000}
	while [ "$left" -gt 0 ] && [ "$(head -c 1000000 | wc -c)" = 1000000 ]; do
		left=$((left - 1000000))
		sleep 0.1
	done <slow
}

# partly RECEIVER BYTES: it has more than so many bytes of the drop, but not all.
partly() {
	[ -n "$(find "$tailnet/$1/state/files" -name 'drop.*partial' -size "+${2}c" 2>/dev/null)" ]
}

# has_drop RECEIVER: the very same bytes as the file `copy`, and no other file.
has_drop() {
	wait_until 20 received "$1" drop
	cmp copy "$tailnet/$1/inbox/drop"
	[ "$(ls "$tailnet/$1/inbox")" = drop ] || fail "more has arrived:" "$(ls "$tailnet/$1/inbox")"
}

# nothing_stays: no process of ours, no file of the spool or the node, and the node has logged out.
nothing_stays() {
	nothing_in temp
	wait_until 5 node_is dynodrop logged-out
	! pgrep -f "$BATS_TEST_TMPDIR" >left || fail "processes are left:" "$(cat left)"
}

sender() {
	pgrep -f "^$(command -v tailscale) .*$BATS_TEST_TMPDIR.* file cp "
}

# resumed BYTES: the senders that have gone on where a receiver's partial file ended have left out nine tenths of these, all together.
resumed() {
	local offsets
	offsets=$(sed -n 's/.*resuming put at offset \([0-9]*\) .*/\1/p' temp/*/tailscaled.log | awk '{ sum += $1 } END { print sum + 0 }')
	[ "$offsets" -ge $(($1 * 9 / 10)) ]
}

partial_size() {
	find "$tailnet/$1/state/files" -name 'drop.*partial' -printf '%s\n'
}

# Of the pipe that was held open as descriptor 7.
read_the_rest() {
	cat <slow >/dev/null 3>&- 7>&- &
	helper_pids+=($!)
	exec 7>&-
}
