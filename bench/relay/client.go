package main

import (
	"net"
	"sync"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// client is one end of a pair.
type client struct {
	conn  net.Conn
	out   *link.Outbound
	in    []byte
	end   int
	batch ilp.ReadBatch

	once   sync.Once
	joined chan struct{} // closed when other is set
	closed chan struct{} // closed when the connection ends
	other  *client
}

// Sizes, in bytes.
const (
	readBytes  = 64 << 10
	payloadMax = 256 << 10
)

func newClient(conn net.Conn, leftover []byte) *client {
	c := &client{conn: conn, joined: make(chan struct{}), closed: make(chan struct{})}
	c.in = make([]byte, readBytes)
	c.end = copy(c.in, leftover)
	c.out = link.NewOutbound(conn, func(error) { c.close() })
	return c
}

// join gives the client its peer.
func (c *client) join(other *client) {
	c.other = other
	close(c.joined)
}

// forward forwards frames to the peer until the connection ends. It then ends the peer's too.
func (c *client) forward() {
	defer c.close()
	select {
	case <-c.joined:
	case <-c.closed:
		return
	}
	defer c.other.close()
	for c.cut() {
		n, err := c.conn.Read(c.in[c.end:])
		if err != nil {
			return
		}
		c.end += n
	}
}

// cut forwards the frames that were read, in one write. It reports whether to read on.
func (c *client) cut() bool {
	c.batch.Begin(clock.Reading{})
	defer c.batch.End()
	start := 0
	for {
		f, n, err := websocket.Cut(c.in[start:c.end], websocket.Server, payloadMax)
		if err != nil {
			return false
		}
		if n == 0 {
			break
		}
		buf, ok := c.other.out.Begin(true)
		if !ok {
			return false
		}
		head := len(buf)
		buf, _ = websocket.AppendHeader(buf, websocket.Server, f.Op, len(f.Payload))
		buf[head] = c.in[start] // keeps the bit that marks a fragment
		buf = append(buf, f.Payload...)
		c.other.out.End(buf, &c.batch)
		start += n
	}
	c.makeRoom(start)
	return true
}

// makeRoom moves the beginning of a frame to the front of a buffer that can hold the whole frame.
func (c *client) makeRoom(start int) {
	left := c.in[start:c.end]
	if len(left) > 0 {
		if need := websocket.Need(left); need > len(c.in) {
			c.in = append(make([]byte, 0, need), left...)[:need]
		} else {
			copy(c.in, left)
		}
	}
	c.end = len(left)
}

func (c *client) close() {
	c.once.Do(func() {
		close(c.closed)
		c.out.Close()
		_ = c.conn.Close()
	})
}
