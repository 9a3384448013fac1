package test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// Listening ports come from below the range from which systems take the ports of outgoing connections, so that
// none of those is in the way between the choice and its use.
const portMin, portMax = 12000, 30000

var ports struct {
	mu    sync.Mutex
	given map[int]bool
}

// freePort gives a port of the loopback interface that nobody listens on, each only once.
func freePort(t *testing.T) int {
	t.Helper()
	ports.mu.Lock()
	defer ports.mu.Unlock()
	if ports.given == nil {
		ports.given = make(map[int]bool)
	}
	for range 1000 {
		port := portMin + rand.IntN(portMax-portMin)
		if ports.given[port] {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			continue
		}
		listener.Close()
		ports.given[port] = true
		return port
	}
	t.Fatal("no free port")
	return 0
}

// awaitPort waits until somebody listens on a port of the loopback interface, or until gone.
func awaitPort(t *testing.T, port int, gone <-chan struct{}) {
	t.Helper()
	address := fmt.Sprintf("127.0.0.1:%d", port)
	poll(t, "listening on "+address, gone, func() bool {
		conn, err := net.DialTimeout("tcp", address, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// poll asks done again and again until it says yes; it fails the test when gone is closed or patience ends.
func poll(t *testing.T, what string, gone <-chan struct{}, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-gone:
			t.Fatalf("the process ended before %s", what)
		case <-deadline.C:
			t.Fatalf("waited %v for %s", patience, what)
		}
	}
}
