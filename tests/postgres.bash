# shellcheck shell=bash
# PostgreSQL servers to try things on: what `tests/servers`, `tests/demo` and tests with a server of their own have in common.

# PostgreSQL refuses to run as root. The user to run it as, or nothing where it can run as ourselves.
server_user=
if [ "$(id -u)" = 0 ]; then
	server_user=postgres
	id -u postgres >/dev/null 2>&1 || server_user=nobody
fi

# as_server COMMAND...: runs it as that user.
as_server() {
	if [ -z "$server_user" ]; then
		"$@"
	elif command -v setpriv >/dev/null; then
		setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups "$@"
	else
		sudo -u "$server_user" "$@"
	fi
}

# server_major BIN: prints the major version of the server in a folder of programs.
server_major() {
	"$1/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/'
}

# Prints the folder with the programs of the newest server the system has; nothing where it has none.
system_server() {
	local newest='' highest=0 candidate version
	for candidate in /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql@*/bin /usr/local/opt/postgresql@*/bin; do
		if [ -x "$candidate/postgres" ] && [ -x "$candidate/initdb" ]; then
			version=$(server_major "$candidate")
			if [ "$version" -gt "$highest" ]; then
				newest=$candidate highest=$version
			fi
		fi
	done
	echo "$newest"
}

# The functions below are about a server with its programs in the folder BIN and its data in HOME/data, reached by a Unix
# socket in HOME only, at port 5432. HOME becomes the user's as whom it runs.

# initdb_in BIN HOME ARGUMENT...: makes its data, with these arguments for initdb too.
initdb_in() {
	[ -z "$server_user" ] || chown "$server_user" "$2"
	as_server "$1/initdb" --no-sync --auth=trust --username=postgres -D "$2/data" "${@:3}"
}

# standby_in BIN HOME HOST PORT: makes its data a standby's of the server there.
standby_in() {
	[ -z "$server_user" ] || chown "$server_user" "$2"
	as_server "$1/pg_basebackup" --no-sync --checkpoint=fast --write-recovery-conf -h "$3" -p "$4" -U postgres -D "$2/data"
}

# start_in BIN HOME [OPTION...]: starts it with these options and waits until it answers; its log is HOME/server.log.
start_in() {
	as_server "$1/pg_ctl" start -w -D "$2/data" -l "$2/server.log" \
		-o "-p 5432 -c listen_addresses='' -c unix_socket_directories='$2' -c fsync=off ${*:3}"
}

# stop_in BIN HOME: stops it at once; nothing in it is worth a checkpoint.
stop_in() {
	as_server "$1/pg_ctl" stop -m immediate -D "$2/data"
}
