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

# pack FOLDER VERSION PROGRAM...: the archive of that version in the folder, with these files as its programs.
pack() {
	local inside=tailscale_$2_$arch
	mkdir "$inside"
	cp "${@:3}" "$inside"
	tar -czf "$1/$inside.tgz" "$inside"
	rm -r "$inside"
}

# sign FOLDER: all archives in it, by a key that hangs on FOLDER/roots.pem.
sign() {
	(cd "$1" && "$tailscale_bin/sign" . ./*.tgz)
}
