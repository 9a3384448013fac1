package btplink

import (
	"io"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// readLoop reads until the connection ends or fail is called, and gives each message to
// receive. It returns the reason; the caller then finishes the session. A panic of
// receive crashes the link, and ends reading too.
func (s *session) readLoop(receive func(message []byte) error) (err error) {
	defer func() {
		if p := link.Caught(recover()); p != nil {
			s.link.crash(p)
			err = p
		}
	}()
	for err == nil && s.reason.Load() == nil {
		if err = s.handleRead(receive); err == nil {
			err = s.fill()
		}
	}
	return err
}

// handleRead handles the messages of one read. All its packets share a batch: the bytes
// that they append, to any connection, are flushed once when all packets are handled, or
// one has panicked. A fault in the output of another link does not end this one if the
// handler takes the panic.
func (s *session) handleRead(receive func(message []byte) error) error {
	s.batch.Begin(clock.Now())
	defer s.batch.EndGuarded(s.link.panicked)
	return s.handleFrames(receive)
}

// handleFrames cuts the frames that were read, and handles the messages that they make.
func (s *session) handleFrames(receive func(message []byte) error) error {
	for {
		frame, n, err := websocket.Cut(s.in[s.start:s.end], s.side, s.assembler.PayloadMax)
		if err != nil || n == 0 {
			return err
		}
		s.start += n
		message, whole, err := s.assembler.Add(frame)
		if err != nil {
			return err
		}
		if !whole {
			continue
		}
		switch message.Op {
		case websocket.Binary:
			err = receive(message.Payload)
		case websocket.Text:
			err = errText
		case websocket.Ping:
			if s.pings--; s.pings < 0 {
				return errPings
			}
			s.send(websocket.Pong, message.Payload, &s.batch)
		case websocket.Close:
			err = s.link.closedBy(message.Payload)
		}
		if err != nil {
			return err
		}
	}
}

// fill reads more bytes, behind those that are not cut yet.
func (s *session) fill() error {
	s.makeRoom()
	n, err := s.source.Read(&s.in, s.end)
	s.end += n
	if n > 0 {
		if !s.received.Load() { // nothing came since the last heartbeat
			s.received.Store(true)
			s.quiet = quietReads
		}
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// quietReads is how many small reads in a row shrink the buffer. For a peer that had
// fallen silent, one is enough.
const quietReads = 64

// makeRoom moves the bytes that are left to the front of the buffer. It enlarges the
// buffer for a large frame or a busy peer, and shrinks it for a quiet one. A buffer of the
// smallest size without bytes goes back, and the next read borrows one.
func (s *session) makeRoom() {
	in, left := s.in, s.in[s.start:s.end]
	size := max(len(in), readBytesMin)
	switch {
	case s.end == size && s.start == 0 || s.end == size && size < readBytesMax:
		size *= 2
		s.quiet = 0
	case s.end < size/8:
		s.quiet++
	default:
		s.quiet = 0
	}
	if s.quiet >= quietReads && size > readBytesMin {
		size, s.quiet = size/2, 0
	}
	if len(left) > 0 {
		size = max(size, min(websocket.Need(left), FrameBytesMax+16))
	}
	size = max(size, len(left)+1)
	s.start, s.end = 0, len(left)
	switch {
	case len(left) == 0 && size == readBytesMin:
		s.in = nil
	case size != len(in):
		s.in = make([]byte, size)
		copy(s.in, left)
	default:
		copy(in, left)
		return
	}
	link.Return(in)
}
