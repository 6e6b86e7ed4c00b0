#!/usr/bin/env bats
# The database's password reaches pg_dump, and is nowhere that others on the machine, or a log, could see it.
#
# shellcheck disable=SC2154 # recipient, pid and child come from faults.bash

load helpers
load faults

setup_file() {
	setup_faults "$(newest)"
	# Known to nobody else, so that it can be looked for in all of the machine's processes. Each of its special characters
	# is one in a URL, in a password file or in a connection string.
	local random=$RANDOM$RANDOM$RANDOM
	echo "Sikrit$random:\\@/%'#end$random" >password
	echo "Sikrit$random%3A%5C%40%2F%25%27%23end$random" >password_in_url
	sed "s/['\\\\]/\\\\&/g" password >password_in_string
	echo "$random" >needle
	{
		echo "DROP ROLE IF EXISTS dynodrop_secretive;"
		echo "CREATE ROLE dynodrop_secretive LOGIN SUPERUSER PASSWORD '$(sed "s/'/''/g" password)';"
	} | query -d postgres
}

teardown_file() {
	use "$(newest)"
	query -d postgres -c 'DROP ROLE dynodrop_secretive'
}

setup() {
	use "$(newest)"
	in_own_folder
	needle=$(cat "$BATS_FILE_TMPDIR/needle")
	address=127.0.0.1:$PGPORT/faults
	secret_url=postgres://dynodrop_secretive:$(cat "$BATS_FILE_TMPDIR/password_in_url")@$address
	no_secret_url=postgres://dynodrop_secretive@$address
	secret_string="host=127.0.0.1 port=$PGPORT dbname=faults user=dynodrop_secretive password='$(cat "$BATS_FILE_TMPDIR/password_in_string")'"
}

teardown() {
	end_all
}

# The dump is a good one, and neither it nor its children showed the secret. Arguments: those that name the database.
keeps_the_secret() {
	"$DYNODROP" dump -v -r "$recipient" -t drops "$@" -- -t public.small >said 2>&1 || fail "$(cat said)"
	grep -q '^--version$' noted
	grep -q '^--snapshot' noted
	not_in noted
	not_in said
	rm noted
}

not_in() {
	[ -s "$1" ] || fail "$1 is empty"
	if grep -aE "$needle|^(DATABASE_URL|SHOP_URL|DYNODROP_[A-Z]*|PGPASSWORD)=" "$1"; then
		fail "in $1"
	fi
}

@test "the noting itself sees what is in the environment" {
	noting pg_dump
	PG_SHOWN=$needle pg_dump --version
	run -1 not_in noted
}

@test "no child is given the password in its arguments or environment, however dynodrop got it" {
	noting pg_dump
	keeps_the_secret -d "$secret_url"
	keeps_the_secret --database="$secret_url"
	keeps_the_secret -d "$no_secret_url?password=$(cat "$BATS_FILE_TMPDIR/password_in_url")"
	keeps_the_secret -d "$secret_string"
	export DATABASE_URL=$secret_url
	keeps_the_secret
	SHOP_URL=$secret_url keeps_the_secret -d SHOP_URL
	DYNODROP_DATABASE=$secret_url keeps_the_secret
	PGPASSWORD=$(cat "$BATS_FILE_TMPDIR/password") keeps_the_secret -d "$no_secret_url"
}

@test "no child is given a variable that holds a database URL, whatever it is called" {
	noting pg_dump
	PG_PRIMARY_URL=$secret_url keeps_the_secret -d PG_PRIMARY_URL
	PGURL=$secret_url keeps_the_secret -d PGURL
	PGBOUNCER_URL=$secret_url keeps_the_secret -d "$secret_url"
}

@test "a password file of the user's own works, and is not shown either" {
	noting pg_dump
	sed -e 's/[\\:]/\\&/g' -e 's/^/*:*:*:*:/' "$BATS_FILE_TMPDIR/password" >passfile
	chmod 600 passfile
	PGPASSFILE=$PWD/passfile keeps_the_secret -d "$no_secret_url"
	keeps_the_secret -d "$no_secret_url?passfile=$PWD/passfile"
	mv passfile .pgpass
	keeps_the_secret -d "$no_secret_url"
}

@test "while a dump runs no process of the machine shows the password" {
	start_blocked_dump -d "$secret_url"
	ps -A -ww -o args= >processes
	grep -q 'pg_dump .*--snapshot' processes
	not_in processes
	if [ -d "/proc/$child" ]; then
		cat "/proc/$child/cmdline" "/proc/$child/environ" >its_own
		grep -qa 'PGPASSFILE=/dev/fd/' its_own
		not_in its_own
		cat "/proc/$pid/cmdline" >its_own
		not_in its_own
	fi
	unblock
	ends 0 20
	[ ! -s stderr ] || not_in stderr
}

@test "no file is made for the password" {
	strace -o /dev/null true 2>/dev/null || skip "needs strace"
	# No leak checker can run under strace.
	ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat,open,creat,memfd_create -o trace \
		"$DYNODROP" dump -q -r "$recipient" -t drops -d "$secret_url" -- -t public.small
	grep -q memfd_create trace || skip "has no memory files"
	# dynodrop's memory is closed to other processes of an ordinary user, so that strace cannot show the names of files.
	grep -q 'openat(.*"drops/' trace || skip "strace cannot look into dynodrop's memory; root's can"
	grep -E 'O_CREAT|creat\(' trace | grep -vE 'drops/|O_TMPFILE|/tsan\.' >made || true
	[ ! -s made ] || fail "$(cat made)"
}

@test "a wrong password is not repeated, whatever the server says" {
	local wrong=Wrong$needle
	noting pg_dump
	run -1 "$DYNODROP" dump -v -r "$recipient" -t drops -d "postgres://dynodrop_secretive:$wrong@$address"
	[[ $output != *"$needle"* ]]
	run -1 "$DYNODROP" dump -v -r "$recipient" -t drops -d "host=127.0.0.1 port=$PGPORT dbname=faults user=dynodrop_secretive password=$wrong"
	[[ $output != *"$needle"* ]]
	nothing_in drops
}
