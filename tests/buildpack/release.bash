# Releases of Tailscale as its server has them, made here. To be sourced.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# The one that the buildpack installs, and what `tests/deps tailnet` has built of it.
# shellcheck source=buildpack/tailscale.version
tailscale_version=$(. "$root/buildpack/tailscale.version" && echo "$version")
tailscale_bin=$root/build/deps/tailscale-$tailscale_version/bin
case $(uname -m) in
x86_64) arch=amd64 ;;
*) arch=arm64 ;;
esac

# pack SERVER VERSION PROGRAM...: the archive of that version where it is on a server that has the folder, with these files as its programs.
pack() {
	local inside=tailscale_$2_$arch
	mkdir -p "$inside" "$1/stable"
	cp "${@:3}" "$inside"
	tar -czf "$1/stable/$inside.tgz" "$inside"
	rm -r "$inside"
}

# sign SERVER: all archives on it, by a key that hangs on SERVER/roots.pem.
sign() {
	(cd "$1" && "$tailscale_bin/sign" . stable/*.tgz)
}
