package main

import (
	"io"
	"log"
	"net"
	"net/http/httptest"

	"tailscale.com/derp/derpserver"
	"tailscale.com/tailcfg"
	"tailscale.com/types/key"
	"tailscale.com/types/logger"
)

// A relay carries what two nodes cannot, or may not, send each other directly.
type relay struct {
	key     key.NodePrivate
	address *net.TCPAddr
	derp    *derpserver.Server
	https   *httptest.Server
}

// newRelay returns one that runs.
func newRelay() (*relay, error) {
	r := &relay{key: key.NewNode(), address: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	return r, r.start()
}

func (r *relay) start() error {
	if r.https != nil {
		return nil
	}
	listener, err := net.ListenTCP("tcp", r.address)
	if err != nil {
		return err
	}
	r.address = listener.Addr().(*net.TCPAddr)
	r.derp = derpserver.New(r.key, logger.Discard)
	r.https = httptest.NewUnstartedServer(derpserver.Handler(r.derp))
	r.https.Listener.Close()
	r.https.Listener = listener
	// It would tell of every connection that a stop has cut.
	r.https.Config.ErrorLog = log.New(io.Discard, "", 0)
	r.https.StartTLS()
	return nil
}

func (r *relay) stop() error {
	if r.https == nil {
		return nil
	}
	r.https.CloseClientConnections()
	r.https.Close()
	r.https = nil
	return r.derp.Close()
}

// derpMap tells nodes where the relay is, and the STUN server.
func (r *relay) derpMap(stunPort int) *tailcfg.DERPMap {
	node := &tailcfg.DERPNode{
		Name: "1", RegionID: 1, HostName: "127.0.0.1", IPv4: "127.0.0.1", IPv6: "none",
		STUNPort: stunPort, DERPPort: r.address.Port, InsecureForTests: true,
	}
	region := &tailcfg.DERPRegion{RegionID: 1, RegionCode: "test", RegionName: "Test", Nodes: []*tailcfg.DERPNode{node}}
	return &tailcfg.DERPMap{Regions: map[int]*tailcfg.DERPRegion{1: region}}
}
