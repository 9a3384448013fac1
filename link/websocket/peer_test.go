package websocket

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// end is one end of a connection, read as a link reads it.
type end struct {
	conn net.Conn
	side Side
	asm  Assembler
	buf  []byte // read, not yet cut
}

func newEnd(conn net.Conn, side Side, leftover []byte) *end {
	return &end{conn: conn, side: side, asm: Assembler{PayloadMax: payloadMaxTest}, buf: leftover}
}

// next returns the next message, control frames included.
func (e *end) next() (Message, error) {
	for {
		f, n, err := Cut(e.buf, e.side, payloadMaxTest)
		if err != nil {
			return Message{}, err
		}
		if n == 0 {
			e.buf = slices.Grow(e.buf, max(512, Need(e.buf)-len(e.buf)))
			got, err := e.conn.Read(e.buf[len(e.buf):cap(e.buf)])
			if got == 0 && err != nil {
				return Message{}, err
			}
			e.buf = e.buf[:len(e.buf)+got]
			continue
		}
		e.buf = e.buf[n:]
		if m, whole, err := e.asm.Add(f); whole || err != nil {
			return m, err
		}
	}
}

// echo answers every message with itself, pings with pongs, and returns the
// code and reason of the Close it answered.
func (e *end) echo() (code uint16, reason string, err error) {
	for {
		m, err := e.next()
		if err != nil {
			return 0, "", err
		}
		switch m.Op {
		case Close:
			if code, reason, err = ParseClose(m.Payload); err == nil {
				err = e.write(AppendClose(nil, e.side, code, ""))
			}
			return code, reason, err
		case Ping:
			err = e.write(AppendFrame(nil, e.side, Pong, m.Payload))
		case Text, Binary:
			err = e.write(AppendFrame(nil, e.side, m.Op, m.Payload))
		}
		if err != nil {
			return 0, "", err
		}
	}
}

func (e *end) write(wire []byte) error {
	_, err := e.conn.Write(wire)
	return err
}

// closed is how a server's connection ended.
type closed struct {
	req    *http.Request
	code   uint16
	reason string
	err    error
}

// serve accepts one connection of l, echoes on it until its end, and tells.
func serve(t *testing.T, l net.Listener, opts AcceptOptions) <-chan closed {
	ended := make(chan closed, 1)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		var c closed
		defer func() { ended <- c }()
		conn, err := l.Accept()
		if c.err = err; err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		req, leftover, err := Accept(t.Context(), conn, opts)
		if c.req, c.err = req, err; err != nil {
			return
		}
		c.code, c.reason, c.err = newEnd(conn, Server, leftover).echo()
	}()
	return ended
}

// loopback listens on a free TCP port.
func loopback(t *testing.T) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// deadline is a context that ends well after any test should have.
func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// pipeTo is a DialContext that leads to conn.
func pipeTo(conn net.Conn) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) { return conn, nil }
}

// hungUp reports whether err says that the other end went away.
func hungUp(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) || errors.Is(err, net.ErrClosed)
}
