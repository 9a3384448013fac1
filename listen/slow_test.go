package listen_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/listen"
)

// pipes is a listener in memory.
type pipes struct {
	conns chan net.Conn
	ended chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.ended:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error { close(p.ended); return nil }

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// dial returns the client's end of a new connection.
func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours
}

// A stranger that is slow, on the way in or out, is cut off.
func TestSlowOnesAreCutOff(t *testing.T) {
	pair := certificate(t)
	head := "POST / HTTP/1.1\r\nHost: x\r\n"
	hello := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	get := "\x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x86\x84\x41\x01x" // a frame of headers
	ping := "\x00\x00\x08\x06\x00\x00\x00\x00\x0012345678"
	for name, c := range map[string]struct {
		tls    bool
		quick  string // comes at once
		slow   string // comes with a byte a second
		unread bool   // the answers are not taken
		after  time.Duration
	}{
		"nothing":                        {false, "", "", false, 10 * time.Second},
		"nothing, with TLS":              {true, "", "", false, 10 * time.Second},
		"a handshake":                    {true, "\x16\x03\x01\x01\xf4", strings.Repeat("\x01", 500), false, 10 * time.Second},
		"a head":                         {false, "", head, false, 10 * time.Second},
		"a head without end":             {false, head, strings.Repeat("X: x\r\n", 50), false, 10 * time.Second},
		"a body":                         {false, head + "Content-Length: 999\r\n\r\n", strings.Repeat("x", 999), false, 30 * time.Second},
		"a body in chunks":               {false, head + "Transfer-Encoding: chunked\r\n\r\n", strings.Repeat("1\r\nx\r\n", 99), false, 30 * time.Second},
		"a trailer":                      {false, head + "Transfer-Encoding: chunked\r\n\r\n0\r\n", strings.Repeat("X: x\r\n", 99), false, 30 * time.Second},
		"a body that no handler reads":   {false, strings.Replace(head, "/", "/gone", 1) + "Content-Length: 999\r\n\r\n", strings.Repeat("x", 999), false, 30 * time.Second},
		"no request after the first":     {false, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "", false, 2 * time.Minute},
		"half a request after the first": {false, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /", "", false, 10 * time.Second},
		"an answer not taken":            {false, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", strings.Repeat("x", 999), true, 30 * time.Second},
		"half of a preface":              {false, hello[:20], "", false, 10 * time.Second},
		"settings":                       {false, hello[:24], "", false, 2 * time.Second},
		"no ping over HTTP/2":            {false, hello, "", false, 45 * time.Second},
		"a frame of HTTP/2":              {false, hello + "\x00\x40\x00\x00\x00\x00\x00\x00\x01", strings.Repeat("x", 999), false, 45 * time.Second},
		"headers of HTTP/2":              {false, hello + "\x00\x00\x01\x01\x00\x00\x00\x00\x01\x82", strings.Repeat("\x00\x00\x00\x09\x00\x00\x00\x00\x01", 99), false, 45 * time.Second},
		"an answer of HTTP/2 not taken":  {false, hello + get, strings.Repeat(ping, 99), true, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := listen.Options{}
				if c.tls {
					o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
				}
				s := listen.New(o)
				handle(t, s, "/", func(w http.ResponseWriter, r *http.Request) {
					_, _ = io.Copy(io.Discard, r.Body)
					_, _ = w.Write(make([]byte, 1<<20))
				})
				ctx, cancel := context.WithCancel(t.Context())
				p := &pipes{make(chan net.Conn), make(chan struct{})}
				done := make(chan struct{})
				go func() {
					defer close(done)
					s.Serve(ctx, p)
				}()
				defer func() {
					cancel()
					<-done
				}()
				conn := p.dial()
				defer func() { _ = conn.Close() }()
				began := time.Now()
				closed := make(chan struct{})
				if c.unread {
					close(closed)
				} else {
					go func() {
						defer close(closed)
						_, _ = io.Copy(io.Discard, conn)
					}()
				}
				_, err := io.WriteString(conn, c.quick)
				for i := 0; i < len(c.slow) && err == nil; i++ {
					time.Sleep(time.Second)
					_, err = conn.Write([]byte{c.slow[i]})
				}
				<-closed
				// A connection that ends may wait half a second for what is on its way.
				if took := time.Since(began); took < c.after-time.Second || took > c.after+time.Second {
					t.Errorf("cut off after %v instead of %v", took, c.after)
				}
			})
		})
	}
}
