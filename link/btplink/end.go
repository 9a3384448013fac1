package btplink

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// finish closes the session for the reason given, and says goodbye where the peer
// can still hear it. The answers that the peer has sent until then are taken, as far as
// they can be read. It blocks for at most drainTime: only the reader calls it.
func (s *session) finish(err error) error {
	var violation *websocket.Error
	var panicked *link.Panic
	broken := s.broken.Load()
	switch {
	case broken != nil:
		err = *broken
		s.drainInput(true)
	case errors.As(err, &violation):
		s.goodbye(violation.Code, violation.Reason)
		s.drainInput(false)
	case errors.Is(err, errClosed):
		s.goodbye(websocket.CodeNormal, "")
		s.drainInput(false)
	case errors.Is(err, errText):
		s.goodbye(websocket.CodeUnsupported, "binary messages only")
		s.drainInput(true)
	case errors.Is(err, errReplace):
		s.goodbye(websocket.CodeNormal, "")
		s.drainInput(true)
	case errors.Is(err, errMessage):
		s.goodbye(websocket.CodeProtocol, "")
		s.drainInput(true)
	case errors.As(err, &panicked):
		s.goodbye(websocket.CodeGoingAway, "") // as all sessions of the link
		s.drainInput(true)
	case errors.Is(err, io.EOF):
		err = errClosed
	}
	s.close(err)
	if s.cause == nil {
		return fmt.Errorf("connection ended: %w", err)
	}
	return s.cause
}

// close ends the session. The first reason counts.
func (s *session) close(err error) {
	s.once.Do(func() {
		s.cause = err
		s.timer.Stop()
		s.out.Close()
		_ = s.conn.Close()
	})
}

// abandon has the reader end a session whose peer cannot be written to. What the peer has
// sent is still in the socket: closing it at once would lose answers.
func (s *session) abandon(err error) {
	var panicked *link.Panic
	if errors.As(err, &panicked) {
		s.link.crash(panicked)
	}
	if s.leaving.Load() {
		return // the reader knows when to stop
	}
	s.broken.CompareAndSwap(nil, &err)
	_ = s.conn.SetReadDeadline(time.Unix(1, 0))
}

// goodbye tells the peer why and ends our side of the connection, both behind what
// waits for the peer.
func (s *session) goodbye(code uint16, reason string) {
	s.leaving.Store(true)
	if buf, ok := s.out.Begin(true); ok {
		s.out.End(websocket.AppendClose(buf, s.side, code, reason), nil)
	}
	s.out.Finish()
}

// depart says goodbye to a peer that has done nothing wrong, and closes a moment
// later. What the peer answers in that moment is taken, what it asks is not.
func (s *session) depart(err error) {
	time.AfterFunc(drainTime, s.link.guarded(func() { s.close(err) }))
	s.goodbye(websocket.CodeGoingAway, "")
}

// oust has the peer told at its next request that it opened a new connection, with
// the auth request given. Its answers are taken. A peer that has no more to say is hung
// up on after patience: the connections it has left must not pile up.
func (s *session) oust(auth uint32, patience time.Duration) {
	s.ousted.Store(&auth)
	time.AfterFunc(patience, s.link.guarded(func() { s.close(errReplace) }))
}

// Bounds of what is read after a goodbye.
const (
	drainTime  = time.Second
	drainReads = 64 // of bytes that are no messages
)

// drainInput reads what the peer still sends, for a moment: closing a socket with unread
// bytes would take the goodbye from the peer. Where the bytes are still messages the
// answers among them are taken, and all the rest is thrown away.
func (s *session) drainInput(messages bool) {
	_ = s.conn.SetReadDeadline(time.Now().Add(drainTime))
	for left := drainReads; left > 0; {
		if messages {
			messages = s.takeAnswers()
		} else {
			s.start = s.end
			left--
		}
		if s.fill() != nil {
			return
		}
	}
}

// takeAnswers takes the answers among the messages that were read. It reports whether
// what comes behind them can be messages.
func (s *session) takeAnswers() bool {
	for {
		var err error
		p := link.Catch(func() { err = s.turn(s.receiveLast) })
		if p == nil {
			return err == nil
		}
		s.link.crash(p) // and go on: whoever waits for the next answer is not to blame
	}
}
