# Tailscale's programs for the slug, checked before anything of them is unpacked. To be sourced, after output.sh and distsign.sh.
#
# DYNODROP_TEST_TAILSCALE_URL and DYNODROP_TEST_TAILSCALE_ROOTS in the environment (never in ENV_DIR: tailscale_forget_tests) name another
# server and another file of root keys.
# shellcheck shell=bash disable=SC2154 # whoever sources this has set buildpack, the folder of these files

# The way out where another version is to blame.
tailscale_other='Take the version that is known here: heroku config:unset DYNODROP_TAILSCALE_VERSION, and deploy again.'

# tailscale_known_hash VERSION ARCH: prints the hash that its archive has to have, or nothing where that is not known.
tailscale_known_hash() {
	local version sha256_amd64 sha256_arm64
	# shellcheck source=buildpack/tailscale.version
	source "$buildpack/tailscale.version"
	[ "$1" = "$version" ] || return 0
	case $2 in
	amd64) echo "$sha256_amd64" ;;
	arm64) echo "$sha256_arm64" ;;
	esac
}

# tailscale_forget_tests ENV_DIR: what an app's config variables say of tests does not count, also where they are in the environment.
tailscale_forget_tests() {
	local variable
	for variable in DYNODROP_TEST_TAILSCALE_URL DYNODROP_TEST_TAILSCALE_ROOTS; do
		[ ! -e "$1/$variable" ] || unset "$variable"
	done
}

# tailscale_arch: prints this machine's name in the names of releases.
tailscale_arch() {
	case $(uname -m) in
	x86_64) echo amd64 ;;
	aarch64 | arm64) echo arm64 ;;
	*) die "There is no dynodrop for machines of the kind $(uname -m)." "Choose a stack of Heroku's for amd64 or arm64." ;;
	esac
}

# tailscale_fetch PATH FOLDER: gets that file from the server.
tailscale_fetch() {
	local url=${DYNODROP_TEST_TAILSCALE_URL-https://pkgs.tailscale.com}/$1 said only=https
	[ -z "${DYNODROP_TEST_TAILSCALE_URL-}" ] || only=http
	# What is in the home folder, an app's own, has no part in it.
	said=$(curl --disable --proto "=$only" --fail --silent --show-error --location --retry 3 --connect-timeout 20 --max-time 300 \
		--output "$2/${1##*/}" "$url" 2>&1) ||
		die "Tailscale's ${1##*/} cannot be had: ${said##*$'\n'}" "Look whether $url is there, and build again."
}

# tailscale_is_genuine FILE VERSION ARCH: whether the release, beside which lies what its signature needs, is Tailscale's. Says why not.
tailscale_is_genuine() {
	local known_hash hash keys
	known_hash=$(tailscale_known_hash "$2" "$3") || return
	if [ -n "$known_hash" ]; then
		hash=$(sha256sum <"$1" | cut -d ' ' -f 1)
		[ "$hash" = "$known_hash" ] || {
			echo "its SHA-256 is $hash, not $known_hash"
			return 1
		}
	else
		keys=$(mktemp -d) || return
		distsign_check "$1" "${DYNODROP_TEST_TAILSCALE_ROOTS-$buildpack/tailscale.roots}" "$keys"
	fi
}

# tailscale_download VERSION ARCH FOLDER: the release, and what its signature needs, where it does.
tailscale_download() {
	local name=tailscale_$1_$2.tgz
	tailscale_fetch "stable/$name" "$3"
	[ -z "$(tailscale_known_hash "$1" "$2")" ] || return 0
	tailscale_fetch "stable/$name.sig" "$3"
	tailscale_fetch distsign.pub "$3"
	tailscale_fetch distsign.pub.sig "$3"
}

# tailscale_unpack FILE VERSION ARCH FOLDER: the two programs, and nothing else.
tailscale_unpack() {
	local inside=tailscale_$2_$3 program said
	tar -xzf "$1" -C "$4" --no-same-owner --strip-components=1 "$inside/tailscale" "$inside/tailscaled" 2>/dev/null || true
	for program in "$4/tailscale" "$4/tailscaled"; do
		if [ ! -f "$program" ] || [ -L "$program" ]; then
			die "${1##*/} is no archive with $inside/tailscale and $inside/tailscaled in it." "$tailscale_other"
		fi
	done
	said=$("$4/tailscale" version 2>&1 | head -n 1) || true
	[ "$said" = "$2" ] || die "The tailscale in ${1##*/} says that its version is \"$said\"." "$tailscale_other"
}

# tailscale_get VERSION CACHE FOLDER: tailscale and tailscaled of that version in the folder. The release is kept in CACHE, and checked
# each time: others may write there.
tailscale_get() {
	local arch name kept=$2/$1 fetched why ways=("It may have been cut short on the way: build again. If that does not help, do not use it.")
	arch=$(tailscale_arch)
	name=tailscale_$1_$arch.tgz
	if [ -f "$kept/$name" ] && tailscale_is_genuine "$kept/$name" "$1" "$arch" >/dev/null; then
		line "Using the release that was fetched before"
		tailscale_unpack "$kept/$name" "$1" "$arch" "$3"
		return
	fi
	fetched=$(mktemp -d)
	tailscale_download "$1" "$arch" "$fetched"
	[ -n "$(tailscale_known_hash "$1" "$arch")" ] || ways+=("$tailscale_other")
	why=$(tailscale_is_genuine "$fetched/$name" "$1" "$arch") || die "$name is not known to be Tailscale's: $why." "${ways[@]}"
	tailscale_unpack "$fetched/$name" "$1" "$arch" "$3"
	rm -rf "$kept"
	mkdir -p "$2"
	mv "$fetched" "$kept"
}
