# Tailscale's signatures of its releases, checked with openssl alone. To be sourced.
#
# The format is that of Tailscale's own updater (Go package tailscale.com/clientupdate/distsign, version 1.98): root keys, known
# beforehand, sign the file distsign.pub; the keys in it sign of each release the BLAKE2s-256 hash and, behind it, the length as
# 8 bytes, the lowest first. All keys are Ed25519, 32 bytes in base64 between PEM lines of their own kind.
#
# A signature covers neither the name nor the version of a file: what is in it has to tell.
# shellcheck shell=bash

# distsign_keys FILE KIND FOLDER: writes the public keys of that kind (ROOT or SIGNING) in the file as FOLDER/0.pem, FOLDER/1.pem and so
# on, in the form that openssl reads. Fails where there is none.
distsign_keys() {
	local text number=0
	mkdir -p "$3"
	while read -r text; do
		# What says in DER that an Ed25519 key follows.
		{
			echo '-----BEGIN PUBLIC KEY-----'
			{
				printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'
				base64 -d <<<"$text"
			} | base64
			echo '-----END PUBLIC KEY-----'
		} >"$3/$number.pem"
		number=$((number + 1))
	done < <(sed -n "/^-----BEGIN $2 PUBLIC KEY-----\$/ { n; p; }" "$1")
	[ $number -gt 0 ]
}

# distsign_signed_by FOLDER FILE SIGNATURE: whether one of the keys in the folder has signed the file's bytes.
distsign_signed_by() {
	local key
	for key in "$1"/*.pem; do
		! openssl pkeyutl -verify -pubin -inkey "$key" -rawin -in "$2" -sigfile "$3" >/dev/null 2>&1 || return 0
	done
	return 1
}

# distsign_message FILE: what is signed of a release.
distsign_message() {
	local size=$(($(wc -c <"$1"))) byte
	openssl dgst -blake2s256 -binary "$1"
	for byte in 0 1 2 3 4 5 6 7; do
		# shellcheck disable=SC2059 # the byte is the format
		printf "\\x$(printf '%02x' $((size >> (8 * byte) & 255)))"
	done
}

# distsign_check FILE ROOTS WORK: whether the release is signed: beside it lie FILE.sig, distsign.pub and distsign.pub.sig. ROOTS is a file
# with the root keys, WORK a folder for what is needed meanwhile. Says why not.
distsign_check() {
	local folder
	folder=$(dirname "$1")
	distsign_keys "$2" ROOT "$3/roots" || {
		echo "there are no root keys in $2"
		return 1
	}
	distsign_signed_by "$3/roots" "$folder/distsign.pub" "$folder/distsign.pub.sig" || {
		echo "the signing keys (distsign.pub) are not signed by a root key that is known here"
		return 1
	}
	distsign_keys "$folder/distsign.pub" SIGNING "$3/signing" || {
		echo "there are no signing keys in distsign.pub"
		return 1
	}
	distsign_message "$1" >"$3/message"
	distsign_signed_by "$3/signing" "$3/message" "$1.sig" || {
		echo "its signature is not by one of the present signing keys; those of old releases are not published any more"
		return 1
	}
}
