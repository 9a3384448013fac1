// Command relay forwards WebSocket frames between the two clients that ask for the
// same path, and looks at nothing in them. It is the floor that the benchmark holds the
// connector against: a process that stands between two WebSockets can hardly do with
// less.
//
// It does what costs little: one goroutine per connection takes all that a socket has
// in one read of up to 64 KiB, cuts it into frames, and hands them to the other
// side's link.Outbound, which writes them at once, without blocking and without
// waking anybody. It answers no pings and assembles no messages.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/ilp-go/connector/link/websocket"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "the address to wait on")
	flag.Parse()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
	fmt.Println("listening on", listener.Addr())
	if err := serve(listener); err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

// serve accepts clients until the listener is closed.
func serve(listener net.Listener) error {
	r := &relay{waiting: make(map[string]*side)}
	var clients sync.WaitGroup
	defer clients.Wait()
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			return err
		}
		clients.Go(func() { r.welcome(conn) })
	}
}

// relay is the clients that wait for another, by their path.
type relay struct {
	mu      sync.Mutex
	waiting map[string]*side
}

// welcome makes a handshake and forwards until one of the two is gone.
func (r *relay) welcome(conn net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	request, leftover, err := websocket.Accept(ctx, conn, websocket.AcceptOptions{})
	cancel()
	if err != nil {
		_ = conn.Close()
		return
	}
	s := newSide(conn, leftover)
	r.pair(request.URL.Path, s)
	s.forward()
}

// pair joins a client with the one that asked for the path before.
func (r *relay) pair(path string, s *side) {
	r.mu.Lock()
	defer r.mu.Unlock()
	other := r.waiting[path]
	if other == nil {
		r.waiting[path] = s
		return
	}
	delete(r.waiting, path)
	s.meet(other)
	other.meet(s)
}
