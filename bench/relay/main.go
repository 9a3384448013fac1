// Command relay forwards WebSocket frames between two clients that ask for the same path, without
// reading their contents. It is the lower bound that the benchmark compares the connector with: a
// process between two WebSockets can hardly cost less.
//
// One goroutine per connection takes all that a socket has in one read of up to 64 KiB. It cuts the
// bytes into frames and hands these to the other client's link.Outbound. That writes them at once,
// without blocking and without waking a goroutine. The relay answers no pings and assembles no messages.
//
// With -http it is the lower bound of ILP over HTTP instead. It then sends the body of each request to
// the URL of that flag, and answers with what comes back, by package net/http alone.
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
	listen := flag.String("listen", "127.0.0.1:0", "the `address` to listen on")
	to := flag.String("http", "", "forward the bodies of HTTP requests to this `URL`, instead of WebSocket frames")
	flag.Parse()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
	fmt.Println("listening on", listener.Addr())
	if *to == "" {
		err = serve(listener)
	} else {
		err = serveHTTP(listener, *to)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

// serve accepts clients until the listener is closed.
func serve(listener net.Listener) error {
	r := &relay{waiting: make(map[string]*client)}
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
		clients.Go(func() { r.handle(conn) })
	}
}

// relay joins clients in pairs.
type relay struct {
	mu      sync.Mutex
	waiting map[string]*client // clients without a peer, by path
}

// handle shakes hands with a client, and forwards its frames until one of the pair ends.
func (r *relay) handle(conn net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	request, leftover, err := websocket.Accept(ctx, conn, websocket.AcceptOptions{})
	cancel()
	if err != nil {
		_ = conn.Close()
		return
	}
	c := newClient(conn, leftover)
	r.pair(request.URL.Path, c)
	c.forward()
}

// pair joins a client with the client that waits at the path. Without one it lets the client wait.
func (r *relay) pair(path string, c *client) {
	r.mu.Lock()
	defer r.mu.Unlock()
	other := r.waiting[path]
	if other == nil {
		r.waiting[path] = c
		return
	}
	delete(r.waiting, path)
	c.join(other)
	other.join(c)
}
