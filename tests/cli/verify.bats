#!/usr/bin/env bats
# `verify`: what it says of drops that are whole, and of those that are not; `list` of the same ones.
#
# shellcheck disable=SC2154,SC2016 # key and recipient come from faults.bash; `bash -c` has its own variables

load helpers
load faults

setup_file() {
	setup_faults "$(newest)"
	"$DYNODROP" dump -q -d "$url/faults" -r "$(cat recipient)" -t small.age -- -t public.small
	pg_dump -Fc -Z0 -d faults -t public.small | age -r "$(cat recipient)" >stock.age
}

setup() {
	in_own_folder
	small=$BATS_FILE_TMPDIR/small.age
	stock=$BATS_FILE_TMPDIR/stock.age
}

@test "a whole drop is said to be whole, with its tables, rows and bytes" {
	run -0 --separate-stderr "$DYNODROP" verify -i "$key" "$small"
	[[ $output =~ ^"$small is whole: 1 tables, 100 rows, "[1-9][0-9]*" bytes, " ]] || fail "$output"
	[ "${#lines[@]}" = 1 ] && [ -z "$stderr" ]
	"$DYNODROP" verify -i "$key" - <"$small" | grep -q '^standard input is whole: '
}

@test "verify -v shows each table" {
	"$DYNODROP" verify -v -i "$key" "$small" >verified
	grep -qE '^ +ROWS +BYTES +RECORDS +TABLE$' verified
	grep -qE '^ +100 +[1-9][0-9]* +[0-9]+  public\.small$' verified || fail "$(cat verified)"
	[ "$(wc -l <verified)" -eq 3 ]
}

@test "of an archive that pg_dump and age made the structure is checked, and verify says so" {
	"$DYNODROP" verify -i "$key" "$stock" >verified
	grep -qE ' is whole: 1 tables, 100 rows, .* no chunk records: only its structure was checked$' verified || fail "$(cat verified)"
}

@test "an answer of verify that cannot be written is an error" {
	run -1 bash -c '"$0" verify -i "$1" "$2" 2>stderr >/dev/full' "$DYNODROP" "$key" "$small"
	one_error_line stderr 'cannot write to standard output'
}
