#!/usr/bin/env bats
# The buildpack's scripts, each way that they can go, on this machine. Tailscale's releases come from a server on loopback, signed by
# Tailscale's own package with keys that are made here.
#
# shellcheck disable=SC2154 # release.bash sets root, tailscale_version and arch

bats_require_minimum_version 1.5.0

load release

# A version that the buildpack knows no hash of.
other=1.2.3

setup_file() {
	cd "$BATS_FILE_TMPDIR" || return
	mkdir good app env
	make_release good $other $other
	make_release good 1.2.4 1.2.5
	make_release good "$tailscale_version" "$tailscale_version"
	touch README
	pack good 1.2.6 README
	sign good
	# The program takes a while, and each test finds it built.
	asks_for $other
	serve good
	compile
	stop_server
	rm -r app env
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir app env
	cp -r "$BATS_FILE_TMPDIR/good" "$BATS_FILE_TMPDIR/cache" .
	rm -r cache/dynodrop/tailscale
	asks_for $other
	server=''
}

teardown() {
	stop_server
}

fail() {
	printf '%s\n' "$@"
	return 1
}

# make_release FOLDER VERSION SAYS: an archive of that version, whose programs say SAYS.
make_release() {
	printf '#!/bin/sh\necho %s\n' "$3" >tailscale
	cp tailscale tailscaled
	chmod +x tailscale tailscaled
	pack "$1" "$2" tailscale tailscaled
}

asks_for() {
	echo "$1" >env/DYNODROP_TAILSCALE_VERSION
}

# serve FOLDER: on loopback, as `url`.
serve() {
	rm -f url
	python3 -u -c 'import functools, http.server, sys
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()' "$1" >url 2>served.log 3>&- &
	server=$!
	until [ -s url ]; do
		kill -0 "$server" || fail "$(cat served.log)"
		sleep 0.05
	done
	export DYNODROP_TEST_TAILSCALE_URL DYNODROP_TEST_TAILSCALE_ROOTS=$PWD/$1/roots.pem
	DYNODROP_TEST_TAILSCALE_URL=$(cat url)
}

stop_server() {
	if [ -n "${server-}" ]; then
		kill "$server"
		wait "$server" 2>/dev/null || true
	fi
	server=''
}

compile() {
	"$root/bin/compile" "$PWD/app" "$PWD/cache" "$PWD/env" >output 2>errors || fail "$(cat output errors)"
}

# compile_fails PATTERN [WAY_OUT]: the build ends, says that and what to do, and leaves nothing of itself.
compile_fails() {
	local status=0
	"$root/bin/compile" "$PWD/app" "$PWD/cache" "$PWD/env" >output 2>errors || status=$?
	[ $status = 1 ] || fail "it ended with $status:" "$(cat output errors)"
	grep -E "^ !     .*$1" errors || fail "it says something else:" "$(cat errors)"
	grep -E "^ !     .*$2" errors || fail "it does not say what to do:" "$(cat errors)"
	[ -z "$(ls -A app)" ] || fail "left in the app:" "$(ls -A app)"
	[ ! -e cache/dynodrop/tailscale ] || fail "left in the cache"
}

@test "it is for any app" {
	run -0 "$root/bin/detect" app
	[ "$output" = dynodrop ]
	[ ! -e "$root/bin/release" ]
}

@test "an app gets the programs, on PATH, and bin/dump" {
	serve good
	compile
	[ "$(cd app && find . -type f | sort)" = "./.dynodrop/bin/dump
./.dynodrop/bin/dynodrop
./.dynodrop/bin/tailscale
./.dynodrop/bin/tailscaled
./.profile.d/dynodrop.sh
./bin/dump" ]
	grep -E '^-----> Fetching Tailscale 1\.2\.3$' output
	grep -E '^       dynodrop [0-9.]+, [0-9]+ MB in the slug$' output
	[ ! -s errors ]
	[ "$(HOME=$PWD/app PATH=/nowhere "$BASH" -c 'source app/.profile.d/dynodrop.sh && command -v tailscaled')" = "$PWD/app/.dynodrop/bin/tailscaled" ]
	cd /
	run -0 "$BATS_TEST_TMPDIR/app/bin/dump" --help
	[[ $output == 'usage: dynodrop dump'* ]]
}

@test "a second build takes what the first has kept, without a network" {
	serve good
	compile
	stop_server
	rm -r app
	mkdir app
	compile
	[ "$(grep -c 'that was .* before$' output)" = 2 ]
	[ -x app/.dynodrop/bin/tailscaled ]
}

@test "another version takes the place of the one that was kept" {
	make_release good 1.2.7 1.2.7
	sign good
	serve good
	compile
	asks_for 1.2.7
	compile
	[ "$(app/.dynodrop/bin/tailscale version)" = 1.2.7 ]
	[ "$(ls cache/dynodrop/tailscale)" = 1.2.7 ]
}

@test "what is kept is checked each time, and fetched or built again where it is not right" {
	serve good
	compile
	echo more >>"cache/dynodrop/tailscale/1.2.3/tailscale_1.2.3_$arch.tgz"
	compile
	[ "$(grep -c 'that was .* before$' output)" = 1 ]
	stop_server
	compile
	[ "$(grep -c 'that was .* before$' output)" = 2 ]
	truncate -s 1000 cache/dynodrop/program/*/dynodrop
	compile
	[ "$(grep -c 'that was .* before$' output)" = 1 ]
	grep -E '^       dynodrop [0-9.]+, ' output
	[ -z "$(find cache -name 'work.*')" ]
}

@test "an app's own bin/dump stays" {
	mkdir app/bin
	echo mine >app/bin/dump
	serve good
	compile
	[ "$(cat app/bin/dump)" = mine ]
	grep "The app has a bin/dump of its own, which stays: dynodrop's is .dynodrop/bin/dump$" output
	grep 'Next: heroku run .dynodrop/bin/dump$' output
	run -0 app/.dynodrop/bin/dump --help
	rm app/bin/dump
	ln -s nowhere app/bin/dump
	compile
	[ -L app/bin/dump ]
	grep 'which stays' output
}

@test "an app whose folders are files is told so" {
	serve good
	touch app/bin
	run -1 compile
	[[ $output == *"The app's bin cannot take a file."* ]]
}

@test "the version that is known is held against its hash, whoever has signed it" {
	rm env/DYNODROP_TAILSCALE_VERSION
	serve good
	compile_fails "tailscale_${tailscale_version}_$arch.tgz is not known to be Tailscale's: its SHA-256 is " 'build again.*do not use it'
}

@test "a release that its signature does not fit" {
	echo more >>"good/stable/tailscale_1.2.3_$arch.tgz"
	serve good
	compile_fails 'is not known to be Tailscale.s: its signature is not by one of the present signing keys' 'config:unset DYNODROP_TAILSCALE_VERSION'
}

@test "a release that was cut short" {
	truncate -s -1 "good/stable/tailscale_1.2.3_$arch.tgz"
	serve good
	compile_fails 'its signature is not by' 'config:unset DYNODROP_TAILSCALE_VERSION'
}

@test "signing keys that no root key has signed" {
	mkdir others
	cp -r good/stable others
	sign others
	cp good/roots.pem others
	serve others
	compile_fails 'the signing keys \(distsign.pub\) are not signed by a root key that is known here' 'config:unset'
}

@test "root keys for tests do not come from the app's config" {
	serve good
	cp good/roots.pem env/DYNODROP_TEST_TAILSCALE_ROOTS
	compile_fails 'are not signed by a root key that is known here' 'config:unset'
}

@test "a signed archive with something else in it, or another version" {
	serve good
	asks_for 1.2.6
	compile_fails "is no archive with tailscale_1.2.6_$arch/tailscale and" 'config:unset'
	asks_for 1.2.4
	compile_fails 'says that its version is "1.2.5"' 'config:unset'
}

@test "a server that has it not, or has a page instead" {
	serve good
	asks_for 9.9.9
	compile_fails "tailscale_9.9.9_$arch.tgz cannot be had: .*404" 'Look whether .* is there'
	echo '<html>Sorry</html>' >"good/stable/tailscale_1.2.3_$arch.tgz"
	asks_for 1.2.3
	compile_fails 'its signature is not by' 'config:unset'
	stop_server
	compile_fails 'cannot be had: ' 'build again'
}

@test "what is no version is told before anything is fetched" {
	for wrong in latest 1.98 '1.2.3;ls' '../1.2.3'; do
		asks_for "$wrong"
		compile_fails 'which is no version of Tailscale' 'config:unset DYNODROP_TAILSCALE_VERSION'
	done
}

@test "a build image without the headers is told, with the stacks that have them" {
	rm -r cache/dynodrop/program
	PKG_CONFIG_LIBDIR=/nonexistent compile_fails 'This build image has no headers of libpq' 'heroku stack:set'
}

@test "bin/dump without the programs says what is missing" {
	cp "$root/bin/dump" .
	run -1 env HOME="$PWD" PATH=/usr/bin:/bin ./dump
	[ "$output" = "bin/dump: there is no dynodrop: deploy the app with dynodrop's buildpack first" ]
}
