package test

import (
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilptest/freeport"
)

// freePort returns a port that nothing listens on.
func freePort(t *testing.T) int {
	t.Helper()
	port, err := freeport.Take()
	if err != nil {
		t.Fatal(err)
	}
	return port
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
