#!/usr/bin/env bats
# A connection pooler before the server: a transaction pooler cannot hold a snapshot, and is told from the server itself.
#
# shellcheck disable=SC2154 # recipient comes from faults.bash

load helpers
load faults
# shellcheck source=tests/postgres.bash
source "$BATS_TEST_DIRNAME/../postgres.bash"

setup_file() {
	setup_faults "$(newest)"
}

setup() {
	use "$(newest)"
	in_own_folder
}

teardown() {
	# Its id, since as root what was started is a setpriv around it.
	[ ! -s "${its_folder-}/pid" ] || kill "$(cat "$its_folder/pid")"
	end_all
	rm -rf "${its_folder-}"
}

# start_pooler MODE: pgbouncer before the server, on port $pooler_port; end_all ends it.
start_pooler() {
	pooler_port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
	# pgbouncer refuses to run as root; the user it runs as has a folder of its own.
	its_folder=$(mktemp -d "${TMPDIR:-/tmp}/dynodrop-pooler.XXXXXX")
	chmod 755 "$its_folder"
	[ -z "$server_user" ] || chown "$server_user" "$its_folder"
	cat >"$its_folder/pgbouncer.ini" <<-INI
		[databases]
		* = host=$PGHOST port=$PGPORT user=postgres
		[pgbouncer]
		listen_addr = 127.0.0.1
		listen_port = $pooler_port
		unix_socket_dir =
		auth_type = any
		pool_mode = $1
		pidfile = $its_folder/pid
	INI
	in_background as_server env PATH="$PATH:/usr/sbin" pgbouncer "$its_folder/pgbouncer.ini" >"$its_folder/log" 2>&1
	for _ in {1..100}; do
		! psql -qXAt -h 127.0.0.1 -p "$pooler_port" -c 'SELECT 1' faults >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	fail "pgbouncer does not answer:" "$(cat "$its_folder/log")"
}

@test "a transaction pooler is refused before anything is read, and the direct URL's variable is named" {
	start_pooler transaction
	export DATABASE_CONNECTION_POOL_URL="postgres://app@127.0.0.1:$pooler_port/faults"
	dump_fails 1 'leads to a transaction pooler.*direct URL$' -d DATABASE_CONNECTION_POOL_URL
	DATABASE_URL="postgres://app@127.0.0.1:$PGPORT/faults" \
		dump_fails 1 'leads to a transaction pooler.*-d DATABASE_URL$' -d DATABASE_CONNECTION_POOL_URL
}

@test "a pooler's sessions are left as they were" {
	start_pooler transaction
	through_pooler() { psql -qXAt -h 127.0.0.1 -p "$pooler_port" -U app faults -c 'SHOW search_path'; }
	local before
	before=$(through_pooler)
	[ -n "$before" ]
	dump_fails 1 'leads to a transaction pooler' -d "postgres://app@127.0.0.1:$pooler_port/faults"
	[ "$(through_pooler)" = "$before" ]
}

@test "a pooler that keeps sessions apart is none" {
	start_pooler session
	"$DYNODROP" dump -q -r "$recipient" -t drops -d "postgres://app@127.0.0.1:$pooler_port/faults"
	[ "$("$DYNODROP" list -i "$key" drops/*.age | grep -c 'public.big$')" = 1 ]
}

@test "what ends the look at a pooler's sessions is told" {
	new_database slow
	# Too slow within a transaction that has begun before the query, and only there.
	query -d slow <<-SQL
		SET allow_system_table_mods = on;
		UPDATE pg_proc SET proname = 'quick_backend_pid' WHERE proname = 'pg_backend_pid';
		CREATE FUNCTION pg_catalog.pg_backend_pid() RETURNS int LANGUAGE plpgsql AS \$\$ BEGIN
			IF statement_timestamp() > now() THEN PERFORM pg_sleep(60); END IF;
			RETURN pg_catalog.quick_backend_pid();
		END \$\$;
		ALTER DATABASE slow SET statement_timeout = '1s';
	SQL
	start_pooler session
	dump_fails 1 'canceling statement due to statement timeout' -d "postgres://app@127.0.0.1:$pooler_port/slow"
	query -d postgres -c 'DROP DATABASE slow WITH (FORCE)'
}
