#!/usr/bin/env bats
# What goes wrong around a dump: the server, pg_dump, the disk, the reader. One line says what it was, and nothing is left.
#
# shellcheck disable=SC2154,SC2016 # url comes from helpers.bash, recipient and pid from faults.bash; `bash -c` and scripts have their own variables

load helpers
load faults

setup_file() {
	setup_faults "$(newest)"
	# A name for each role that lives as long as this file's run: tests may run side by side on one server.
	new_database faults_secret
	query -d faults_secret <<-SQL
		CREATE TABLE open_to_all (i int);
		CREATE TABLE secret (i int);
		DROP ROLE IF EXISTS dynodrop_faults_reader;
		CREATE ROLE dynodrop_faults_reader LOGIN PASSWORD 'reader';
		GRANT SELECT ON open_to_all TO dynodrop_faults_reader;
	SQL
}

setup() {
	use "$(newest)"
	bin=$(bin_of "$(newest)")
	in_own_folder
	port=$PGPORT
}

teardown() {
	end_all
	end_own_server
}

@test "a server that is not there is an error that names it" {
	dump_fails 1 'cannot connect to the database: .*"127.0.0.1", port 1 failed: Connection refused' \
		-d postgres://someone@127.0.0.1:1/shop
	dump_fails 1 'cannot connect to the database: .*no.such.host.invalid' -d postgres://someone@no.such.host.invalid/shop
	dump_fails 1 'cannot connect to the database: .*nowhere' -d "host=$PWD/nowhere dbname=shop"
}

@test "a server that accepts and never answers is an error after connect_timeout" {
	start_silent_server
	SECONDS=0
	dump_fails 1 "cannot connect .*no answer from the database server at 127.0.0.1 port $(cat its_port) within 1 s" \
		-d "postgres://someone@127.0.0.1:$(cat its_port)/shop?connect_timeout=1"
	[ "$SECONDS" -le 3 ]
}

@test "a server that speaks something else is an error" {
	in_background python3 -u -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1])
while True:
    c = s.accept()[0]
    c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    c.recv(1000)
    c.close()' >its_port
	wait_until 10 test -s its_port
	dump_fails 1 'cannot connect to the database: ' -d "postgres://someone@127.0.0.1:$(cat its_port)/shop?connect_timeout=2"
}

@test "a wrong password is an error that does not repeat it" {
	local said=postgres://dynodrop_faults_reader:Hunter2@127.0.0.1:$port/faults
	dump_fails 1 'password authentication failed for user "dynodrop_faults_reader"' -d "$said"
	run -1 "$DYNODROP" dump -v -d "$said" -r "$recipient" -t drops
	[[ $output != *Hunter2* ]]
	dump_fails 1 'no password supplied' -d "postgres://dynodrop_faults_reader@127.0.0.1:$port/faults"
}

@test "a database or a user that is not there is an error that names it" {
	dump_fails 1 'database "nowhere" does not exist' -d "$url/nowhere"
	dump_fails 1 'role "nobody_here" does not exist' -d "host=$PGHOST port=$port user=nobody_here dbname=faults"
}

@test "a table that may not be read is an error that names it" {
	dump_fails 1 'permission denied for table secret' -d "postgres://dynodrop_faults_reader:reader@127.0.0.1:$port/faults_secret"
}

@test "the table that may not be read can be left out" {
	"$DYNODROP" dump -q -r "$recipient" -t drops -d "postgres://dynodrop_faults_reader:reader@127.0.0.1:$port/faults_secret" \
		-- -T public.secret
	ls drops/faults_secret-*.dump.age
}

@test "a wrong option of pg_dump is an error in pg_dump's words" {
	dump_fails 1 'pg_dump: .*unrecognized option.*frobnicate' -d "$url/faults" -- --frobnicate
	dump_fails 1 'pg_dump: .*no matching schemas' -d "$url/faults" -- -n nowhere
}

# Debian keeps other versions' programs where PATH does not matter.
without_versioned_programs() {
	local folder
	for folder in /usr/lib/postgresql/*; do
		[ ! -x "$folder/bin/pg_dump" ] || [ "${folder##*/}" -lt "$(newest)" ] || skip "pg_dump is in $folder"
	done
}

@test "without pg_dump on PATH it is an error that says so" {
	without_versioned_programs
	mkdir empty
	run -1 env PATH="$PWD/empty" "$DYNODROP" dump -q -d "$url/faults" -r "$recipient" -t drops
	[[ $output == "dynodrop: pg_dump is not on PATH: install "* ]]
	nothing_in drops
}


@test "a pg_dump that is older than the server is an error that names both" {
	local oldest=${PG_VERSIONS%% *} old_bin
	old_bin=PG${oldest}_BIN
	[ "$oldest" != "$(newest)" ] || skip "needs two servers"
	without_versioned_programs
	PATH=${!old_bin}:$PATH dump_fails 1 "pg_dump $oldest.* is older than the server: install .* $(newest) or later" -d "$url/faults"
}

@test "a program called pg_dump that is none is an error" {
	mkdir bin
	printf '#!/bin/sh\necho "I am not it"\n' >bin/pg_dump
	chmod +x bin/pg_dump
	PATH=$PWD/bin:$PATH dump_fails 1 'bin/pg_dump does not say which version it is: "I am not it"' -d "$url/faults"
	printf '#!/bin/sh\ntrue\n' >bin/pg_dump
	PATH=$PWD/bin:$PATH dump_fails 1 'bin/pg_dump does not say which version it is' -d "$url/faults"
	printf '#!/bin/sh\nexit 3\n' >bin/pg_dump
	PATH=$PWD/bin:$PATH dump_fails 1 'pg_dump failed with exit code 3' -d "$url/faults"
	printf 'x' >bin/pg_dump
	PATH=$PWD/bin:$PATH dump_fails 1 'pg_dump' -d "$url/faults"
}

@test "what pg_dump writes is refused when it is no archive, or one that ends too early" {
	mkdir bin
	# Without the end, in the middle of the large object, which is left to pg_dump.
	printf '#!/bin/sh\n[ "$1" = --version ] && exec %s --version\n%s "$@" | %s\n' \
		"$bin/pg_dump" "$bin/pg_dump" 'head -c "$LC_KEEP"' >bin/pg_dump
	chmod +x bin/pg_dump
	LC_KEEP=500000 PATH=$PWD/bin:$PATH dump_fails 1 'archive ends' -d "$url/faults"
	LC_KEEP=500 PATH=$PWD/bin:$PATH dump_fails 1 'archive|truncated|ends' -d "$url/faults"
	LC_KEEP=0 PATH=$PWD/bin:$PATH dump_fails 1 'archive|pg_dump' -d "$url/faults"
	printf '#!/bin/sh\n[ "$1" = --version ] && exec %s --version\necho hello\n' "$bin/pg_dump" >bin/pg_dump
	PATH=$PWD/bin:$PATH dump_fails 1 'archive' -d "$url/faults"
}

@test "a pg_dump that fails after it has written everything leaves no drop" {
	mkdir bin
	printf '#!/bin/sh\n%s "$@"\n[ "$1" = --version ] || { echo "the end is bad" >&2; exit 1; }\n' "$bin/pg_dump" >bin/pg_dump
	chmod +x bin/pg_dump
	PATH=$PWD/bin:$PATH dump_fails 1 'the end is bad' -d "$url/faults"
}

@test "a full disk is an error, and leaves nothing on it" {
	# A file system of this process's own.
	local own=(unshare -m)
	[ "$(id -u)" = 0 ] || own=(unshare --map-root-user -m)
	"${own[@]}" mount -t tmpfs -o size=64k tmpfs drops 2>/dev/null || skip "needs to mount a tmpfs"
	run -1 "${own[@]}" bash -c 'mount -t tmpfs -o size=4m tmpfs drops
		"$0" dump -q -d "$1" -r "$2" -t drops 2>stderr
		status=$?
		ls -A drops >left
		exit "$status"' "$DYNODROP" "$url/faults" "$recipient"
	one_error_line stderr '^dynodrop: target drops: cannot write to drops/.*: No space left on device'
	[ ! -s left ]
}

@test "standard output that is full is an error" {
	[ -e /dev/full ] || skip "needs /dev/full"
	run -1 bash -c '"$0" dump -q -d "$1" -r "$2" 2>stderr >/dev/full' "$DYNODROP" "$url/faults" "$recipient"
	one_error_line stderr 'cannot write to standard output: No space left on device'
}

@test "a reader that has gone is an error that says so" {
	run -0 bash -c '"$0" dump -q -d "$1" -r "$2" -t drops -t - 2>stderr | head -c 1000 >/dev/null; echo "${PIPESTATUS[0]}"' \
		"$DYNODROP" "$url/faults" "$recipient"
	[ "$output" = 1 ]
	one_error_line stderr 'target -: cannot write to standard output: its reader has gone; it is complete at drops$'
	"$DYNODROP" verify -i "$key" drops/*
}

@test "a place where nothing can be written is an error that names it" {
	chmod 500 drops
	run -1 as_ordinary_user "$DYNODROP" dump -q -d "$url/faults" -r "$recipient" -t drops
	[[ $output == "dynodrop: target drops: cannot create drops/"*": Permission denied" ]]
	chmod 700 drops
	dump_fails 1 'target nowhere/drop.age: .*No such file' -d "$url/faults" -t nowhere/drop.age
	dump_fails 1 'target nowhere/: there is no folder nowhere/' -d "$url/faults" -t nowhere/
	mkfifo pipe
	dump_fails 1 'target pipe: .*no regular file' -d "$url/faults" -t pipe
}

@test "one bad target of several leaves nothing at the others" {
	dump_fails 1 'target nowhere/drop.age' -d "$url/faults" -t one.age -t nowhere/drop.age
	[ ! -e one.age ] && [ ! -e one.age.partial ]
}

@test "a drop goes to a path, to a file: path, into a folder and to standard output, the same bytes to each" {
	"$DYNODROP" dump -q -d "$url/faults" -r "$recipient" -t one.age -t file:two.age -t drops/ -t - >three.age
	[ "$(find . -name '*.age' | wc -l)" -eq 4 ]
	cmp one.age two.age
	cmp one.age three.age
	cmp one.age drops/faults-*Z.dump.age
	"$DYNODROP" list -i "$key" two.age | grep -q public.big
	DYNODROP_TARGETS='four.age file:five.age' "$DYNODROP" dump -q -d "$url/faults" -r "$recipient"
	cmp four.age five.age
}

@test "the last line of a good run has what logs need, in order" {
	"$DYNODROP" dump -d "$url/faults" -r "$recipient" -t drops -t two.age 2>stderr
	tail -n 1 stderr | grep -E '^dynodrop: done name=faults-[0-9]{8}T[0-9]{6}Z\.dump\.age tables=2 rows=300100 raw_bytes=[0-9]+ bytes=[0-9]+ seconds=[0-9]+ targets=drops,two\.age$'
	grep -q "bytes=$(wc -c <two.age | tr -d ' ') " stderr
	"$DYNODROP" dump -q -d "$url/faults" -r "$recipient" -t drops 2>stderr
	[ "$(wc -l <stderr)" -eq 1 ]
}

@test "what an earlier run left behind is written over" {
	echo rubbish >one.age.partial
	"$DYNODROP" dump -q -d "$url/faults" -r "$recipient" -t one.age -- -t public.small
	[ ! -e one.age.partial ]
	"$DYNODROP" list -i "$key" one.age | grep -q public.small
}

@test "two runs to one file do not mix" {
	start_blocked_dump -d "$url/faults" -t one.age
	fails 1 'another run is writing one.age.partial' dump -q -d "$url/faults" -r "$recipient" -t one.age
	unblock
	ends 0 20
	"$DYNODROP" list -i "$key" one.age | grep -q public.big
}

@test "a pg_dump that is killed is an error, and no drop is left" {
	start_blocked_dump -d "$url/faults"
	kill -9 "$child"
	unblock
	ends 1 20
	one_error_line stderr 'pg_dump was killed by signal 9'
	nothing_in drops
}

@test "a connection that the server ends is an error in the server's words, and no drop is left" {
	start_blocked_dump -d "$url/faults"
	[ "$(query -d postgres -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = 'faults' AND application_name = 'pg_dump'")" = 1 ]
	unblock
	ends 1 20
	one_error_line stderr 'pg_dump: error: .*(terminating connection|closed the connection)'
	nothing_in drops
}

@test "a server that stops in the middle is an error, and no drop is left" {
	start_own_server
	PGHOST=$own_server PGPORT=5432 query -d postgres -c "CREATE TABLE big AS
		SELECT md5(random()::text) || md5(random()::text) AS t FROM generate_series(1, 300000)" \
		-c "SELECT lo_from_bytea(0, string_agg(sha512(i::text::bytea), '')) FROM generate_series(1, 40000) i" >/dev/null
	start_blocked_dump -d "host=$own_server port=5432 user=postgres dbname=postgres"
	stop_own_server
	unblock
	ends 1 20
	one_error_line stderr 'the connection that held the snapshot is lost: |table public.big: |pg_dump: error: '
	nothing_in drops
}
