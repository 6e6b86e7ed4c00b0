#!/usr/bin/env bats
# Drops that come in parts, as `split` makes them: `open`, `list` and `verify` of them, beside what age makes of the parts put together.
#
# shellcheck disable=SC2154,SC2030,SC2031 # key, recipient and pid come from faults.bash; each test is a subshell

load helpers
load faults

setup_file() {
	setup_key "$(newest)"
	new_database parted
	query -d parted <<-SQL >/dev/null
		CREATE TABLE small AS SELECT i FROM generate_series(1, 100) i;
		CREATE TABLE big AS SELECT i, md5(random()::text) || md5(random()::text) AS t FROM generate_series(1, 40000) i;
	SQL
	"$DYNODROP" dump -q -d "$url/parted" -r "$(cat recipient)" -t whole.age
	"$DYNODROP" dump -q -d "$url/parted" -r "$(cat recipient)" -t small.age -- -t public.small
	DROP_PASSPHRASE=secret "$DYNODROP" dump -q -d "$url/parted" -p DROP_PASSPHRASE -t secret.age
	# What age makes of it is byte for byte what `open` does: there are no records to leave out. A pg_dump that writes to a file
	# fills in where in it the data lie.
	pg_dump -Fc -Z0 -d parted | cat >stock.dump
	age -r "$(cat recipient)" <stock.dump >stock.age
	age -a -r "$(cat recipient)" <stock.dump >armored.age
}

setup() {
	split --version 2>/dev/null | grep -q GNU || skip "needs GNU split"
	in_own_folder
	files=$BATS_FILE_TMPDIR
}

teardown() {
	end_all
}

# cut_into_parts FILE BYTES [NAME]: into NAME.001, NAME.002 and so on (drop.001 and so on), of which there are two at least.
cut_into_parts() {
	split -a 3 --numeric-suffixes=1 -b "$2" "$files/$1" "${3-drop}."
	[ -e "${3-drop}.002" ]
}

last_part() {
	find . -name 'drop.[0-9]*' | sort | tail -n 1
}

# opened_as_age_does ARGUMENT...: what `open` gives is what age makes of the stock drop, and `verify` finds all in it.
opened_as_age_does() {
	"$DYNODROP" open -i "$key" "$@" | cat | cmp - "$files/stock.dump"
	"$DYNODROP" verify -i "$key" "$@" | grep -q " is whole: 2 tables, 40100 rows, "
}

# refused CODE PATTERN ARGUMENT...: by open, which leaves no file, by list and by verify.
refused() {
	fails "$1" "$2" open -i "$key" -o archive "${@:3}"
	[ ! -e archive ] && [ ! -e archive.partial ]
	fails "$1" "$2" list -i "$key" "${@:3}"
	fails "$1" "$2" verify -i "$key" "${@:3}"
}

@test "parts named in any order open to what age makes of them put together" {
	cut_into_parts stock.age 400000
	cat drop.* | age -d -i "$key" | cmp - "$files/stock.dump"
	opened_as_age_does drop.*
	# shellcheck disable=SC2046 # one word each
	opened_as_age_does $(printf '%s\n' drop.* | sort -r)
	opened_as_age_does drop.00[5-7] drop.00[1-3] drop.008 drop.004
}

@test "the first part alone opens all that lie beside it, from any folder, and nothing else" {
	cut_into_parts stock.age 400000
	cp "$files/small.age" drop.age
	cp "$files/small.age" drops.002
	cp "$files/small.age" drop.999.partial
	opened_as_age_does drop.001
	opened_as_age_does "$PWD/drop.001"
	cd drops
	opened_as_age_does ../drop.001
}

@test "parts of any size make a drop: of a header in several, of more than 999, armored" {
	local file
	for file in stock armored; do
		python3 -c 'import sys
with open(sys.argv[1], "rb") as drop:
    for number, part in enumerate(iter(lambda: drop.read(2500), b""), 1):
        open("%s.%03d" % (sys.argv[2], number), "wb").write(part)' "$files/$file.age" "$file"
		[ -e "$file.1000" ]
		opened_as_age_does "$file.001"
		opened_as_age_does "$file".*
	done
	split -a 3 --numeric-suffixes=1 -b 40 <(head -c 4000 "$files/stock.age") tiny.
	tail -c +4001 "$files/stock.age" >tiny.101
	opened_as_age_does tiny.001
}

@test "parts in different folders are named one by one" {
	cut_into_parts stock.age 2000000
	[ "$(last_part)" = ./drop.002 ]
	mv drop.002 drops
	opened_as_age_does drops/drop.002 drop.001
	refused 1 'the drop is truncated' drop.001
}

@test "a drop in parts is listed, verified and opened as the same drop in one" {
	local drop
	cut_into_parts whole.age 300000
	for drop in drop.001 "$files/whole.age"; do
		"$DYNODROP" list -i "$key" "$drop" | tail -n +2 >"${drop##*.}.listed"
		"$DYNODROP" verify -v -i "$key" "$drop" | sed 's/.* is whole: //' >"${drop##*.}.verified"
		"$DYNODROP" open -i "$key" -o "${drop##*.}.opened" "$drop"
	done
	[ -s 001.listed ] && [ -s 001.verified ] && [ -s 001.opened ]
	cmp 001.listed age.listed
	cmp 001.verified age.verified
	cmp 001.opened age.opened
	"$DYNODROP" verify -i "$key" drop.001 | grep -q "^drop ($(find . -name 'drop.*' | wc -l) parts) is whole: "
}

@test "list without an identity tells the size of all parts together" {
	cut_into_parts whole.age 300000
	"$DYNODROP" list drop.001 >listed
	grep -qE "^drop \([0-9]+ parts\), encrypted to 1 recipient.*, $(wc -c <"$files/whole.age") bytes\$" listed || fail "$(cat listed)"
}

@test "the identity may come from standard input, and a drop with a passphrase in parts" {
	cut_into_parts stock.age 400000
	"$DYNODROP" open -i - drop.* <"$key" | cat | cmp - "$files/stock.dump"
	cut_into_parts secret.age 400000 secret
	DYNODROP_PASSPHRASE=secret "$DYNODROP" verify secret.001 | grep -q '^secret ([0-9]* parts) is whole'
	DYNODROP_PASSPHRASE=wrong fails 1 '^dynodrop: secret \([0-9]+ parts\) \(opened with DYNODROP_PASSPHRASE\): the passphrase is wrong$' verify secret.001
}

@test "a missing part in the middle is told by its name, before anything is written" {
	cut_into_parts stock.age 400000
	mv drop.002 drops
	refused 1 '^dynodrop: drop\.002 is missing: ' drop.*
	refused 1 '^dynodrop: drop\.002 is missing: ' drop.001
	rm drop.004
	refused 1 '^dynodrop: drop\.002 and 1 more are missing: ' drop.001
	[ "$("$DYNODROP" open -i "$key" drop.001 2>stderr | wc -c)" -eq 0 ]
}

@test "a missing first part is told by its name" {
	cut_into_parts stock.age 400000
	mv drop.001 drops
	refused 1 '^dynodrop: drop\.001 is missing: ' drop.*
	refused 1 'drop\.002: not an age file: .* it is part 2 of a drop, whose first part, drop\.001, is missing$' drop.002
	refused 1 '^dynodrop: cannot open drop\.001: No such file' drop.001
}

@test "a part that lies there and was not named is wrong usage" {
	cut_into_parts stock.age 400000
	refused 2 '^dynodrop: drop\.002 belongs to the drop too: name all' drop.001 drop.003
	refused 2 '^dynodrop: drop\.001 belongs to the drop too: name all' drop.002
	refused 1 '; drop\.003 is there and was not named: name all' drop.002 drop.001
}

@test "where the last part is missing, as age finds, its name is told" {
	local last
	cut_into_parts stock.age 400000
	last=$(last_part)
	rm "$last"
	run -1 bash -c "cat drop.* | age -d -i $key >aged"
	refused 1 "truncated.*; either the part that follows, ${last#./}, is missing, or drop\.[0-9]+ is damaged or of another drop\$" drop.001
	refused 1 "truncated.*; either the part that follows, ${last#./}, is missing" drop.*
	rm drop.00[2-9]
	refused 1 'truncated.*; either the part that follows, drop\.002, is missing, or drop\.001 is damaged$' drop.001
}

@test "where the last part is missing and the one before ends with a piece, its name is told" {
	local header
	# It ends with the line of its MAC, of 48 bytes. Behind it stands the nonce, of 16; a piece has 65552.
	header=$(($(grep -abo -m 1 -e '^--- ' "$files/stock.age" | cut -d: -f1) + 48))
	head -c $((header + 16 + 3 * 65552)) "$files/stock.age" >drop.001
	refused 1 'the drop is truncated: it ends behind piece 3 .*; either the part that follows, drop\.002, is missing' drop.001
	tail -c +"$(($(wc -c <drop.001) + 1))" "$files/stock.age" >drop.002
	opened_as_age_does drop.001
}

@test "where the last part of an armored drop is missing, its name is told" {
	local last
	cut_into_parts armored.age 400000
	last=$(last_part)
	rm "$last"
	refused 1 "truncated.*; either the part that follows, ${last#./}, is missing" drop.001
}

@test "a part named twice is wrong usage" {
	cut_into_parts stock.age 400000
	refused 2 '^dynodrop: drop\.002 is named twice' drop.* drop.002
	refused 2 'drop\.001 is named twice' drop.* "$PWD/drop.001"
}

@test "parts mixed with what is none, with another drop's or with standard input are wrong usage" {
	cut_into_parts stock.age 400000
	cut_into_parts small.age 1000 other
	refused 2 'whole\.age is no part$' drop.* "$files/whole.age"
	refused 2 'whole\.age is no part$' "$files/whole.age" drop.001
	refused 2 ' are parts of two drops: ' drop.* other.*
	refused 2 '^dynodrop: standard input \(-\) is a whole drop: ' drop.* -
	refused 2 '^dynodrop: standard input \(-\) is a whole drop: ' - drop.001
}

@test "a part that is altered is named, or where it may be the one before, so is that" {
	cut_into_parts stock.age 400000
	printf 'damaged' | dd of=drop.003 bs=1 seek=250000 conv=notrunc 2>/dev/null
	refused 1 'altered or damaged near byte [0-9]+: piece [0-9]+ does not authenticate \(in drop\.003\)$' drop.001
	cut_into_parts stock.age 400000
	printf 'damaged' | dd of=drop.003 bs=1 seek=20 conv=notrunc 2>/dev/null
	refused 1 'does not authenticate \(in drop\.003 or before it\)$' drop.001
	# One that did not come whole shows in the next.
	cut_into_parts stock.age 400000
	head -c 399000 "$files/stock.age" >drop.001
	refused 1 'does not authenticate \(in drop\.002 or before it\)$' drop.001
}

@test "parts that changed places, another drop's and one too many are refused" {
	local last
	cut_into_parts stock.age 400000
	mv drop.002 kept
	mv drop.003 drop.002
	mv kept drop.003
	refused 1 'does not authenticate \(in drop\.002 or before it\)$' drop.001
	cut_into_parts whole.age 400000 other
	cut_into_parts stock.age 400000
	mv other.002 drop.002
	refused 1 'does not authenticate \(in drop\.002 or before it\)$' drop.001
	cut_into_parts stock.age 400000
	last=$(last_part)
	last=${last##*.}
	mv other.001 "drop.$(printf %03d $((10#$last + 1)))"
	refused 1 "does not authenticate \(in drop\.$(printf %03d $((10#$last + 1))) or before it\)\$" drop.001
}

@test "an empty part is refused, and one that may not be read, before anything is written" {
	cut_into_parts stock.age 400000
	: >drop.003
	refused 1 '^dynodrop: drop\.003 is empty: ' drop.001
	cut_into_parts stock.age 400000
	chmod 000 drop.003
	run -1 as_ordinary_user "$DYNODROP" open -i "$key" drop.001
	[[ $output == "dynodrop: cannot open drop.003: Permission denied" ]]
}

# start_held COMMAND: of a drop whose second part is a pipe, which is descriptor 7 once that part is being read.
start_held() {
	cut_into_parts stock.age 400000
	mv drop.002 kept
	mkfifo drop.002
	start "$1" -i "$key" drop.001
	exec 7>drop.002
}

@test "parts are opened one after the other, and one that has gone by then is told as that" {
	start_held verify
	rm drop.003
	cat kept >&7
	exec 7>&-
	ends 1 5
	one_error_line stderr 'cannot open drop\.003: No such file or directory$'
}

@test "a signal ends the reading of parts, and none is blamed" {
	start_held verify
	head -c 1000 kept >&7
	kill -s TERM "$pid"
	ends 143 5
	exec 7>&-
	one_error_line stderr 'SIGTERM[^(;]*$'
}

@test "a whole drop whose name ends as a part's is just that file" {
	cp "$files/stock.age" shop.001
	cp "$files/stock.age" store.365
	opened_as_age_does shop.001
	opened_as_age_does store.365
	"$DYNODROP" list shop.001 | grep -q '^shop\.001, encrypted'
}

@test "a drop in parts that is asked for by its own name is told to have come in parts" {
	cut_into_parts stock.age 400000
	refused 1 '^dynodrop: cannot open drop: it came in parts, of which the first is drop\.001$' drop
	refused 1 '^dynodrop: cannot open dropped: No such file' dropped
}

@test "a dump into a file and into a folder, in parts that open as one" {
	use "$(newest)"
	"$DYNODROP" dump -q -d "$url/parted" -r "$(cat "$files/recipient")" --part-size 500K --name a.age \
		-t drops -t file:there.age -t . -t - >whole 2>stderr
	grep 'targets=drops,file:there\.age,\.,-$' stderr
	[ "$(find drops there.age* ./a.age* -size 500k | wc -l)" -gt 5 ]
	[ ! -e drops/a.age ] && [ ! -e there.age ]
	cat drops/a.age.* | cmp whole -
	cat there.age.* | cmp whole -
	cat a.age.* | cmp whole -
	"$DYNODROP" verify -i "$key" there.age.001 | grep -q " is whole: 2 tables, 40100 rows, "
}

@test "parts do not replace those of another drop" {
	use "$(newest)"
	cut_into_parts stock.age 400000 stock.age
	fails 1 'target stock.age: stock.age.001 is there already, and the parts of one drop do not replace .*: remove all of these' \
		dump -q -d "$url/parted" -r "$(cat "$files/recipient")" --part-size 500K -t stock.age
	"$DYNODROP" verify -i "$key" stock.age.001
}

@test "parts for a file that cannot be written are an error, and none is there" {
	use "$(newest)"
	fails 1 'target nowhere/: there is no folder nowhere/$' dump -q -d "$url/parted" -r "$(cat "$files/recipient")" --part-size 500K \
		-t nowhere/
	nothing_in drops
}
