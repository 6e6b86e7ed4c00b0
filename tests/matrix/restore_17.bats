#!/usr/bin/env bats
# A drop of each server version as README says it is restored: its zstd archive by a stock pg_restore 17, into a server 17, which then
# holds what a stock archive of the same database brings.
#
# shellcheck disable=SC2154 # version and url come from helpers.bash

load ../cli/helpers

setup_file() {
	[[ " $PG_VERSIONS " == *" 17 "* ]] || {
		echo "there is no PostgreSQL 17 here: run 'make check-matrix'" >&2
		return 1
	}
	each_version dump
	each_version in_17 restore_stock
}

# in_17 COMMAND...: with 17's programs and server; `from` is the version that the dump is of.
in_17() {
	from=$version
	use 17
	"$@"
}

dump() {
	have_everything
	pg_dump -Fc -Z0 -d everything -f stock.dump
	mkdir drops
	"$DYNODROP" keygen -o key >keygen.output 2>&1
	"$DYNODROP" dump -q -d "$url/everything" -r "$(grep -Eo 'age1[a-z0-9]+' keygen.output | head -n 1)" -t drops
	mv drops/*.dump.age drop
}

restore_stock() {
	restore "stock_$from" stock.dump
	restore "stock_jobs_$from" -j4 stock.dump
	query -d postgres -c "DROP DATABASE stock_$from" -c "DROP DATABASE stock_jobs_$from"
	in_any_order "stock_jobs_$from.stderr"
}

# What 17 cannot do of 18's is reported by four jobs in any order; and a job that has met one error counts all it does from then on.
in_any_order() {
	sed '/warning: errors ignored on restore/d' "$1" | sort >"$1.sorted"
	mv "$1.sorted" "$1"
}

from_pipe() {
	restore "$1_$from"
	same_as "stock_$from" "$1_$from"
}

from_file_with_jobs() {
	restore "$1_$from" -j4 "$2"
	in_any_order "$1_$from.stderr"
	same_as "stock_jobs_$from" "$1_$from"
}

@test "what age decrypts is a zstd archive, and restores from a file with four jobs" {
	aged_file() {
		age -d -i key -o aged.dump drop
		pg_restore -l aged.dump | grep 'Compression: zstd'
		from_file_with_jobs aged_file aged.dump
	}
	each_version in_17 aged_file
}

@test "what age decrypts restores from a pipe" {
	aged_pipe() {
		age -d -i key drop | from_pipe aged_pipe
	}
	each_version in_17 aged_pipe
}

@test "an opened drop is a zstd archive, and restores from a file with four jobs" {
	opened_file() {
		"$DYNODROP" open -i key -o opened.dump drop
		pg_restore -l opened.dump | grep 'Compression: zstd'
		from_file_with_jobs opened_file opened.dump
	}
	each_version in_17 opened_file
}

@test "an opened drop restores from a pipe" {
	opened_pipe() {
		"$DYNODROP" open -i key drop | from_pipe opened_pipe
	}
	each_version in_17 opened_pipe
}
