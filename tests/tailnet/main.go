// Tailnet is a whole tailnet on loopback, for the tests: Tailscale's own test control plane and a relay.
//
//	tailnet KEY_FILE
//
// It prints the URL for `tailscale up --login-server` on a line of its own once it is ready, and ends on SIGTERM, on SIGINT or at
// the end of its standard input. Nodes log in with the key in KEY_FILE, the operator's, or with that key and a word behind it:
//
//	KEY-tagged        the node is tagged, and nobody's
//	KEY-other         it belongs to another user
//	KEY-unapproved    it waits for an admin's approval
//	KEY-expired       refused, as is any other key
//
// At the URL it is also told what is to happen, by POST:
//
//	/test/nodes           lists the nodes, one a line: NAME online|offline|logged-out USER ADDRESS TAGS
//	/test/relay/stop      ends the relay and the connections to it
//	/test/relay/start     starts it again, at the same address
//	/test/taildrop/off    Taildrop is switched off for the tailnet, and with /on on again
//	/test/keys/expire     every node's login expires, until /test/keys/renew
package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	log.SetPrefix("tailnet: ")
	if len(os.Args) != 2 {
		log.Fatal("usage: tailnet KEY_FILE")
	}
	key, err := os.ReadFile(os.Args[1])
	if err != nil || len(bytes.TrimSpace(key)) == 0 {
		log.Fatalf("no key in %s: %v", os.Args[1], err)
	}
	ctx, end := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	go func() {
		io.Copy(io.Discard, os.Stdin)
		end()
	}()
	if err := run(ctx, string(bytes.TrimSpace(key))); err != nil {
		log.Fatal(err)
	}
}

// run serves the tailnet until ctx ends.
func run(ctx context.Context, key string) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	relay, err := newRelay()
	if err != nil {
		return err
	}
	defer relay.stop()
	stunPort, err := serveSTUN()
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	tailnet := newTailnet(url, key, relay.derpMap(stunPort))
	failed := make(chan error)
	go func() { failed <- http.Serve(listener, routes(tailnet, relay)) }()
	fmt.Println(url)
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	return err
}

// routes is what is served: what a test may ask for, and the control plane.
func routes(t *tailnet, r *relay) http.Handler {
	mux := http.NewServeMux()
	on := func(path string, do func() error) {
		mux.HandleFunc("POST /test/"+path, func(w http.ResponseWriter, _ *http.Request) {
			if err := do(); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
	}
	on("relay/stop", r.stop)
	on("relay/start", r.start)
	on("taildrop/off", func() error { return t.setTaildrop(false) })
	on("taildrop/on", func() error { return t.setTaildrop(true) })
	on("keys/expire", func() error { return t.setExpired(true) })
	on("keys/renew", func() error { return t.setExpired(false) })
	mux.HandleFunc("POST /test/nodes", func(w http.ResponseWriter, _ *http.Request) { t.list(w) })
	mux.Handle("/", &t.control)
	return mux
}
