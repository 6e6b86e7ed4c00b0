package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	nodekey "tailscale.com/types/key"
)

// A tailnet is the test control plane, with what that leaves out and a real one does: several kinds of keys, log-outs, and who is
// online.
type tailnet struct {
	control testcontrol.Server
	// What the control plane itself does with a request of a node.
	pass http.Handler
	key  string

	// Held while a node changes: the control plane takes a copy, changes that and puts it back.
	mu sync.Mutex
	// How many streams of news each node listens to.
	streams map[tailcfg.NodeID]int
}

func newTailnet(url, key string, relays *tailcfg.DERPMap) *tailnet {
	t := &tailnet{key: key, streams: map[tailcfg.NodeID]int{}}
	t.control.ExplicitBaseURL = url
	t.control.DERPMap = relays
	t.control.MagicDNSDomain = "tail.test"
	t.control.Logf = func(string, ...any) {}
	t.setTaildrop(true)
	// The requests come out of an encrypted connection into a mux that is nobody else's business, and there is no other hook. The
	// first request makes it.
	t.control.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/generate_204", nil))
	field := reflect.ValueOf(&t.control).Elem().FieldByName("mux")
	mux := *(**http.ServeMux)(unsafe.Pointer(field.UnsafeAddr()))
	t.pass, _ = mux.Handler(httptest.NewRequest("POST", "/machine/map", nil))
	mux.HandleFunc("/machine/register", t.register)
	mux.HandleFunc("/machine/map", t.poll)
	return t
}

// read decodes a request into what, and leaves it as it was for whom it is passed to.
func read(r *http.Request, what any) error {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return json.Unmarshal(body, what)
}

// register serves a node that logs in or out, or comes back.
func (t *tailnet) register(w http.ResponseWriter, r *http.Request) {
	var req tailcfg.RegisterRequest
	if err := read(r, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if req.Followup != "" {
		// Whoever came without a key waits for a person to log in; nobody will.
		<-r.Context().Done()
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	kind, refusal := t.admit(&req)
	if refusal != nil {
		json.NewEncoder(w).Encode(refusal)
		return
	}
	t.control.AllNodesSameUser = kind == ""
	t.control.RequireMachineAuth = kind == "unapproved"
	t.pass.ServeHTTP(w, r)
	t.change(req.NodeKey, func(node *tailcfg.Node) {
		node.Expired = logsOut(&req)
		if kind == "tagged" {
			node.Tags = []string{"tag:test"}
		}
	})
}

// logsOut tells whether a node asks to have expired long ago, which is how one logs out.
func logsOut(req *tailcfg.RegisterRequest) bool {
	return !req.Expiry.IsZero() && req.Expiry.Before(time.Now())
}

// admit tells what kind of node asks, or why it is refused. A real control plane's words are used: programs show them.
func (t *tailnet) admit(req *tailcfg.RegisterRequest) (kind string, refusal *tailcfg.RegisterResponse) {
	for _, known := range []nodekey.NodePublic{req.NodeKey, req.OldNodeKey} {
		if node := t.control.Node(known); node != nil && !node.Expired {
			return "", nil
		}
	}
	if req.Auth == nil || req.Auth.AuthKey == "" {
		return "", &tailcfg.RegisterResponse{AuthURL: t.control.ExplicitBaseURL + "/a/login"}
	}
	word, ours := strings.CutPrefix(req.Auth.AuthKey, t.key)
	switch {
	case ours && slices.Contains([]string{"", "-tagged", "-other", "-unapproved"}, word):
		return strings.TrimPrefix(word, "-"), nil
	case ours && word == "-expired":
		return "", &tailcfg.RegisterResponse{Error: "invalid key: API key does not exist"}
	}
	return "", &tailcfg.RegisterResponse{Error: "invalid key: unable to validate API key"}
}

// poll serves a node that tells about itself, or listens to news of others for as long as it is online.
func (t *tailnet) poll(w http.ResponseWriter, r *http.Request) {
	var req tailcfg.MapRequest
	if err := read(r, &req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if req.Stream {
		t.count(req.NodeKey, 1)
		defer t.count(req.NodeKey, -1)
	} else {
		t.mu.Lock()
		defer t.mu.Unlock()
	}
	t.pass.ServeHTTP(w, r)
}

func (t *tailnet) count(key nodekey.NodePublic, streams int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.change(key, func(node *tailcfg.Node) {
		t.streams[node.ID] += streams
		online := t.streams[node.ID] > 0
		node.Online = &online
	})
}

// change changes a node, if there is one of that key, and tells all. The caller holds the lock.
func (t *tailnet) change(key nodekey.NodePublic, how func(node *tailcfg.Node)) {
	if node := t.control.Node(key); node != nil {
		how(node)
		t.control.UpdateNode(node)
	}
}

// setTaildrop switches Taildrop on or off for the nodes there are and those to come.
func (t *tailnet) setTaildrop(on bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	// A node that has lost its relay would look for a captive portal, outside.
	capabilities := tailcfg.NodeCapMap{tailcfg.NodeAttrDisableCaptivePortalDetection: nil}
	if on {
		capabilities[tailcfg.CapabilityFileSharing] = nil
	}
	t.control.DefaultNodeCapabilities = &capabilities
	for _, node := range t.control.AllNodes() {
		t.change(node.Key, func(node *tailcfg.Node) {
			node.Capabilities = slices.Collect(maps.Keys(capabilities))
		})
	}
	return nil
}

// setExpired ends every node's login, or takes that back.
func (t *tailnet) setExpired(expired bool) error {
	t.control.SetExpireAllNodes(expired)
	return nil
}

// list writes a line for each node.
func (t *tailnet) list(w io.Writer) {
	for _, node := range t.control.AllNodes() {
		state := "offline"
		if node.Expired {
			state = "logged-out"
		} else if node.Online != nil && *node.Online {
			state = "online"
		}
		name, _, _ := strings.Cut(node.Name, ".")
		fmt.Fprintln(w, name, state, node.User, node.Addresses[0].Addr(), strings.Join(node.Tags, ","))
	}
}
