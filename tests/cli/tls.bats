#!/usr/bin/env bats
# TLS to the database where the connection string does not speak of it.
#
# shellcheck disable=SC2154,SC2030,SC2031 # recipient comes from faults.bash, port from tls.bash; each test is a subshell

load helpers
load faults
load tls

host=shop.abc.us-east-1.rds.amazonaws.com

setup_file() {
	setup_key "$(newest)"
	make_certificate "$host"
}

setup() {
	in_own_folder
	start_tcp_server
	unset PGHOST PGPORT PGUSER
	query_own -c "CREATE TABLE big AS SELECT md5(random()::text) || md5(random()::text) AS t FROM generate_series(1, 400000)" \
		-c "SELECT lo_from_bytea(0, string_agg(sha512(i::text::bytea), '')) FROM generate_series(1, 40000) i" >/dev/null
	# An address like another, but not one of those that are this machine for everybody.
	elsewhere="host=127.1 port=$port user=postgres dbname=postgres"
	at_amazon="host=$host hostaddr=127.0.0.1 port=$port user=postgres dbname=postgres"
}

teardown() {
	end_all
	end_own_server
}

# dumps DATABASE: to the file drop, with what is told in stderr.
dumps() {
	rm -f drop
	"$DYNODROP" dump --progress none -d "$1" -r "$recipient" -t drop 2>stderr || fail "$(cat stderr)"
}

@test "another machine is not reached without TLS, unless the string says so, which is told" {
	dump_fails 1 'server does not support SSL, but SSL was required.*: where nobody .* say so with sslmode=disable$' -d "$elsewhere"
	dumps "$elsewhere sslmode=disable"
	grep 'warning: with sslmode=disable the connection to the database may go without TLS' stderr
	PGSSLMODE=prefer dumps "$elsewhere"
	grep 'warning: with sslmode=prefer the connection' stderr
	dumps "host=127.0.0.1 port=$port user=postgres dbname=postgres"
	run -1 grep warning stderr
}

@test "all connections have TLS then, pg_dump's too" {
	turn_on_tls
	dumps "$elsewhere"
	run -1 grep warning stderr
	start_blocked_dump -d "$elsewhere" -j 2
	[ "$(query_own -c "SELECT bool_and(ssl), count(*) > 2,
		bool_or(application_name = 'pg_dump') FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
		WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")" = 't|t|t' ]
	unblock
	ends 0 20
}

@test "at Amazon the certificate is checked by the system's roots" {
	turn_on_tls
	dump_fails 1 'certificate verify failed: this machine does not know .*global-bundle\.pem .* sslrootcert=FILE$' -d "$at_amazon"
	export SSL_CERT_FILE=$BATS_FILE_TMPDIR/server.crt
	dumps "$at_amazon"
	run -1 grep warning stderr
	dump_fails 1 'does not match host name' -d "${at_amazon/shop/other}"
	dumps "$at_amazon sslmode=verify-full"
	unset SSL_CERT_FILE
	dumps "$at_amazon sslrootcert=$BATS_FILE_TMPDIR/server.crt"
	run -1 grep warning stderr
	dumps "$at_amazon sslmode=prefer"
	grep 'warning: with sslmode=prefer .*: with sslmode=verify-full it would not' stderr
	PGREQUIRESSL=1 dumps "$at_amazon"
	grep 'warning: with sslmode=require nobody checks' stderr
	dumps "$at_amazon sslmode=require"
	grep 'warning: with sslmode=require nobody checks that it is the database that answers' stderr
}

@test "a service file has its way, and a mode that may go without TLS is told" {
	printf '[mine]\nhost=127.1\nport=%s\nuser=postgres\ndbname=postgres\n' "$port" >services
	export PGSERVICEFILE=$PWD/services
	dumps service=mine
	grep 'warning: with sslmode=prefer the connection to the database may go without TLS' stderr
	turn_on_tls
	echo sslmode=require >>services
	dumps service=mine
	run -1 grep warning stderr
}

@test "a certificate that the roots at home do not vouch for is told with the way out" {
	turn_on_tls
	mkdir .postgresql
	make_certificate elsewhere
	mv server.crt .postgresql/root.crt
	dump_fails 1 'certificate verify failed: libpq checks it by ~/.postgresql/root.crt' -d "$elsewhere"
	dumps "$elsewhere sslmode=require sslrootcert=none"
	dumps "$elsewhere sslrootcert=$BATS_FILE_TMPDIR/server.crt"
}

@test "the mode of node-postgres is told in libpq's words" {
	dump_fails 1 'invalid sslmode value: "no-verify": that is .* give the URL with sslmode=require' -d "$elsewhere sslmode=no-verify"
	PGSSLMODE=no-verify dump_fails 1 'invalid sslmode value: "no-verify": that is .* set PGSSLMODE=require' -d "$elsewhere"
}
