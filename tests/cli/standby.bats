#!/usr/bin/env bats
# Dumping from a standby, as from a follower at Heroku.
#
# shellcheck disable=SC2154 # recipient and key come from faults.bash

load helpers
load faults
# shellcheck source=tests/postgres.bash
source "$BATS_TEST_DIRNAME/../postgres.bash"

setup_file() {
	use "$(newest)"
	have_everything
	"$DYNODROP" keygen -o "$BATS_FILE_TMPDIR/key" >"$BATS_FILE_TMPDIR/recipient" 2>"$BATS_FILE_TMPDIR/keygen.stderr"
	export STANDBY BIN
	# The folder of a test may be out of reach for the servers' user.
	STANDBY=$(mktemp -d "${TMPDIR:-/tmp}/standby.XXXXXX")
	BIN=$(dirname "$(command -v postgres)")
	standby_in "$BIN" "$STANDBY" "$PGHOST" "$PGPORT"
	start_in "$BIN" "$STANDBY" >/dev/null 3>&-
}

teardown_file() {
	stop_in "$BIN" "$STANDBY" >/dev/null || true
	rm -rf "$STANDBY"
}

setup() {
	set -o pipefail
	use "$(newest)"
	in_own_folder
}

on_standby() {
	PGHOST=$STANDBY PGPORT=5432 "$@"
}

# What pg_restore brings back from both is compared on the leader.
@test "on a standby, unlogged tables are left out as pg_dump does" {
	[ "$(on_standby query -d everything -c 'SELECT pg_is_in_recovery()')" = t ]
	[ "$(query -d everything -c 'SELECT count(*) FROM app.unlogged')" = 2 ]
	on_standby pg_dump -Fc -Z0 -d everything -f stock.dump
	"$DYNODROP" dump -q -d "host=$STANDBY port=5432 user=$PG_LOGIN dbname=everything" -r "$recipient" -t drops
	"$DYNODROP" open --no-compress -i "$key" -o opened.dump drops/*.dump.age

	pg_restore -l stock.dump | grep -v '^;' >stock.list
	pg_restore -l opened.dump | grep -v '^;' >opened.list
	grep ' TABLE app unlogged ' stock.list
	run -1 grep ' TABLE DATA app unlogged ' stock.list
	same_text stock.list opened.list

	restore standby_stock stock.dump
	grep -q '^table|app.unlogged|0|' standby_stock.described
	grep -q '^table|app.many|36000|' standby_stock.described
	restore standby_drop opened.dump
	same_as standby_stock standby_drop
	query -d postgres -c 'DROP DATABASE standby_stock'
}
