// Signs files as Tailscale signs its releases, with keys made for this once, by Tailscale's own package.
//
//	sign FOLDER NAME...
//
// Beside the files of these names in the folder it puts NAME.sig, distsign.pub and distsign.pub.sig, as Tailscale's server has them,
// and roots.pem, the root key that all hangs on.
package main

import (
	"io"
	"log"
	"os"
	"path/filepath"

	"tailscale.com/clientupdate/distsign"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 3 {
		log.Fatal("usage: sign FOLDER NAME...")
	}
	folder := os.Args[1]
	key := makeKeys(folder)
	for _, name := range os.Args[2:] {
		write(folder, name+".sig", signature(key, filepath.Join(folder, name)))
	}
}

// makeKeys writes the public ones and returns the key that signs.
func makeKeys(folder string) *distsign.SigningKey {
	rootPrivate, rootPublic, err := distsign.GenerateRootKey()
	check(err)
	private, public, err := distsign.GenerateSigningKey()
	check(err)
	root, err := distsign.ParseRootKey(rootPrivate)
	check(err)
	signed, err := root.SignSigningKeys(public)
	check(err)
	write(folder, "roots.pem", rootPublic)
	write(folder, "distsign.pub", public)
	write(folder, "distsign.pub.sig", signed)
	key, err := distsign.ParseSigningKey(private)
	check(err)
	return key
}

func signature(key *distsign.SigningKey, path string) []byte {
	file, err := os.Open(path)
	check(err)
	defer file.Close()
	hash := distsign.NewPackageHash()
	_, err = io.Copy(hash, file)
	check(err)
	signed, err := key.SignPackageHash(hash.Sum(nil), hash.Len())
	check(err)
	return signed
}

func write(folder, name string, data []byte) {
	check(os.WriteFile(filepath.Join(folder, name), data, 0o644))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
