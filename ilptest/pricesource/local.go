package pricesource

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
)

// Local is a server in memory, whose answers a test changes. It works in a bubble of testing/synctest
// too.
type Local struct {
	conns  chan net.Conn
	closed chan struct{}
	answer atomic.Pointer[http.Handler]
	client *http.Client
}

// NewLocal starts a server, which has the answers of handler. It stops at the end of the test.
func NewLocal(t testing.TB, handler http.Handler) *Local {
	t.Helper()
	l := &Local{conns: make(chan net.Conn), closed: make(chan struct{})}
	l.Answer(handler)
	l.client = &http.Client{Transport: &http.Transport{DialContext: l.dial, DisableKeepAlives: true}}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*l.answer.Load()).ServeHTTP(w, r) })}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	t.Cleanup(func() {
		_ = server.Close() // closes l
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return l
}

// Answer makes the server answer otherwise.
func (l *Local) Answer(handler http.Handler) { l.answer.Store(&handler) }

// Client returns a client for which each address is that of the server.
func (l *Local) Client() *http.Client { return l.client }

func (l *Local) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept returns the next connection. It is for the server.
func (l *Local) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept. The server calls it once.
func (l *Local) Close() error {
	close(l.closed)
	return nil
}

// Addr returns an address that means nothing.
func (*Local) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

var _ net.Listener = (*Local)(nil)
