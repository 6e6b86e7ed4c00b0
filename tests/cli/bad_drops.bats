#!/usr/bin/env bats
# What `open`, `list` and `verify` say to drops, keys and outputs that are no good, and that they leave nothing behind.
#
# shellcheck disable=SC2154,SC2016 # key, recipient and pid come from faults.bash; `bash -c` has its own variables

load helpers
load faults

setup_file() {
	setup_faults "$(newest)"
	"$DYNODROP" dump -q -d "$url/faults" -r "$(cat recipient)" -t small.age -- -t public.small
	"$DYNODROP" dump -q -d "$url/faults" -r "$(cat recipient)" -t big.age
}

setup() {
	in_own_folder
	small=$BATS_FILE_TMPDIR/small.age
	big=$BATS_FILE_TMPDIR/big.age
}

teardown() {
	end_all
}

# refused PATTERN DROP: by open, to a file and to a pipe, by list and by verify.
refused() {
	fails 1 "$1" open -i "$key" -o archive "$2"
	[ ! -e archive ] && [ ! -e archive.partial ]
	# What a pipe got of the beginning cannot be taken back.
	run -1 bash -c '"$0" open -i "$1" "$2" 2>stderr | cat >piped; exit "${PIPESTATUS[0]}"' "$DYNODROP" "$key" "$2"
	one_error_line stderr "$1"
	fails 1 "$1" list -i "$key" "$2"
	fails 1 "$1" verify -i "$key" "$2"
}

@test "a drop that another key opens is refused" {
	"$DYNODROP" keygen -o other_key >/dev/null 2>&1
	key=other_key refused 'small.age: none of the identities can open this drop' "$small"
}

@test "an empty file is refused" {
	: >empty
	refused 'empty: .*(empty|truncated|no age file|not an age file)' empty
}

@test "an archive that was never encrypted is refused" {
	"$DYNODROP" open -i "$key" "$small" >plain
	refused 'plain: .*not an age file' plain
}

@test "a text is refused" {
	echo "Dear diary" >diary.txt
	refused 'diary.txt: .*not an age file' diary.txt
}

@test "an age file that holds no archive is refused" {
	echo "Dear diary" | age -r "$recipient" >diary.age
	refused 'diary.age: .*archive' diary.age
}

@test "a folder is refused" {
	refused 'drops: it is a directory' drops
}

@test "a file that is not there is refused" {
	refused 'cannot open nowhere.age: No such file' nowhere.age
}

@test "a file that may not be read is refused" {
	cp "$small" unreadable.age
	chmod 000 unreadable.age
	run -1 as_ordinary_user "$DYNODROP" open -i "$key" -o archive unreadable.age
	[[ $output == "dynodrop: cannot open unreadable.age: Permission denied" ]]
	run -1 as_ordinary_user "$DYNODROP" list -i "$key" unreadable.age
	[[ $output == "dynodrop: cannot open unreadable.age: Permission denied" ]]
	[ ! -e archive ] && [ ! -e archive.partial ]
}

@test "a file cannot be made where the user may not write" {
	chmod 500 drops
	run -1 as_ordinary_user "$DYNODROP" open -i "$key" -o drops/archive "$small"
	[[ $output == "dynodrop: cannot create drops/archive.partial: Permission denied" ]]
	nothing_in drops
}

@test "a truncated drop leaves neither the file nor its .partial" {
	head -c 200000 "$big" >truncated.age
	refused 'the drop is truncated' truncated.age
}

@test "an altered drop leaves neither the file nor its .partial" {
	cp "$big" altered.age
	printf 'x' | dd of=altered.age bs=1 seek=5000000 conv=notrunc 2>/dev/null
	cmp -s "$big" altered.age && fail "it is not altered"
	refused 'the drop is altered or damaged near byte' altered.age
}

@test "an older file stays as it was when a bad drop is opened over it" {
	head -c 200000 "$big" >truncated.age
	echo "last week's" >archive
	fails 1 truncated open -i "$key" -o archive truncated.age
	[ "$(cat archive)" = "last week's" ]
	[ ! -e archive.partial ]
}

@test "a good drop replaces an older file" {
	echo "last week's" >archive
	"$DYNODROP" open -i "$key" -o archive "$small"
	[ "$(head -c 5 archive)" = PGDMP ]
	[ ! -e archive.partial ]
}

@test "an identity that is not there, empty, a public key or another program's is refused" {
	: >empty
	echo "$recipient" >public
	printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\n-----END OPENSSH PRIVATE KEY-----\n' >ssh
	echo AGE-PLUGIN-YUBIKEY-1QQPQQQQQQQQQQQQQQQQ >plugin
	fails 1 'nowhere: No such file' open -i nowhere -o archive "$small"
	fails 1 'identity file empty: ' open -i empty -o archive "$small"
	fails 1 'identity file public: .*(public|recipient)' open -i public -o archive "$small"
	fails 1 'identity file ssh: .*SSH' open -i ssh -o archive "$small"
	fails 1 'identity file plugin: .*plugin' open -i plugin -o archive "$small"
	fails 1 'drops: it is a directory' open -i drops -o archive "$small"
	fails 1 'no identity: .*keygen' open -o archive "$small"
	[ ! -e archive ] && [ ! -e archive.partial ]
}

@test "an archive is never written to a terminal" {
	have_script
	run -2 on_terminal "$DYNODROP" open -i "$key" "$small"
	tr -d '\r' <screen >stderr
	one_error_line stderr 'terminal: give -o FILE'
	run -2 on_terminal "$DYNODROP" open -i "$key" -o - "$small"
	run -1 on_terminal "$DYNODROP" open -i "$key" -o /dev/tty "$small"
	run -1 grep -q PGDMP screen
}

@test "a reader that has gone is an error that says so" {
	run -0 bash -c '"$0" open -i "$1" "$2" 2>stderr | true; echo "${PIPESTATUS[0]}"' "$DYNODROP" "$key" "$big"
	[ "$output" = 1 ]
	one_error_line stderr 'standard output: its reader has gone'
}

@test "a full disk is an error, and leaves nothing" {
	[ -e /dev/full ] || skip "needs /dev/full"
	run -1 bash -c '"$0" open -i "$1" "$2" 2>stderr >/dev/full' "$DYNODROP" "$key" "$small"
	one_error_line stderr 'standard output: No space left'
	run -1 bash -c '"$0" list -i "$1" "$2" 2>stderr >/dev/full' "$DYNODROP" "$key" "$small"
	one_error_line stderr 'standard output: No space left'
}

@test "a folder that is not there or not a folder is refused as a place for the archive" {
	fails 1 'nowhere/archive' open -i "$key" -o nowhere/archive "$small"
	fails 1 'drops: it is there and no regular file' open -i "$key" -o drops "$small"
	nothing_in drops
}

# stopped_by SIGNAL CODE COMMAND: within 2 s, with nothing left.
stopped_by() {
	kill -s "$1" "$pid"
	ends "$2" 2
	one_error_line stderr "SIG$1"
	[ ! -e archive ] && [ ! -e archive.partial ]
}

@test "a signal ends open while it waits for its input, and nothing is left" {
	local signal
	mkfifo pipe
	for signal in HUP:129 INT:130 TERM:143; do
		exec 7<>pipe
		start open -i "$key" -o archive - <&7
		# It has the beginning, and waits for the rest.
		head -c 200000 "$big" >&7
		wait_until 5 test -e archive.partial
		stopped_by "${signal%:*}" "${signal#*:}"
		exec 7>&-
	done
}

@test "a signal ends open while nobody reads what it writes" {
	local signal
	mkfifo pipe
	for signal in HUP:129 INT:130 TERM:143; do
		exec 7<>pipe
		start open -i "$key" "$big" >&7
		sleep 0.3
		! has_ended "$pid"
		stopped_by "${signal%:*}" "${signal#*:}"
		exec 7>&-
	done
}
