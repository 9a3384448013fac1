package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/link/websocket"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// startRelay serves until the test ends, and tells where.
func startRelay(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- serve(listener) }()
	t.Cleanup(func() {
		listener.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// peer is a client of the relay.
type peer struct {
	net.Conn
	t  *testing.T
	in []byte
}

func dialRelay(t *testing.T, address, path string) *peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, leftover, err := websocket.Dial(ctx, fmt.Sprintf("ws://%s%s", address, path), websocket.DialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	return &peer{Conn: conn, t: t, in: leftover}
}

func (p *peer) send(op websocket.Opcode, fin bool, payload []byte) {
	p.t.Helper()
	b := websocket.AppendFrame(nil, websocket.Client, op, payload)
	if !fin {
		b[0] &^= 0x80
	}
	if _, err := p.Write(b); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) receive() websocket.Frame {
	p.t.Helper()
	buf := make([]byte, 32<<10)
	for {
		f, n, err := websocket.Cut(p.in, websocket.Client, payloadMax)
		if err != nil {
			p.t.Fatal(err)
		}
		if n > 0 {
			p.in = p.in[n:]
			return f
		}
		if n, err = p.Read(buf); err != nil {
			p.t.Fatal(err)
		}
		p.in = append(p.in, buf[:n]...)
	}
}

func TestFramesPassUnchangedBothWays(t *testing.T) {
	address := startRelay(t)
	a, b := dialRelay(t, address, "/1"), dialRelay(t, address, "/1")
	for _, pair := range [][2]*peer{{a, b}, {b, a}} {
		for _, size := range []int{0, 1, 125, 126, 65_535, 65_536, 200_000} {
			payload := bytes.Repeat([]byte{byte(size), 1, 2}, size)[:size]
			pair[0].send(websocket.Binary, true, payload)
			if f := pair[1].receive(); f.Op != websocket.Binary || !f.Fin || !bytes.Equal(f.Payload, payload) {
				t.Fatalf("%d bytes came as opcode %d with %d bytes", size, f.Op, len(f.Payload))
			}
		}
	}
}

func TestFragmentsAndControlFramesStayWhatTheyAre(t *testing.T) {
	address := startRelay(t)
	a, b := dialRelay(t, address, "/1"), dialRelay(t, address, "/1")
	for _, want := range []websocket.Frame{
		{Op: websocket.Binary, Fin: false, Payload: []byte("one")},
		{Op: websocket.Ping, Fin: true, Payload: []byte("are you there")},
		{Op: websocket.Continuation, Fin: true, Payload: []byte("two")},
		{Op: websocket.Text, Fin: true, Payload: []byte("three")},
	} {
		a.send(want.Op, want.Fin, want.Payload)
		if got := b.receive(); got.Op != want.Op || got.Fin != want.Fin || !bytes.Equal(got.Payload, want.Payload) {
			t.Errorf("sent %+v, got %+v", want, got)
		}
	}
}

func TestPairsDoNotMix(t *testing.T) {
	address := startRelay(t)
	a, c := dialRelay(t, address, "/1"), dialRelay(t, address, "/2")
	b, d := dialRelay(t, address, "/1"), dialRelay(t, address, "/2")
	a.send(websocket.Binary, true, []byte("to b"))
	c.send(websocket.Binary, true, []byte("to d"))
	if got := string(b.receive().Payload); got != "to b" {
		t.Errorf("b got %q", got)
	}
	if got := string(d.receive().Payload); got != "to d" {
		t.Errorf("d got %q", got)
	}
}

func TestBothEndTogether(t *testing.T) {
	address := startRelay(t)
	a, b := dialRelay(t, address, "/1"), dialRelay(t, address, "/1")
	a.send(websocket.Binary, true, nil)
	b.receive()
	a.Close()
	if _, err := b.Read(make([]byte, 1)); err == nil {
		t.Error("one client is gone, and the other reads on")
	}
}
