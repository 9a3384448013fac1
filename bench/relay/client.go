package main

import (
	"net"
	"sync"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// side is one client.
type side struct {
	conn  net.Conn
	out   *link.Outbound
	in    []byte
	end   int
	batch ilp.ReadBatch

	once  sync.Once
	met   chan struct{} // closed when there is another
	gone  chan struct{} // closed when the connection is
	other *side
}

// Sizes, in bytes.
const (
	readBytes  = 64 << 10
	payloadMax = 256 << 10
)

func newSide(conn net.Conn, leftover []byte) *side {
	s := &side{conn: conn, met: make(chan struct{}), gone: make(chan struct{})}
	s.in = make([]byte, readBytes)
	s.end = copy(s.in, leftover)
	s.out = link.NewOutbound(conn, func(error) { s.close() })
	return s
}

func (s *side) meet(other *side) {
	s.other = other
	close(s.met)
}

// forward forwards what comes in until the connection ends; then the other ends, too.
func (s *side) forward() {
	defer s.close()
	select {
	case <-s.met:
	case <-s.gone:
		return
	}
	defer s.other.close()
	for s.cut() {
		n, err := s.conn.Read(s.in[s.end:])
		if err != nil {
			return
		}
		s.end += n
	}
}

// cut forwards the frames that were read, in one write. It reports whether to go
// on.
func (s *side) cut() bool {
	s.batch.Begin(clock.Reading{})
	defer s.batch.End()
	start := 0
	for {
		f, n, err := websocket.Cut(s.in[start:s.end], websocket.Server, payloadMax)
		if err != nil {
			return false
		}
		if n == 0 {
			break
		}
		buf, ok := s.other.out.Begin(true)
		if !ok {
			return false
		}
		head := len(buf)
		buf, _ = websocket.AppendHeader(buf, websocket.Server, f.Op, len(f.Payload))
		buf[head] = s.in[start] // a fragment stays one
		buf = append(buf, f.Payload...)
		s.other.out.End(buf, &s.batch)
		start += n
	}
	s.makeRoom(start)
	return true
}

// makeRoom moves the beginning of a frame to the front of a buffer that can hold
// all of it.
func (s *side) makeRoom(start int) {
	left := s.in[start:s.end]
	if len(left) > 0 {
		if need := websocket.Need(left); need > len(s.in) {
			s.in = append(make([]byte, 0, need), left...)[:need]
		} else {
			copy(s.in, left)
		}
	}
	s.end = len(left)
}

func (s *side) close() {
	s.once.Do(func() {
		close(s.gone)
		s.out.Close()
		_ = s.conn.Close()
	})
}
