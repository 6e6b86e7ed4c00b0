package main

import (
	"net"

	"tailscale.com/net/stun"
)

// serveSTUN tells nodes their own address, at the port that is returned, until the program ends. A node that gets no answer takes
// UDP for blocked, and looks for a captive portal outside.
func serveSTUN() (port int, err error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return 0, err
	}
	go func() {
		request := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(request)
			if err != nil {
				return
			}
			if id, err := stun.ParseBindingRequest(request[:n]); err == nil {
				conn.WriteToUDPAddrPort(stun.Response(id, from), from)
			}
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).Port, nil
}
