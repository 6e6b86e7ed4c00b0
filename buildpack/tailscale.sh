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

# tailscale_fetch NAME FOLDER: gets that file from the server.
tailscale_fetch() {
	local url=${DYNODROP_TEST_TAILSCALE_URL-https://pkgs.tailscale.com/stable}/$1 said
	said=$(curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --max-time 300 --output "$2/$1" "$url" 2>&1) ||
		die "Tailscale's $1 cannot be had: ${said##*$'\n'}" "Look whether $url is there, and build again."
}

# tailscale_check_hash FILE SHA256: for the version whose hash is known.
tailscale_check_hash() {
	[ "$(sha256sum <"$1")" = "$2  -" ] ||
		die "${1##*/} is not what Tailscale has published: its SHA-256 is $(sha256sum <"$1" | cut -d ' ' -f 1), not $2." \
			"It may have been cut short on the way: build again. If that does not help, somebody may have changed it: do not deploy it."
}

# tailscale_check_signature FILE: for any other.
tailscale_check_signature() {
	local folder why name
	folder=$(dirname "$1")
	for name in "${1##*/}.sig" distsign.pub distsign.pub.sig; do
		tailscale_fetch "$name" "$folder"
	done
	why=$(distsign_check "$1" "${DYNODROP_TEST_TAILSCALE_ROOTS-$buildpack/tailscale.roots}" "$folder/keys") ||
		die "${1##*/} is not known to be Tailscale's: $why." \
			"$tailscale_other"
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

# tailscale_get VERSION FOLDER: tailscale and tailscaled of that version in the folder, which is there only if all is well.
tailscale_get() {
	local arch work known_hash
	arch=$(tailscale_arch)
	work=$(mktemp -d)
	mkdir "$work/programs"
	tailscale_fetch "tailscale_$1_$arch.tgz" "$work"
	known_hash=$(tailscale_known_hash "$1" "$arch")
	if [ -n "$known_hash" ]; then
		tailscale_check_hash "$work/tailscale_$1_$arch.tgz" "$known_hash"
	else
		tailscale_check_signature "$work/tailscale_$1_$arch.tgz"
	fi
	tailscale_unpack "$work/tailscale_$1_$arch.tgz" "$1" "$arch" "$work/programs"
	mkdir -p "$(dirname "$2")"
	rm -rf "$2"
	mv "$work/programs" "$2"
	rm -rf "$work"
}
