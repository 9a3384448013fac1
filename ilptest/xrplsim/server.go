package xrplsim

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/coder/websocket"

	"github.com/ilp-go/connector/ilptest/freeport"
)

// requestMax bounds a request, in bytes.
const requestMax = 1 << 20

// listen listens at an address. Without one it takes a port that nobody else takes while Refuse
// has let go of it.
func listen(address string) (net.Listener, error) {
	if address == "" {
		port, err := freeport.Take()
		if err != nil {
			return nil, err
		}
		address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	return net.Listen("tcp", address)
}

// serve takes connections from a listener until Refuse or Close. l.mu is not needed: nobody else
// serves meanwhile.
func (l *Ledger) serve(listener net.Listener) {
	server := &http.Server{Handler: http.HandlerFunc(l.upgrade)}
	l.http = server
	l.running.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	})
}

// upgrade makes a connection a WebSocket and serves it, or answers HTML.
func (l *Ledger) upgrade(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	html, refused := l.html, l.http == nil
	if !html && !refused {
		l.running.Add(1) // while Close cannot be waiting: it refuses connections first
	}
	l.mu.Unlock()
	switch {
	case refused:
		return
	case html:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<html><body><h1>503 Service Unavailable</h1></body></html>\n")
		return
	}
	defer l.running.Done()
	c := &client{l: l, wake: make(chan struct{}, 1), streams: make(map[string]bool)}
	socket, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		InsecureSkipVerify: true,
		OnPingReceived:     func(context.Context, []byte) bool { return !l.isSilent() },
	})
	if err != nil {
		return // Accept has answered
	}
	socket.SetReadLimit(requestMax)
	c.socket = socket
	c.ended, c.end = context.WithCancel(l.stopped)
	defer c.end()
	if l.enter(c) {
		c.run()
		l.leave(c)
	}
	_ = socket.CloseNow()
}

// enter counts a connection. It returns false if connections are refused since it came.
func (l *Ledger) enter(c *client) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.http == nil {
		return false
	}
	l.accepted++
	c.number = l.accepted
	l.clients[c] = true
	return true
}

func (l *Ledger) leave(c *client) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.clients, c)
}

func (l *Ledger) isSilent() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.silent
}
