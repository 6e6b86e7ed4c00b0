#!/usr/bin/env bats
# A restore shows the database's password to nobody, and the rows lie in no file.
#
# shellcheck disable=SC2154,SC2030,SC2031 # url, key, pid and children come from what is loaded; each test is a subshell

load helpers
load faults
load restore

setup_file() {
	setup_key "$(newest)"
	# Known to nobody else, so that it can be looked for in all of the machine's processes; with characters that are special in a URL,
	# in a password file and in a connection string.
	local random=$RANDOM$RANDOM$RANDOM
	echo "Sikrit$random:\\@/%'#end$random" >password
	echo "Sikrit$random%3A%5C%40%2F%25%27%23end$random" >password_in_url
	sed "s/['\\\\]/\\\\&/g" password >password_in_string
	echo "$random" >needle
	{
		echo "SET client_min_messages = error; DROP ROLE IF EXISTS dynodrop_secretive;"
		echo "CREATE ROLE dynodrop_secretive LOGIN SUPERUSER PASSWORD '$(sed "s/'/''/g" password)';"
	} | query -d postgres
	new_held_source
	query -d restore_source -c "UPDATE big SET t = t || ' Plaintext$random'" -c "UPDATE more SET t = t || ' Plaintext$random'"
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat recipient)" -t drop
	"$DYNODROP" dump -q -d "$url/restore_source" -r "$(cat recipient)" -t small -- -t public.few --section=pre-data --section=data
	drop_database restore_source
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c 'DROP ROLE dynodrop_secretive'
}

setup() {
	use "$(newest)"
	in_own_folder
	needle=$(cat "$BATS_FILE_TMPDIR/needle")
	drop=$BATS_FILE_TMPDIR/drop
	address=127.0.0.1:$PGPORT
	url=postgres://dynodrop_secretive:$(cat "$BATS_FILE_TMPDIR/password_in_url")@$address
	no_secret_url=postgres://dynodrop_secretive@$address
	secret_string="host=127.0.0.1 port=$PGPORT dbname=restored user=dynodrop_secretive password='$(cat "$BATS_FILE_TMPDIR/password_in_string")'"
}

teardown() {
	end_all
}

# not_in FILE: the password, or a variable that could hold it.
not_in() {
	[ -s "$1" ] || fail "$1 is empty"
	if grep -aE "(Sikrit|end)$needle|^(DATABASE_URL|SHOP_URL|DYNODROP_[A-Z]*|PGPASSWORD)=" "$1"; then
		fail "in $1"
	fi
}

# keeps_the_secret DATABASE: the restore is a good one, and neither it nor pg_restore showed the secret.
keeps_the_secret() {
	new_database restored
	rm -f noted
	"$DYNODROP" restore -i "$key" -d "$1" "$BATS_FILE_TMPDIR/small" >said 2>&1 || fail "$(cat said)"
	[ "$(query -d restored -c 'SELECT count(*) FROM few')" = 100 ]
	not_in noted
	not_in said
}

@test "no child is given the password in its arguments or environment, however dynodrop got it" {
	noting pg_restore
	keeps_the_secret "$url/restored"
	grep -q '^--version$' noted
	grep -q '^PGPASSFILE=/dev/fd/' noted
	keeps_the_secret "$no_secret_url/restored?password=$(cat "$BATS_FILE_TMPDIR/password_in_url")"
	keeps_the_secret "$secret_string"
	SHOP_URL=$url/restored keeps_the_secret SHOP_URL
	DATABASE_URL=$url/restored keeps_the_secret DATABASE_URL
	PGPASSWORD=$(cat "$BATS_FILE_TMPDIR/password") keeps_the_secret "$no_secret_url/restored"
	sed -e 's/[\\:]/\\&/g' -e 's/^/*:*:*:*:/' "$BATS_FILE_TMPDIR/password" >.pgpass
	chmod 600 .pgpass
	keeps_the_secret "$no_secret_url/restored"
	drop_database restored
}

@test "a wrong password is not repeated" {
	local place
	for place in "postgres://dynodrop_secretive:SikritWrong@$address/restored" \
		"host=127.0.0.1 port=$PGPORT dbname=restored user=dynodrop_secretive password=SikritWrong"; do
		run -1 "$DYNODROP" restore -i "$key" -d "$place" "$drop"
		[[ $output == *'password authentication failed'* ]]
		[[ $output != *Sikrit* ]]
	done
	run "$DYNODROP" restore -i "$key" -d "postgre://someone:SikritWrong@$address/restored" "$drop"
	[ "$status" != 0 ]
	[ -n "$output" ]
	[[ $output != *Sikrit* ]]
}

# each_process COMMAND...: of dynodrop and all its descendants, with the number of one in $process.
each_process() {
	local process
	for process in "$pid" $(descendants "$pid"); do
		"$@"
	done
}

shows_no_password() {
	[ "$process" = "$pid" ] || cat "/proc/$process/environ" >>shown 2>/dev/null || true
	cat "/proc/$process/cmdline" >>shown 2>/dev/null || true
}

@test "while rows are loaded and while pg_restore runs no process of the machine shows the password" {
	local lock
	[ -d /proc/self ] || skip "needs /proc"
	for lock in 1 2; do
		start_held $lock
		ps -A -ww -o args= >processes
		grep -q 'dynodrop' processes
		not_in processes
		each_process shows_no_password
		not_in shown
		let_go
		ends 0 20
		not_in stderr
		drop_database restored
	done
}

# The plain rows must be in none of its files but such as have no name and lie in memory.
has_no_plain_file() {
	local file its
	for file in "/proc/$process/fd"/*; do
		its=$(readlink "$file") || continue
		case $its in
		/memfd:*) ;;
		/*)
			[ -f "$file" ] || continue
			grep -qaF "Plaintext$needle" "$file" && fail "rows are in $its"
			case $its in
			"$drop" | "$PWD/stderr") ;;
			"$BATS_RUN_TMPDIR"/bats.*.out | /dev/*) ;;
			*) echo "$its" >>others ;;
			esac
			;;
		esac
	done
}

@test "the rows lie in no file while they are loaded, nor while pg_restore runs, nor behind it" {
	local lock
	[ -d /proc/self/fd ] || skip "needs /proc"
	mkdir tmp
	export TMPDIR=$PWD/tmp
	for lock in 1 2; do
		start_held $lock
		each_process has_no_plain_file
		[ ! -s others ] || fail "it has open:" "$(cat others)"
		nothing_in tmp
		run -1 grep -rlaF "Plaintext$needle" .
		let_go
		ends 0 20
		nothing_in tmp
		drop_database restored
	done
}

@test "no file is made" {
	strace -o /dev/null true 2>/dev/null || skip "needs strace"
	new_database restored
	# No leak checker can run under strace.
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat,open,creat,memfd_create,execve -o trace \
		"$DYNODROP" restore -i "$key" -d "$url/restored" -j 4 "$drop" 2>said || fail "$(cat said)"
	drop_database restored
	grep -q 'execve(.*pg_restore"' trace
	# dynodrop's memory is closed to other processes of an ordinary user, so that strace cannot show the names of files.
	grep -q "openat(.*\"$drop\"" trace || skip "strace cannot look into dynodrop's memory; root's can"
	grep -E 'O_CREAT|O_TMPFILE|creat\(' trace | grep -vE '"/dev/null"|/tsan\.' >made || true
	[ ! -s made ] || fail "$(cat made)"
}
