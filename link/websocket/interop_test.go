package websocket

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	coder "github.com/coder/websocket"
	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// sizes are the messages exchanged with other implementations: about every
// length encoding, and larger than any buffer between.
var sizes = []int{0, 1, 125, 126, 300, 65535, 65536, 1 << 20}

// coderServer serves with github.com/coder/websocket, offering compression:
// it echoes messages, each in two fragments if it has two bytes.
func coderServer(t *testing.T) (rawURL string, ended <-chan error) {
	done := make(chan error, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		done <- func() error {
			c, err := coder.Accept(w, r, &coder.AcceptOptions{CompressionMode: coder.CompressionContextTakeover})
			if err != nil {
				return err
			}
			defer func() { _ = c.CloseNow() }()
			c.SetReadLimit(payloadMaxTest)
			for {
				typ, p, err := c.Read(r.Context())
				if err != nil {
					return err
				}
				if err := writeHalves(r.Context(), c, typ, p); err != nil {
					return err
				}
			}
		}()
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http"), done
}

// writeHalves writes p as a message in fragments.
func writeHalves(ctx context.Context, c *coder.Conn, typ coder.MessageType, p []byte) error {
	w, err := c.Writer(ctx, typ)
	if err != nil {
		return err
	}
	for _, half := range [][]byte{p[:len(p)/2], p[len(p)/2:]} {
		if _, err := w.Write(half); err != nil {
			return err
		}
	}
	return w.Close()
}

// dialEnd dials rawURL with our client.
func dialEnd(t *testing.T, rawURL string, opts DialOptions) *end {
	conn, leftover, err := Dial(deadline(t), rawURL, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return newEnd(conn, Client, leftover)
}

// wantEcho sends wire and expects the messages, in turn.
func wantEcho(t *testing.T, e *end, wire []byte, want ...Message) {
	t.Helper()
	sent := make(chan error, 1)
	go func() { sent <- e.write(wire) }() // or both sides might write and neither read
	for _, w := range want {
		if m, err := e.next(); err != nil || m.Op != w.Op || !bytes.Equal(m.Payload, w.Payload) {
			t.Fatalf("opcode %d with %d bytes, %v; want %d with %d", m.Op, len(m.Payload), err, w.Op, len(w.Payload))
		}
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

// inFragments is a binary message in three fragments, a ping after the first.
func inFragments(side Side, p []byte) []byte {
	one, two := len(p)/3, len(p)/2
	wire := AppendFrame(nil, side, Binary, p[:one])
	wire[0] &^= finBit
	wire = AppendFrame(wire, side, Ping, []byte("between"))
	second := len(wire)
	wire = AppendFrame(wire, side, Continuation, p[one:two])
	wire[second] &^= finBit
	return AppendFrame(wire, side, Continuation, p[two:])
}

func TestClientSpeaksWithCoderServer(t *testing.T) {
	rawURL, ended := coderServer(t)
	e := dialEnd(t, rawURL, DialOptions{})
	for _, n := range sizes {
		wantEcho(t, e, AppendFrame(nil, Client, Binary, pattern(n)), Message{Binary, pattern(n)})
		wantEcho(t, e, inFragments(Client, pattern(n)), Message{Pong, []byte("between")}, Message{Binary, pattern(n)})
	}
	text := []byte("\u03bc and more")
	wantEcho(t, e, AppendFrame(nil, Client, Text, text), Message{Text, text})
	wantEcho(t, e, AppendFrame(nil, Client, Ping, pattern(125)), Message{Pong, pattern(125)})

	if err := e.write(AppendClose(nil, Client, 4001, "enough")); err != nil {
		t.Fatal(err)
	}
	m, err := e.next()
	if code, _, parseErr := ParseClose(m.Payload); err != nil || parseErr != nil || m.Op != Close || code != 4001 {
		t.Errorf("Close answered with %v, %v, %v", m, err, parseErr)
	}
	var got coder.CloseError
	if err := <-ended; !errors.As(err, &got) || got.Code != 4001 || got.Reason != "enough" {
		t.Errorf("server ended with %v", err)
	}
}

func TestServerSpeaksWithCoderClient(t *testing.T) {
	l := loopback(t)
	ended := serve(t, l, AcceptOptions{Path: "/path"})
	ctx := deadline(t)
	c, _, err := coder.Dial(ctx, "ws://"+l.Addr().String()+"/path?q", &coder.DialOptions{
		Subprotocols:    []string{"other", "ilp"},
		CompressionMode: coder.CompressionContextTakeover,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.CloseNow() }()
	if c.Subprotocol() != "" {
		t.Errorf("subprotocol %q", c.Subprotocol())
	}
	c.SetReadLimit(payloadMaxTest)
	for _, n := range sizes {
		sent := make(chan error, 2)
		go func() {
			sent <- c.Write(ctx, coder.MessageBinary, pattern(n))
			sent <- writeHalves(ctx, c, coder.MessageBinary, pattern(n))
		}()
		for range 2 {
			if typ, p, err := c.Read(ctx); err != nil || typ != coder.MessageBinary || !bytes.Equal(p, pattern(n)) {
				t.Fatalf("size %d: %v with %d bytes, %v", n, typ, len(p), err)
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
		}
	}
	reading := c.CloseRead(ctx)
	if err := c.Ping(ctx); err != nil {
		t.Errorf("ping: %v", err)
	}
	if err := c.Close(4001, "enough"); err != nil {
		t.Errorf("close: %v", err)
	}
	<-reading.Done()
	if got := <-ended; got.err != nil || got.code != 4001 || got.reason != "enough" || got.req.URL.RawQuery != "q" {
		t.Errorf("server ended with %+v", got)
	}
}

func TestServerSpeaksWithGobwasClient(t *testing.T) {
	l := loopback(t)
	ended := serve(t, l, AcceptOptions{})
	conn, _, _, err := ws.Dial(deadline(t), "ws://"+l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for _, n := range sizes {
		sent := make(chan error, 1)
		go func() { sent <- wsutil.WriteClientBinary(conn, pattern(n)) }()
		if p, err := wsutil.ReadServerBinary(conn); err != nil || !bytes.Equal(p, pattern(n)) {
			t.Fatalf("size %d: %d bytes, %v", n, len(p), err)
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
	}
	frame := ws.MaskFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(ws.StatusGoingAway, "bye")))
	if err := ws.WriteFrame(conn, frame); err != nil {
		t.Fatal(err)
	}
	if got := <-ended; got.err != nil || got.code != CodeGoingAway || got.reason != "bye" {
		t.Errorf("server ended with %+v", got)
	}
}

func TestClientSpeaksWithGobwasServer(t *testing.T) {
	l := loopback(t)
	defer func() { _ = l.Close() }()
	ended := make(chan error, 1)
	go func() {
		ended <- func() error {
			conn, err := l.Accept()
			if err != nil {
				return err
			}
			defer func() { _ = conn.Close() }()
			if _, err := ws.Upgrade(conn); err != nil {
				return err
			}
			for {
				p, op, err := wsutil.ReadClientData(conn)
				if err != nil {
					return err
				}
				if err := wsutil.WriteServerMessage(conn, op, p); err != nil {
					return err
				}
			}
		}()
	}()
	e := dialEnd(t, "ws://"+l.Addr().String(), DialOptions{})
	for _, n := range sizes {
		wantEcho(t, e, inFragments(Client, pattern(n)), Message{Pong, []byte("between")}, Message{Binary, pattern(n)})
	}
	if err := e.write(AppendClose(nil, Client, CodeNormal, "bye")); err != nil {
		t.Fatal(err)
	}
	var got wsutil.ClosedError
	if err := <-ended; !errors.As(err, &got) || got.Code != ws.StatusNormalClosure || got.Reason != "bye" {
		t.Errorf("server ended with %v", err)
	}
}

// TestContextDoesNotMatterAfterTheHandshake also joins our two halves.
func TestContextDoesNotMatterAfterTheHandshake(t *testing.T) {
	ctx, cancel := context.WithCancel(deadline(t))
	far, near := net.Pipe()
	accepted, echoed := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(echoed)
		_, leftover, err := Accept(ctx, far, AcceptOptions{})
		accepted <- err
		if err == nil {
			_, _, _ = newEnd(far, Server, leftover).echo()
		}
	}()
	conn, leftover, err := Dial(ctx, "ws://example.test", DialOptions{DialContext: pipeTo(near)})
	if err := errors.Join(err, <-accepted); err != nil {
		t.Fatal(err)
	}
	cancel()
	e := newEnd(conn, Client, leftover)
	wantEcho(t, e, AppendFrame(nil, Client, Binary, []byte("still")), Message{Binary, []byte("still")})
	_ = conn.Close()
	<-echoed
}
