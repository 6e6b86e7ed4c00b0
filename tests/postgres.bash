# shellcheck shell=bash
# A PostgreSQL server to try things on: what `tests/servers` and `tests/demo` have in common.

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
