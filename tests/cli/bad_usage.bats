#!/usr/bin/env bats
# Wrong usage and configuration: exit code 2 and a line that says what is wrong, before anything is touched.
#
# shellcheck disable=SC2154,SC2030,SC2031 # url comes from helpers.bash, recipient from faults.bash

load helpers
load faults

setup_file() {
	use "$(newest)"
	"$DYNODROP" keygen -o "$BATS_FILE_TMPDIR/key" >"$BATS_FILE_TMPDIR/recipient" 2>/dev/null
}

setup() {
	use "$(newest)"
	in_own_folder
}

teardown() {
	end_all
}

# Where nothing listens: told before anything is touched, an error is not one of connecting.
nowhere=postgres://someone@127.0.0.1:1/shop

@test "without a command the help goes to standard error" {
	run -2 --separate-stderr "$DYNODROP"
	[ -z "$output" ]
	[[ $stderr == "usage: dynodrop COMMAND"* ]]
}

@test "an unknown command, option or argument is refused by name" {
	local command
	fails 2 'there is no command dmup' dmup
	for command in dump keygen list open verify; do
		fails 2 "unknown option --frobnicate; .*dynodrop $command --help" "$command" --frobnicate
		fails 2 "unknown option -Q; .*dynodrop $command --help" "$command" -Q
		fails 2 "unknown option --frobnicate" "$command" --frobnicate=Hunter2
	done
	fails 2 'keygen takes no arguments' keygen shop
	fails 2 'open takes one drop' open
	fails 2 'open takes one drop' open one.age two.age
	fails 2 'list takes one drop' list
	fails 2 'verify takes one drop' verify -v
	dump_fails 2 'dump takes no arguments' "$nowhere"
}

@test "a word that is no command is not repeated where it may be a secret" {
	fails 2 'the first word is no command' postgres://someone:Hunter2@127.0.0.1:1/shop
}

@test "a word behind -- that is no option of pg_dump is refused, and not repeated" {
	dump_fails 2 'options of pg_dump only' -d "$nowhere" -- postgres://someone:Hunter2@127.0.0.1:1/shop
	dump_fails 2 'options of pg_dump only' -d "$nowhere" -- --schema app shop
	dump_fails 1 'cannot connect' -d "$nowhere" -- --schema app -t one -n=two --table=three
}

@test "an answer that cannot be written is an error" {
	local command
	for command in --version --help 'dump --help'; do
		# shellcheck disable=SC2086 # two words
		run -1 --separate-stderr bash -c "'$DYNODROP' $command >/dev/full"
		[[ $stderr == *"cannot write to standard output"* ]]
	done
}

@test "an option without its value is refused by name" {
	local option
	for option in -d --database -r --recipient -t --target -z --level --name --progress -j --jobs --reserve --memory; do
		fails 2 "option $option needs a value" dump "$option"
	done
	fails 2 'option -o needs a value' open -o
	fails 2 'option --pg needs a value' open --pg
}

@test "a value out of range is refused" {
	local value
	for value in 0 20 -1 x 3x ''; do
		dump_fails 2 "level is a whole number from 1 to 19, not \"$value\"" -d "$nowhere" -z "$value"
	done
	dump_fails 2 '--progress is auto, bar, log or none, not "fancy"' -d "$nowhere" --progress fancy
	DYNODROP_LEVEL=best dump_fails 2 'level is a whole number' -d "$nowhere"
	dump_fails 2 'no "\{tiem\}' -d "$nowhere" --name '{tiem}.age'
	dump_fails 2 'empty name' -d "$nowhere" --name ''
	dump_fails 2 'empty target' -d "$nowhere" -t ''
	dump_fails 2 'empty target' -d "$nowhere" -t file:
	fails 2 'pg_restore 9 cannot be made: 12 is the oldest' open --pg 9 drop.age
	fails 2 'version of PostgreSQL is a whole number' open --pg elephant drop.age
}

@test "a number of jobs, of connections to leave, or of bytes that is none is refused" {
	local value
	for value in 0 65 -1 x 4x 1.5 ''; do
		dump_fails 2 "number of jobs is a whole number from 1 to 64, not \"$value\"" -d "$nowhere" -j "$value"
	done
	DYNODROP_JOBS=many dump_fails 2 'number of jobs is a whole number' -d "$nowhere"
	for value in -1 10001 few ''; do
		dump_fails 2 "connections to reserve is a whole number from 0 to 10000, not \"$value\"" -d "$nowhere" --reserve "$value"
	done
	DYNODROP_RESERVE=all dump_fails 2 'connections to reserve is a whole number' -d "$nowhere"
	for value in -1 x M 64X 64MB 1.5G 99999999999G ''; do
		dump_fails 2 "the memory is .*\"$value\"" -d "$nowhere" --memory "$value"
	done
	DYNODROP_MEMORY=much dump_fails 2 'the memory is ' -d "$nowhere"
	for value in auto 1 64; do
		dump_fails 1 'cannot connect' -d "$nowhere" -j "$value" --reserve 0 --memory 128M
	done
	DYNODROP_JOBS=many DYNODROP_RESERVE=all DYNODROP_MEMORY=much dump_fails 1 'cannot connect' -d "$nowhere" -j 4 --reserve 5 --memory 1G
}

@test "less memory than anything takes is refused before anything is touched" {
	dump_fails 2 '10 MB of memory are too few: it takes at least [0-9]+' -d "$nowhere" --memory 10M
	DYNODROP_MEMORY=1K dump_fails 2 'of memory are too few' -d "$nowhere"
}

@test "a dump without a recipient is refused" {
	fails 2 'no recipient: give -r, or set DYNODROP_RECIPIENTS' dump -d "$nowhere" -t drops
	DYNODROP_RECIPIENTS=' , ' fails 2 'no recipient' dump -d "$nowhere" -t drops
	nothing_in drops
}

@test "a malformed recipient is refused, and one of another kind by its kind" {
	local wrong
	for wrong in age1 "${recipient%?}" "${recipient}q" "${recipient/age1/age2}" "${recipient%?????}aaaaa" laptop; do
		fails 2 '^dynodrop: option -r: ' dump -d "$nowhere" -t drops -r "$wrong"
		DYNODROP_RECIPIENTS="$recipient,$wrong" fails 2 '^dynodrop: variable DYNODROP_RECIPIENTS: ' dump -d "$nowhere" -t drops
	done
	fails 2 'SSH' dump -d "$nowhere" -t drops -r 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA me@laptop'
	nothing_in drops
}

@test "a secret key given as the recipient is refused and not repeated" {
	local secret
	secret=$(grep AGE-SECRET "$BATS_FILE_TMPDIR/key")
	fails 2 'secret' dump -d "$nowhere" -t drops -r "$secret"
	run -2 "$DYNODROP" dump -d "$nowhere" -t drops -r "$secret"
	[[ $output != *"${secret:20:10}"* ]]
}

@test "a dump is not written to a terminal" {
	have_script
	run -2 on_terminal "$DYNODROP" dump -d "$nowhere" -r "$recipient"
	tr -d '\r' <screen >stderr
	one_error_line stderr 'no target: .*terminal'
	run -2 on_terminal "$DYNODROP" dump -d "$nowhere" -r "$recipient" -t -
	run -2 on_terminal env DYNODROP_TARGETS='drops -' "$DYNODROP" dump -d "$nowhere" -r "$recipient"
	nothing_in drops
}

@test "on a dyno a dump without a target, or to standard output, is refused" {
	export DYNO=run.1234
	fails 2 'no target: on a dyno' dump -d "$nowhere" -r "$recipient"
	fails 2 'no target: on a dyno' dump -d "$nowhere" -r "$recipient" -t -
	fails 2 'no target: on a dyno' dump -d "$nowhere" -r "$recipient" -t drops -t -
	DYNODROP_TARGETS='drops -' fails 2 'no target: on a dyno' dump -d "$nowhere" -r "$recipient"
	nothing_in drops
}

@test "on a dyno what is missing or wrong is told with the line to type" {
	export DYNO=run.1234 HEROKU_APP_NAME=bastion
	export DATABASE_URL=$nowhere DYNODROP_RECIPIENTS=$recipient DYNODROP_TARGETS=taildrop:laptop
	fails 2 '; type: heroku config:set DYNODROP_TS_AUTHKEY=tskey-auth-\.\.\. -a bastion$' dump
	DYNODROP_TS_AUTHKEY=tskey-api-x fails 2 'no auth key: .*; type: heroku config:set DYNODROP_TS_AUTHKEY=' dump
	DYNODROP_RECIPIENTS='' fails 2 'no recipient: .*; type: heroku config:set DYNODROP_RECIPIENTS=age1\.\.\. -a bastion$' dump
	DYNODROP_RECIPIENTS=age1x fails 2 'variable DYNODROP_RECIPIENTS: .*; type: heroku config:set DYNODROP_RECIPIENTS=' dump
	DYNODROP_TARGETS='' fails 2 'no target: .*; type: heroku config:set DYNODROP_TARGETS=taildrop:MACHINE -a bastion$' dump
	HEROKU_APP_NAME='' DATABASE_URL='' DYNODROP_TS_AUTHKEY=tskey-auth-x fails 2 'no database: .*; type: heroku addons:attach ADDON_OF_THE_DATABASE --as DATABASE -a APP$' dump
	DYNO='' DYNODROP_RECIPIENTS='' fails 2 'where drops are opened$' dump
}

@test "on a dyno a password in -d is refused, and one in a variable is not" {
	export DYNO=run.1234
	local with_password
	for with_password in postgres://someone:Hunter2@127.0.0.1:1/shop 'postgres://someone@127.0.0.1:1/shop?password=Hunter2' \
		'host=127.0.0.1 port=1 password=Hunter2'; do
		dump_fails 2 'Heroku logs commands: name the variable' -d "$with_password"
		SHOP_URL=$with_password dump_fails 1 'cannot connect' -d SHOP_URL
		DYNODROP_DATABASE=$with_password dump_fails 1 'cannot connect'
		DYNO='' dump_fails 1 'cannot connect' -d "$with_password"
	done
	dump_fails 1 'cannot connect' -d "$nowhere"
}

@test "of the variables that -d names the first that is set is taken" {
	export RED_URL='' BLUE_URL=$url/absent_blue GREEN_URL=$url/absent_green DATABASE_URL=$url/absent_default
	dump_fails 1 '"absent_blue" does not exist' -d UNSET_URL,RED_URL,BLUE_URL,GREEN_URL
	dump_fails 1 '"absent_green" does not exist' -d GREEN_URL,BLUE_URL
	dump_fails 1 '"absent_default" does not exist'
	DYNODROP_DATABASE=GREEN_URL dump_fails 1 '"absent_green" does not exist'
	DYNODROP_DATABASE=GREEN_URL dump_fails 1 '"absent_blue" does not exist' -d BLUE_URL
	dump_fails 1 '"absent_direct" does not exist' -d "$url/absent_direct"
}

@test "a database that no variable names is refused" {
	dump_fails 2 'no database: DATABASE_URL is not set'
	dump_fails 2 'no database: RED_URL,BLUE_URL is not set' -d RED_URL,BLUE_URL
	RED_URL=shop dump_fails 2 'variable RED_URL: it holds no postgres URL' -d RED_URL
	RED_URL='not a database' dump_fails 2 'variable RED_URL: ' -d RED_URL
	RED_URL='postgres://%zz' dump_fails 2 'variable RED_URL: .*malformed' -d RED_URL
}

@test "no part of a password that is not escaped is repeated" {
	local password where=127.0.0.1:$PGPORT/shop
	for password in 'Hunter@Tiger/Lion' 'Hunter:Tiger' 'Hunter%zzTiger' 'Hunter/Tiger' 'Hunter?Tiger' 'Hunter#Tiger' \
		'12/Tiger' 'Hunter@Tiger' '[Hunter' 'Hunter@Tiger?Lion' '@Hunter/Tiger' 'Hunter@/Tiger' 'Hunter%00Tiger' \
		'Hunter@[Tiger]Lion' 'Hunter@Tiger:12/Lion' 'Hunter@Ti,ger:12/Lion' 'Hunter Tiger' 'Hunter@/Tiger@Lion'; do
		silent_about_password -d "postgres://someone:$password@$where"
		SHOP_URL=postgres://someone:$password@$where silent_about_password -d SHOP_URL
	done
	silent_about_password -d "host=127.0.0.1 port=1 password=Hunter Tiger"
	silent_about_password -d "host=127.0.0.1 port=1 password='Hunter"
	silent_about_password -d "host=127.0.0.1 port=1 pasword=Hunter"
	silent_about_password -d "=postgres://someone:Hunter@$where"
}

@test "no part of a URL that is misspelled is repeated" {
	silent_about_password -d "postgres:/someone:Hunter@127.0.0.1/shop"
	silent_about_password -d "postgre://someone:Hunter@127.0.0.1/shop"
	silent_about_password -d "mysql://someone:Hunter@127.0.0.1/shop"
	silent_about_password -d "someone:Hunter@127.0.0.1/shop"
}

silent_about_password() {
	local status=0
	"$DYNODROP" dump -v -r "$recipient" -t drops "$@" >said 2>&1 || status=$?
	[ "$status" = 1 ] || [ "$status" = 2 ] || fail "exit code $status"
	[ -s said ]
	if grep -iE 'Hunter|Tiger|Lion|Ti,|"Ti"|"ger"' said; then
		fail "said for: ${*@Q}"
	fi
	nothing_in drops
}

@test "the options of pg_dump that the program sets itself are refused by name" {
	local option
	for option in -Fp -F -fx -Z9 -j4 -dshop -hlocalhost -p1 -Ume -W -w -V -vFp -Oj4 \
		--format=p --format --form --file=x --compress=9 --jobs=4 --dbname=shop --db --host=x --port=1 --username=me \
		--snapshot=1 --snap --no-password --serializable-deferrable --help --version; do
		dump_fails 2 "pg_dump's option -.* cannot be given: " -d "$nowhere" -- -n public "$option" p
	done
}

@test "the options of pg_dump that select pass the check, also where their values look like refused ones" {
	dump_fails 1 'cannot connect' -d "$nowhere" -- -n -Fp -t--format -T -j4 --no-owner -vOx --exclude-table-data=big --schema='-d'
}

@test "keygen makes a file for its owner alone, and prints the public key of what it wrote" {
	(umask 000 && "$DYNODROP" keygen -o new_key >public 2>stderr)
	[[ $(ls -l new_key) == -rw-------* ]]
	[[ $(cat public) == age1* ]]
	grep -qF "# public key: $(cat public)" new_key
	[ "$(grep -c '^AGE-SECRET-KEY-1' new_key)" = 1 ]
	run -1 grep -q AGE-SECRET stderr public
}

@test "keygen never writes over a file" {
	echo precious >new_key
	fails 1 'new_key is there already' keygen -o new_key
	[ "$(cat new_key)" = precious ]
	ln -s nowhere link
	fails 1 'link is there already' keygen -o link
	[ ! -e nowhere ]
	DYNODROP_IDENTITY=new_key fails 1 'new_key is there already' keygen
	"$DYNODROP" keygen >/dev/null 2>&1
	fails 1 'identity.txt is there already' keygen
}

@test "keygen says where it could not write, and leaves nothing" {
	chmod 500 drops
	run -1 as_ordinary_user "$DYNODROP" keygen -o drops/new_key
	[[ $output == "dynodrop: cannot create drops/new_key: Permission denied" ]]
	nothing_in drops
	fails 1 'nowhere/new_key: No such file' keygen -o nowhere/new_key
	fails 1 'drops is there already' keygen -o drops
}
