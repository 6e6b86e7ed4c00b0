# A server of a test's own that is reached by TCP and can have TLS. To be sourced after faults.bash.
# shellcheck shell=bash disable=SC2154 # faults.bash sets own_server and own_bin

# make_certificate HOST: in setup_file; ./server.crt, which vouches for itself, and ./server.key.
make_certificate() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -addext "subjectAltName=DNS:$1" \
		-keyout server.key -out server.crt 2>/dev/null
}

# start_tcp_server: in setup; one that was built with TLS but does without, at 127.0.0.1 and the port `port`, whose programs come first in PATH.
start_tcp_server() {
	for own_version in $PG_VERSIONS ''; do
		if [ -n "$own_version" ] && ldd "$(bin_of "$own_version")/postgres" | grep -q libssl; then break; fi
	done
	[ -n "$own_version" ] || skip "needs a PostgreSQL that was built with TLS"
	use "$own_version"
	port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
	start_own_server -c listen_addresses=127.0.0.1 -c port="$port"
}

# query_own ARGUMENT...: psql with these, as superuser.
query_own() {
	psql -qXAt -v ON_ERROR_STOP=1 -h "$own_server" -p "$port" -U postgres -d postgres "$@"
}

# turn_on_tls: from now on, with that certificate.
turn_on_tls() {
	local file
	for file in server.key server.crt; do
		install -m 600 ${server_user:+-o "$server_user"} "$BATS_FILE_TMPDIR/$file" "$own_server/data/"
	done
	query_own -c 'ALTER SYSTEM SET ssl = on' -c 'SELECT pg_reload_conf()' >/dev/null
	wait_until 5 psql -qX "host=127.0.0.1 port=$port user=postgres dbname=postgres sslmode=require" -c ''
}
