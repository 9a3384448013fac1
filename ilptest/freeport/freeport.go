// Package freeport chooses TCP ports for programs that tests start. [Take] gives each port to
// one caller, in this process and in all others that use the package: test processes run
// beside each other.
package freeport

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports are below those that systems give to outgoing connections, so that no connection
// takes one between the choice and its use.
const portMin, portMax = 12_000, 32_700

// reservedMax bounds the ports that this process reserves, and so the sockets that it holds.
// A port is given to another caller only after that many others.
const reservedMax = 512

// reserved holds the reservations of this process, oldest first. A reservation is a UDP socket
// on the port: only one process can have it, and it is in the way of no TCP listener.
var reserved struct {
	mu      sync.Mutex
	sockets []net.PacketConn
}

// Take returns a port on which nothing listens at the loopback address or at all addresses.
func Take() (int, error) {
	reserved.mu.Lock()
	defer reserved.mu.Unlock()
	for range 10_000 {
		port := portMin + rand.IntN(portMax-portMin)
		socket, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		if !listenable(port) {
			_ = socket.Close()
			continue
		}
		reserved.sockets = append(reserved.sockets, socket)
		if len(reserved.sockets) > reservedMax {
			_ = reserved.sockets[0].Close()
			reserved.sockets = reserved.sockets[1:]
		}
		return port, nil
	}
	return 0, errors.New("no port is free")
}

func listenable(port int) bool {
	for _, host := range []string{"127.0.0.1", ""} {
		l, err := net.Listen("tcp", fmt.Sprintf("%s:%d", host, port))
		if err != nil {
			return false
		}
		_ = l.Close()
	}
	return true
}
