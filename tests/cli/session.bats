#!/usr/bin/env bats
# The sessions that read rows have pg_dump's settings, whatever the login's own are.
#
# shellcheck disable=SC2154,SC2317 # url comes from helpers.bash; `right` is called by each_version

load helpers

settings=statement_timeout,lock_timeout,idle_in_transaction_session_timeout,search_path,DateStyle,IntervalStyle
settings=$settings,TimeZone,bytea_output,quote_all_identifiers,synchronize_seqscans,max_parallel_workers_per_gather

# has NAMES ENCODING [PG_DUMP_OPTION]...: what a session has, in one line.
has() {
	"$BUILD/tests/tools/session_settings" "$url/postgres" "$@" | paste -sd' '
}

is() {
	[ "$1" = "$2" ] || {
		printf '%s\n' "it is $1" "not   $2"
		return 1
	}
}

@test "a session has no time-outs, and writes values in one form only" {
	right() {
		is "$(has "$settings" '')" "statement_timeout=0 lock_timeout=0 idle_in_transaction_session_timeout=0 search_path=\"\" \
DateStyle=ISO, DMY IntervalStyle=postgres TimeZone=UTC bytea_output=hex quote_all_identifiers=off synchronize_seqscans=off \
max_parallel_workers_per_gather=0"
		is "$(has row_security,extra_float_digits '')" "row_security=off extra_float_digits=3"
		is "$(has client_encoding,role EUC_JP)" "client_encoding=EUC_JP role=none"
	}
	each_version right
}

@test "time-outs of newer servers are lifted too" {
	right() {
		local names=idle_session_timeout values=idle_session_timeout=0
		export PGOPTIONS='-c idle_session_timeout=1min'
		if [ "$version" -ge 17 ]; then
			names+=,transaction_timeout values+=' transaction_timeout=0' PGOPTIONS+=' -c transaction_timeout=1min'
		fi
		is "$(has "$names" '')" "$values"
	}
	each_version right
}

@test "what pg_dump's options say of a session holds for it" {
	right() {
		query -d postgres -c 'CREATE ROLE "a ""reader""; --"'
		is "$(has role,row_security,extra_float_digits '' --role='a "reader"; --' --enable-row-security --extra-float-digits 0)" \
			'role=a "reader"; -- row_security=on extra_float_digits=0'
		query -d postgres -c 'DROP ROLE "a ""reader""; --"'
	}
	each_version right
}

@test "a session does not read through views, where the server can forbid it" {
	right() {
		local expected
		expected=$(query -d postgres -c "SELECT 'view, foreign-table' FROM pg_settings WHERE name = 'restrict_nonsystem_relation_kind'")
		is "$(has restrict_nonsystem_relation_kind '')" "restrict_nonsystem_relation_kind=${expected:-(none)}"
	}
	each_version right
}
