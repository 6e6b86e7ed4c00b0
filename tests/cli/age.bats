#!/usr/bin/env bats
# The age format as its own program knows it, in both directions; passphrases, identity files and recipients as the commands take
# them; and that no secret is shown or left behind.
#
# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2094 # url comes from helpers.bash, key and recipient from faults.bash; `bash -c` has its own variables; each test is a subshell

load helpers
load faults

# Another seed gives other sizes: AGE_SEED=$RANDOM tests/run tests/cli/age.bats
seed=${AGE_SEED:-20261122}
terminal=$BATS_TEST_DIRNAME/../tools/at_terminal
secret='correct horse: battery staple'

setup_file() {
	local i
	use "$(newest)"
	cd "$BATS_FILE_TMPDIR" || return
	export HOME=$BATS_FILE_TMPDIR
	new_database aged
	query -d aged -c 'CREATE TABLE small AS SELECT i FROM generate_series(1, 100) i'
	for i in 1 2 3 4 5; do
		"$DYNODROP" keygen -o "key$i" >"recipient$i" 2>/dev/null
	done
	ln -s recipient1 recipient
	ln -s key1 key
	"$DYNODROP" dump -q -d "$url/aged" -r "$(cat recipient)" -t small.age
	"$DYNODROP" open -i key1 small.age | cat >small.archive
	BACKUP_PASSPHRASE=$secret "$DYNODROP" dump -q -d "$url/aged" -p BACKUP_PASSPHRASE -t secret.age
	DYNODROP_PASSPHRASE=$secret "$DYNODROP" keygen --passphrase -o secret_key >secret_recipient 2>/dev/null
	# Whoever runs the tests may have a terminal, which is not to be asked at.
	cat >no_terminal <<-SH
		#!/bin/sh
		exec python3 -c 'import subprocess, sys
		sys.exit(subprocess.call(sys.argv[1:], start_new_session=True))' '$DYNODROP' "\$@"
	SH
	chmod +x no_terminal
}

setup() {
	use "$(newest)"
	in_own_folder
	umask 077
	files=$BATS_FILE_TMPDIR
	small=$files/small.age
}

teardown() {
	end_all
}

agebox() {
	"$BUILD/tests/tools/agebox" "$@"
}

# Sizes at and around the borders of pieces, and some from anywhere.
make_sizes() {
	python3 -c 'import random, sys
r = random.Random(int(sys.argv[1]))
sizes = [0, 1] + [n * 65536 + d for n in (1, 2, 3) for d in (-1, 0, 1)]
while len(sizes) < 200:
    near = r.randint(0, 4) * 65536 + r.choice([-17, -16, -15, 15, 16, 17, r.randint(-40, 40)])
    sizes.append(max(0, r.choice([near, near, r.randint(0, 300000)])))
print(*sizes, sep="\n")' "$seed" >sizes
	echo "# 200 sizes of seed $seed" >&3
	[ "$(wc -l <sizes)" -eq 200 ]
	# The bytes that are encrypted: the first SIZE of these.
	python3 -c 'import random, sys
sys.stdout.buffer.write(random.Random(int(sys.argv[1])).randbytes(400000))' "$seed" >bytes
}

# each_size COMMAND: runs it with every size, which it finds in ./plain too, half of them beside the other half.
each_size() {
	local part job jobs=()
	make_sizes
	for part in 0 1; do
		mkdir "part$part"
		(
			cd "part$part" || exit
			set -o pipefail
			while read -r size; do
				head -c "$size" ../bytes >plain
				"$1" "$size" || fail "size $size, seed $seed"
			done < <(awk -v part=$part 'NR % 2 == part' ../sizes)
		) 3>&- &
		jobs+=($!)
	done
	for job in "${jobs[@]}"; do
		wait "$job"
	done
}

recipients() {
	cat "$files"/recipient[1-5]
}

@test "stock age opens what is sealed here, at 200 sizes around the borders of pieces, to one recipient and to five" {
	sealed_here() {
		agebox seal "$(cat "$files/recipient1")" <plain | age -d -i "$files/key1" | cmp - plain || return 1
		# shellcheck disable=SC2046 # five words
		agebox seal $(recipients) <plain | age -d -i "$files/key$(($1 % 5 + 1))" | cmp - plain
	}
	each_size sealed_here
}

@test "what stock age seals is opened here, at 200 sizes around the borders of pieces, to one recipient and to five, armored and not" {
	local five=()
	for i in 1 2 3 4 5; do five+=(-R "$files/recipient$i"); done
	sealed_there() {
		age -R "$files/recipient1" <plain | agebox open "$files/key1" | cmp - plain || return 1
		age "${five[@]}" <plain | agebox open "$files/key$(($1 % 5 + 1))" | cmp - plain || return 1
		age -a -R "$files/recipient1" <plain | agebox open "$files/key1" | cmp - plain
	}
	each_size sealed_there
}

@test "a passphrase goes both ways, armored and not" {
	local size
	make_sizes
	export AGEBOX_PASSPHRASE=$secret
	for size in 0 65537; do
		head -c $size bytes >plain
		agebox seal <plain >sealed
		"$terminal" screen "$secret" -- age -d sealed | cmp - plain
		"$terminal" screen "$secret" "$secret" -- age -p -o aged plain
		agebox open <aged | cmp - plain
	done
	"$terminal" screen "$secret" "$secret" -- age -p -a -o armored plain
	grep -q 'BEGIN AGE' armored
	agebox open <armored | cmp - plain
}

# opens_to_small [ARGUMENT]...: `open` with these gives the small database's archive, and `list` shows its table.
opens_to_small() {
	"$DYNODROP" open "$@" | cat >opened
	cmp opened "$files/small.archive" || fail "open $*"
	"$DYNODROP" list "$@" >listed
	grep -qE '100 .*public\.small$' listed || fail "list $*" "$(cat listed)"
}

@test "a drop that was armored opens, from a file and from standard input" {
	age -d -i "$key" "$small" | age -a -r "$recipient" >armored
	opens_to_small -i "$key" armored
	sed 's/$/\r/' armored >crlf
	opens_to_small -i "$key" crlf
	"$DYNODROP" open -i "$key" - <armored | cat | cmp - "$files/small.archive"
	# Without an identity: what it is, and the size of the file.
	"$DYNODROP" list armored >listed
	grep -qF "armored, encrypted to 1 recipient (X25519), $(wc -c <armored | tr -d ' ') bytes" listed || fail "$(cat listed)"
}

@test "an armored drop that was damaged is refused" {
	age -d -i "$key" "$small" | age -a -r "$recipient" >armored
	sed '$d' armored >short
	fails 1 'short: .*malformed ASCII armor' open -i "$key" -o archive short
	sed '5s/^..../????/' armored >altered
	fails 1 'altered: .*malformed ASCII armor' open -i "$key" -o archive altered
	[ ! -e archive ] && [ ! -e archive.partial ]
}

same_form() {
	sed -E 's/^(# created: )[-0-9]{10}T[:0-9]{8}Z$/\1TIME/; s/age1[a-z0-9]{58}$/PUBLIC/; s/^(AGE-SECRET-KEY-1)[A-Z0-9]{58}$/\1SECRET/' "$1"
}

@test "keygen writes the file that age-keygen writes" {
	TZ=UTC age-keygen -o theirs 2>/dev/null
	"$DYNODROP" keygen -o ours >/dev/null 2>&1
	same_form theirs >expected
	printf '# created: TIME\n# public key: PUBLIC\nAGE-SECRET-KEY-1SECRET\n' | cmp - expected
	same_form ours | cmp - expected
	"$DYNODROP" keygen -o - 2>stderr >stdout
	same_form stdout | cmp - expected
	[ ! -s stderr ]
}

@test "keygen -y prints the public keys of an identity file, as age-keygen does" {
	age-keygen -o theirs 2>/dev/null
	cat theirs "$files/key2" >both
	"$DYNODROP" keygen -y both >ours
	age-keygen -y both | cmp - ours
	[ "$(wc -l <ours)" -eq 2 ]
	"$DYNODROP" keygen -y - <both | cmp - ours
	[ "$(age-keygen -y "$key")" = "$recipient" ]
	DYNODROP_PASSPHRASE=$secret "$DYNODROP" keygen -y "$files/secret_key" | cmp - "$files/secret_recipient"
}

@test "keygen -y makes nothing, and is refused where it would have to" {
	fails 2 '-y makes no identity' keygen -y "$key" -o new_key
	fails 2 '-y makes no identity' keygen --passphrase -y "$key"
	fails 2 'option -y needs a value' keygen -y
	fails 1 'nowhere: No such file' keygen -y nowhere
	[ ! -e new_key ]
}

@test "keygen --passphrase asks twice without showing it, and age opens what it wrote" {
	"$terminal" screen "$secret" "$secret" -- "$DYNODROP" keygen --passphrase -o new_key >public 2>stderr
	[[ $(ls -l new_key) == -rw-------* ]]
	run -1 grep -a AGE-SECRET new_key
	run -1 grep -aF "${secret:0:7}" new_key screen public stderr
	"$terminal" screen "$secret" -- age -d -o inside new_key
	same_form inside >form
	printf '# created: TIME\n# public key: PUBLIC\nAGE-SECRET-KEY-1SECRET\n' | cmp - form
	[ "$(age-keygen -y inside)" = "$(cat public)" ]
}

@test "an identity that has a passphrase opens a drop, asked for once or from the variable" {
	age -d -i "$key" "$small" | age -r "$(cat "$files/secret_recipient")" >for_secret_key
	"$terminal" screen "$secret" -- "$DYNODROP" open -i "$files/secret_key" for_secret_key | cat >opened
	cmp opened "$files/small.archive"
	[ "$(grep -c 'Passphrase of .*secret_key: ' screen)" = 1 ]
	run -1 grep -aF "${secret:0:7}" screen
	export DYNODROP_PASSPHRASE=$secret
	opens_to_small -i "$files/secret_key" for_secret_key
	# As age makes them.
	"$terminal" screen "$secret" "$secret" -- age -p -o by_age "$key"
	opens_to_small -i by_age "$small"
	"$terminal" screen "$secret" "$secret" -- age -p -a -o by_age_armored "$key"
	opens_to_small -i by_age_armored "$small"
	"$DYNODROP" open -i - "$small" <by_age | cat | cmp - "$files/small.archive"
}

@test "a wrong passphrase of an identity is an error that says where it came from" {
	DYNODROP_PASSPHRASE=wrong fails 1 'identity file .*secret_key \(opened with DYNODROP_PASSPHRASE\): the passphrase is wrong' \
		open -i "$files/secret_key" "$small"
	run -1 "$terminal" screen wrong -- "$DYNODROP" open -i "$files/secret_key" -o archive "$small"
	[[ $output == *"secret_key: the passphrase is wrong" ]]
	[ ! -e archive ]
}

@test "no new identity is made of two passphrases that differ, an empty one, none, or without a terminal" {
	refused() {
		run -1 "$terminal" screen "${@:2}" -- "$DYNODROP" keygen --passphrase -o new_key
		[[ $output == "dynodrop: $1"* ]] || fail "$output"
		[ ! -e new_key ]
	}
	refused 'the two passphrases differ' "$secret" "$secret."
	refused 'the passphrase is empty' ''
	refused 'the question at the terminal was not answered' ^D
	refused 'the question at the terminal was not answered' "$secret" ^D
	refused 'the answer is longer than 1023 bytes' "$(printf '%01024d' 0)"
	DYNODROP=$files/no_terminal fails 1 'no terminal to ask .*set DYNODROP_PASSPHRASE' keygen --passphrase -o new_key
	DYNODROP_PASSPHRASE=$(printf '%01024d' 0) fails 1 'DYNODROP_PASSPHRASE is longer than 1023' keygen --passphrase -o new_key
	[ ! -e new_key ]
}

@test "nobody is asked for a passphrase when the file is there already" {
	echo precious >new_key
	DYNODROP=$files/no_terminal fails 1 'new_key is there already' keygen --passphrase -o new_key
	[ "$(cat new_key)" = precious ]
}

@test "a signal at the question ends it within 2 s, and the terminal is as it was" {
	local signal
	for signal in ^C:130 kill:INT:130 kill:TERM:143 kill:HUP:129; do
		# It ends with 99 where the terminal is not as it was.
		run -"${signal##*:}" "$terminal" screen "${signal%:*}" -- "$DYNODROP" keygen --passphrase -o new_key
		run -"${signal##*:}" "$terminal" screen "$secret" "${signal%:*}" -- "$DYNODROP" keygen --passphrase -o new_key
		run -"${signal##*:}" "$terminal" screen "${signal%:*}" -- "$DYNODROP" open -o archive "$files/secret.age"
		[[ $output == "dynodrop: "*"told to stop by SIG"* ]] || fail "$output"
		grep -qE '^\[[01]\.[0-9] s\]$' screen || fail "$(cat screen)"
	done
	[ ! -e new_key ] && [ ! -e archive ] && [ ! -e archive.partial ]
}

@test "the key that would kill it before the echo is back does nothing at the question" {
	"$terminal" screen $'\x1c'"$secret" $'\x1c'"$secret" -- "$DYNODROP" keygen --passphrase -o new_key
	[ -s new_key ]
}

@test "a drop made with -p is opened by age, and here from the terminal or the variable" {
	"$terminal" screen "$secret" -- age -d -o opened "$files/secret.age"
	[ "$(head -c 5 opened)" = PGDMP ]
	"$terminal" screen "$secret" -- "$DYNODROP" open -o ours "$files/secret.age"
	[ "$(grep -c 'Passphrase of .*secret.age: ' screen)" = 1 ]
	# But for the preamble and the summary.
	cmp <(pg_restore -l opened 2>/dev/null) <(pg_restore -l ours 2>/dev/null)
	[ "$(pg_restore -l ours 2>/dev/null | grep -c 'TABLE DATA')" -gt 0 ]
	"$terminal" screen "$secret" -- "$DYNODROP" list "$files/secret.age" >listed
	grep -qE '100 .*public\.small$' listed
	export DYNODROP_PASSPHRASE=$secret
	"$DYNODROP" open -o again "$files/secret.age"
	cmp again ours
	"$DYNODROP" list - <"$files/secret.age" >listed
	grep -qE '100 .*public\.small$' listed
	# An identity is not needed, and its own passphrase not asked for.
	"$DYNODROP" open -i "$files/key2" -o once_more "$files/secret.age"
	cmp once_more ours
}

@test "a drop with a passphrase is not opened with a wrong one, or without any" {
	DYNODROP_PASSPHRASE=wrong fails 1 'secret.age \(opened with DYNODROP_PASSPHRASE\): the passphrase is wrong' open -o archive "$files/secret.age"
	run -1 "$terminal" screen wrong -- "$DYNODROP" open -o archive "$files/secret.age"
	[[ $output == "dynodrop: $files/secret.age: the passphrase is wrong"* ]] || fail "$output"
	DYNODROP=$files/no_terminal fails 1 'secret.age: it needs a passphrase, and there is no terminal to ask for it: set DYNODROP_PASSPHRASE' \
		open -o archive "$files/secret.age"
	DYNODROP_PASSPHRASE='' DYNODROP=$files/no_terminal fails 1 'set DYNODROP_PASSPHRASE' open -o archive "$files/secret.age"
	[ ! -e archive ] && [ ! -e archive.partial ]
}

@test "list without a terminal tells that a drop has a passphrase, and its size" {
	"$files/no_terminal" list "$files/secret.age" >listed
	grep -qE "secret.age, encrypted with a passphrase, $(wc -c <"$files/secret.age" | tr -d ' ') bytes\$" listed || fail "$(cat listed)"
}

@test "dump refuses -p beside recipients, and a variable that holds nothing" {
	local nowhere=postgres://someone@127.0.0.1:1/shop
	export FULL=$secret EMPTY=
	fails 2 'exclude each other' dump -d "$nowhere" -t drops -p FULL -r "$recipient"
	fails 2 'exclude each other' dump -d "$nowhere" -t drops -R "$files/recipient" -p FULL
	fails 2 'variable EMPTY is not set, or empty' dump -d "$nowhere" -t drops -p EMPTY
	fails 2 'variable NEVER_SET is not set, or empty' dump -d "$nowhere" -t drops --passphrase-env NEVER_SET
	fails 2 'option -p needs a value' dump -p
	DYNODROP_RECIPIENTS=$recipient fails 1 'cannot connect' dump -d "$nowhere" -t drops -p FULL
	FULL=$(printf '%01024d' 0) fails 2 'option -p' dump -d "$nowhere" -t drops -p FULL
	nothing_in drops
}

@test "a passphrase given to -p itself is not repeated" {
	local wrong
	for wrong in "$secret" hunter2 Hunter "$secret="; do
		fails 2 'takes the name of a variable' dump -d "$url/aged" -t drops -p "$wrong"
		run -2 "$DYNODROP" dump -d "$url/aged" -t drops -p "$wrong"
		[[ $output != *"$wrong"* ]]
	done
	nothing_in drops
}

@test "no child of dump is given the passphrase" {
	mkdir bin
	cat >bin/pg_dump <<-SH
		#!/bin/bash
		{ printf '%s\n' "\$@"; env; } >>'$PWD/noted'
		exec '$(command -v pg_dump)' "\$@"
	SH
	chmod +x bin/pg_dump
	PATH=$PWD/bin:$PATH SHOP_PASSPHRASE=$secret DYNODROP_PASSPHRASE=$secret \
		"$DYNODROP" dump -v -d "$url/aged" -t drops -p SHOP_PASSPHRASE 2>said
	grep -q '^--snapshot' noted
	run -1 grep -F "${secret:0:7}" noted said
}

encrypted_to() {
	"$DYNODROP" list drops/*.age >listed
	grep -qF "encrypted to $1 recipient" listed || fail "$(cat listed)"
	rm drops/*.age
}

@test "-R takes recipients from files and from standard input, one a line" {
	{
		printf '# the office\n\n'
		cat "$files/recipient2"
		printf '  \r\n# the desk\r\n'
		sed 's/$/\r/' "$files/recipient3"
	} >team
	"$DYNODROP" dump -q -d "$url/aged" -t drops/two.age -R team
	age -d -i "$files/key3" drops/two.age >/dev/null
	encrypted_to 2
	"$DYNODROP" dump -q -d "$url/aged" -t drops/four.age -R team --recipients-file=- -r "$recipient" <"$files/recipient4"
	age -d -i "$files/key4" drops/four.age >/dev/null
	encrypted_to 4
}

@test "the same recipient twice is one, wherever it comes from" {
	cat "$files"/recipient[12] "$files/recipient1" >team
	"$DYNODROP" dump -q -d "$url/aged" -t drops/a.age -r "$recipient,$recipient" -r "$recipient" -R team
	encrypted_to 2
	DYNODROP_RECIPIENTS="$recipient, $(cat "$files/recipient2") $recipient" "$DYNODROP" dump -q -d "$url/aged" -t drops/a.age
	encrypted_to 2
	# The options win over the variable.
	DYNODROP_RECIPIENTS=$(cat "$files/recipient3") "$DYNODROP" dump -q -d "$url/aged" -t drops/a.age -R "$files/recipient1"
	encrypted_to 1
}

@test "a recipients file that is no good is refused with its line, and a secret key in it not repeated" {
	local nowhere=postgres://someone@127.0.0.1:1/shop key_text
	key_text=$(grep AGE-SECRET "$key")
	{ cat "$files/recipient2"; echo age1xyz; } >wrong
	fails 2 'option -R: wrong: line 2: ' dump -d "$nowhere" -t drops -R wrong
	echo '# nobody' >nobody
	fails 2 'option -R: nobody: there is no recipient in it' dump -d "$nowhere" -t drops -R nobody
	fails 2 'option -R: cannot open nowhere: No such file' dump -d "$nowhere" -t drops -R nowhere
	fails 2 'option -R: .*it is a directory' dump -d "$nowhere" -t drops -R drops
	fails 2 'secret key' dump -d "$nowhere" -t drops -R "$key"
	run -2 "$DYNODROP" dump -d "$nowhere" -t drops -R "$key"
	[[ $output != *"${key_text:20:10}"* ]]
	nothing_in drops
}

@test "of several identities any may be the one, in one file or with -i repeated, and - is standard input" {
	cat "$files"/key[2345] >others
	fails 1 'none of the identities' open -i others "$small"
	opens_to_small -i others -i "$key" "$small"
	opens_to_small -i "$key" -i others "$small"
	cat others "$key" >all
	opens_to_small -i all "$small"
	"$DYNODROP" open -i - "$small" <"$key" | cat | cmp - "$files/small.archive"
	"$DYNODROP" list -i others -i - "$small" <"$key" | grep -q public.small
	DYNODROP_IDENTITY=$key opens_to_small "$small"
}

@test "standard input is never taken for two things" {
	fails 2 'standard input \(-\) can be only one' open -i - -
	fails 2 'standard input \(-\) can be only one' list -i - -
	fails 2 'standard input \(-\) can be only one' open -i - -i - "$small"
	DYNODROP_IDENTITY=- fails 2 'standard input \(-\) can be only one' open -
}

@test "an identity file that others can read gets one warning, others none" {
	warnings() {
		"$DYNODROP" open -i "$1" "$2" 2>stderr | cat >opened
		cmp opened "$files/small.archive"
		grep -c "warning: identity file $1 can be read by others (mode 0$3).*chmod 600" stderr || true
	}
	cp "$key" mine
	for mode in 644 640 604; do
		chmod $mode mine
		[ "$(warnings mine "$small" $mode)" = 1 ]
		[ "$(wc -l <stderr)" -eq 1 ]
	done
	chmod 600 mine
	[ "$(warnings mine "$small" 600)" = 0 ]
	chmod 400 mine
	[ "$(warnings mine "$small" 400)" = 0 ]
	[ "$(warnings <(cat mine) "$small" 600)" = 0 ]
	[ ! -s stderr ]
	# One that is encrypted is no secret by itself.
	cp "$files/secret_key" encrypted
	chmod 644 encrypted
	DYNODROP_PASSPHRASE=$secret "$DYNODROP" keygen -y encrypted 2>stderr
	[ ! -s stderr ]
}

# Whoever runs the tests, as a user who has no rights over other users' processes.
without_privileges() {
	if [ "$(id -u)" = 0 ]; then
		command -v setpriv >/dev/null || skip "needs setpriv, or not to be root"
		setpriv --bounding-set=-all "$@"
	else
		"$@"
	fi
}

@test "while it runs, no other process of the user can look into its memory or its variables" {
	[ -e /proc/self/environ ] || skip "needs /proc"
	if nm "$DYNODROP" 2>/dev/null | grep -q __asan_init; then skip "the leak checker must look into it"; fi
	mkfifo pipe
	without_privileges bash -c '
		sleep 20 <pipe & other=$!
		"$0" open -i "$1" - <pipe & pid=$!
		exec 7>pipe
		while [ "$(cat /proc/$pid/comm)" != dynodrop ]; do sleep 0.1; done
		sleep 0.3
		cat /proc/$other/environ >other.environ
		cat /proc/$pid/environ >its.environ
		kill $other $pid' "$DYNODROP" "$key" 2>stderr || true
	[ -s other.environ ] || skip "no process can look into another here"
	[ ! -s its.environ ]
	grep -q 'its.environ\|/environ: Permission denied' stderr || fail "$(cat stderr)"
}

@test "a crash leaves no core dump, of it or of a child" {
	local dumped='import os, resource, signal, subprocess, sys, time
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
time.sleep(0.3)
if os.path.exists("/proc/self/limits"):
    print([line.split()[4] for line in open("/proc/%d/limits" % child.pid) if line.startswith("Max core")][0])
child.send_signal(signal.SIGSEGV)
print(os.WCOREDUMP(os.waitpid(child.pid, 0)[1]))'
	if nm "$DYNODROP" 2>/dev/null | grep -q __asan_init; then skip "the sanitizer catches the signal"; fi
	run -0 python3 -c "$dumped" sleep 20
	[[ $output == *True ]] || skip "the system makes no core dumps"
	run -0 python3 -c "$dumped" "$DYNODROP" open -i "$key" -
	[[ $output == *False ]]
	[[ $output == $'0\n'* ]] || [ ! -e /proc/self/limits ]
}

@test "an ordinary user's identity may come from a process substitution" {
	local folder
	folder=$(mktemp -d "${TMPDIR:-/tmp}/dynodrop-user.XXXXXX")
	cp "$key" "$small" "$folder"
	chmod -R a+rX "$folder"
	local as_user=()
	[ "$(id -u)" != 0 ] || as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	if ! "${as_user[@]}" test -x "$DYNODROP" -a -r "$folder/small.age"; then
		rm -r "$folder"
		skip "another user cannot reach the program"
	fi
	"${as_user[@]}" bash -c '"$0" open -i <(cat "$1/key") <(cat "$1/small.age") | cat' "$DYNODROP" "$folder" >opened
	rm -r "$folder"
	cmp opened "$files/small.archive"
}
