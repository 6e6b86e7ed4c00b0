#!/usr/bin/env bats
# How many more connections there is room for, counted as the server counts them, by a role without privileges.
#
# shellcheck disable=SC2154 # version comes from helpers.bash

load helpers

setup_file() {
	each_version prepare
}

teardown_file() {
	each_version remove_all
}

prepare() {
	remove_all
	query -d postgres <<-SQL
		CREATE DATABASE roomy;
		CREATE DATABASE narrow CONNECTION LIMIT 5;
		CREATE ROLE plain LOGIN;
		CREATE ROLE limited LOGIN CONNECTION LIMIT 7;
	SQL
}

remove_all() {
	query -d postgres <<-SQL
		SET client_min_messages = error;
		DROP DATABASE IF EXISTS roomy WITH (FORCE);
		DROP DATABASE IF EXISTS narrow WITH (FORCE);
		DROP ROLE IF EXISTS plain, limited;
	SQL
}

# room ROLE DATABASE: what the program says.
room() {
	"$BUILD/tests/tools/capacity" "host=$PGHOST port=$PGPORT user=$1 dbname=$2"
}

# hold N ROLE DATABASE COMMAND...: runs the command while so many connections, which all must succeed, do nothing.
hold() {
	local i n=$1 role=$2 database=$3 status=0 looks=200 sessions=()
	shift 3
	for ((i = 0; i < n; i++)); do
		PGAPPNAME=held psql -qX -U "$role" -d "$database" -c 'SELECT pg_sleep(60)' >/dev/null 2>&1 &
		sessions+=($!)
	done
	until [ "$(count_held)" = "$n" ]; do
		[ $((looks -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
	"$@" || status=$?
	query -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'held'" >/dev/null
	wait "${sessions[@]}" || true
	return $status
}

count_held() {
	query -d postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'held' AND state = 'active'"
}

# is EXPECTED ROLE DATABASE
is() {
	local said
	said=$(room "$2" "$3")
	[ "$said" = "$1" ] || {
		echo "room for $said, not $1, for $2 in $3"
		return 1
	}
}

@test "a role's and a database's limit leave what their connections have not taken, the program's own among them" {
	each_version limits
}
limits() {
	is 6 limited roomy
	is 4 plain narrow
	is 4 limited narrow
	hold 3 limited roomy is 3 limited roomy
	hold 3 limited roomy is 4 plain narrow
	hold 3 plain narrow is 1 limited narrow
	hold 3 plain narrow is 6 limited roomy
}

@test "where the room ends the server refuses" {
	each_version refusals
}
refusals() {
	hold 6 limited roomy is 0 limited roomy
	hold 7 limited roomy refused limited roomy 'for role "limited"'
	hold 4 plain narrow is 0 plain narrow
	hold 5 plain narrow refused plain narrow 'for database "narrow"'
}
refused() {
	! room "$1" "$2" 2>refusal
	grep "too many connections $3" refusal
}

@test "the server's limit counts other roles' sessions, and keeps what is reserved for superusers" {
	each_version server
}
server() {
	local max reserved
	max=$(query -d postgres -c 'SHOW max_connections')
	reserved=$(query -d postgres -c 'SHOW superuser_reserved_connections')
	is $((max - reserved - 1)) plain roomy
	is $((max - 1)) postgres narrow
	hold 3 limited roomy is $((max - reserved - 4)) plain roomy
	hold 3 plain narrow is $((max - 4)) postgres narrow
}

@test "walsenders take no connection's place" {
	each_version walsenders
}
walsenders() {
	local looks=200
	# The kind that is connected to a database, as a subscriber of it is.
	mkfifo commands
	exec 8<>commands
	psql -qX -d 'dbname=roomy replication=database' <commands >/dev/null 2>&1 &
	# shellcheck disable=SC2064 # this process
	trap "kill $!" EXIT
	until [ "$(query -d postgres -c 'SELECT count(*) FROM pg_stat_replication')" = 1 ]; do
		[ $((looks -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
	server
}
