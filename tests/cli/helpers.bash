# What the whole-program tests share. tests/run starts the servers and sets DYNODROP and DYNODROP_SERVERS.
# shellcheck shell=bash

bats_require_minimum_version 1.5.0

[ -n "${DYNODROP_SERVERS-}" ] || {
	echo "these tests need servers: run tests/run ${BATS_TEST_FILENAME-FILE.bats}" >&2
	exit 1
}
# shellcheck source=/dev/null
source "$DYNODROP_SERVERS/env.sh"
cli=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
data=$cli/../data

# use VERSION: the server's programs come first in PATH, and psql and its kin talk to it as superuser, without a password.
# `url` then is what dynodrop is given: TCP, a password, and a login whose settings would spoil a careless dump.
use() {
	local bin=PG$1_BIN socket=PG$1_SOCKET port=PG$1_PORT its_url=PG$1_URL
	# shellcheck disable=SC2034 # the tests use these two
	version=$1
	# shellcheck disable=SC2034
	url=${!its_url}
	export PATH=${!bin}:$PATH PGHOST=${!socket} PGPORT=${!port} PGUSER=postgres
}

# each_version COMMAND...: runs the command once for each server, after `use VERSION`, all at the same time, each in a folder
# of its own that lasts as long as the file's tests. Shows what the failing ones said, and fails if one failed.
each_version() {
	local v pids=() i=0 failed=0
	for v in $PG_VERSIONS; do
		mkdir -p "$BATS_FILE_TMPDIR/$v"
		(
			set -euo pipefail
			use "$v"
			cd "$BATS_FILE_TMPDIR/$v"
			"$@"
		) >"$BATS_FILE_TMPDIR/$v.output" 2>&1 3>&- &
		pids+=($!)
	done
	for v in $PG_VERSIONS; do
		wait "${pids[i]}" || {
			echo "--- PostgreSQL $v:"
			cat "$BATS_FILE_TMPDIR/$v.output"
			failed=1
		}
		i=$((i + 1))
	done
	return $failed
}

query() {
	psql -qXAt -v ON_ERROR_STOP=1 "$@"
}

# new_database NAME: an empty one, also if there was one of that name.
new_database() {
	query -d postgres -c "SET client_min_messages = error" -c "DROP DATABASE IF EXISTS \"$1\" WITH (FORCE)" \
		-c "CREATE DATABASE \"$1\" TEMPLATE template0"
}

# The test database, loaded once for all files' tests: it is only read.
have_everything() {
	[ -z "$(query -d postgres -c "SELECT 1 FROM pg_database WHERE datname = 'everything'")" ] || return 0
	new_database everything.loading
	query -d everything.loading -f "$data/everything.sql" >/dev/null
	query -d postgres -c 'ALTER DATABASE "everything.loading" RENAME TO everything'
}

# describe DATABASE: all that is in it, as text that is the same for equal databases in whatever order the rows lie.
describe() {
	# Newer minor releases put a random key between \restrict and \unrestrict.
	pg_dump --schema-only -d "$1" | sed -E '/^\\(un)?restrict /d'
	query -d "$1" -f "$cli/contents.sql"
}

# restore NAME PG_RESTORE_ARGUMENT...: restores into a new database NAME and writes down what is in it and what pg_restore said.
restore() {
	new_database "$1"
	pg_restore -d "$1" "${@:2}" 2>"$1.stderr" || true
	describe "$1" >"$1.described"
}

# same_text FILE FILE: the first differing lines say enough.
same_text() {
	local differences
	differences=$(diff "$1" "$2") || {
		head -n 40 <<<"$differences"
		return 1
	}
}

# same_as REFERENCE NAME: as the reference's, what is in the database, and what pg_restore had to say.
same_as() {
	[ -s "$1.described" ]
	same_text "$1.described" "$2.described"
	same_text "$1.stderr" "$2.stderr"
	no_injection "$2"
	query -d postgres -c "DROP DATABASE \"$2\""
}

no_injection() {
	[ "$(query -d "$1" -c "SELECT count(*) FROM pg_class WHERE relname = 'injected'")" = 0 ]
	[ ! -e injected ]
}
