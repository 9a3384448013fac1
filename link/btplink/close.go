package btplink

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// Reasons for which a session ends.
var (
	errSilent   = errors.New("peer is silent: it did not answer a ping")
	errText     = errors.New("peer sent a text message")
	errHungUp   = errors.New("peer closed the connection without a close frame")
	errReplaced = errors.New("replaced by a new connection of the peer")
	errStopped  = errors.New("the link has stopped")
	errWrite    = errors.New("cannot write to the peer")
	errDone     = errors.New("session is over")
)

// Ending is why we end a connection that was let in. It is sent to the peer in the Close frame,
// and the answers that the peer has sent by then are taken.
type Ending string

// Error returns the reason.
func (e Ending) Error() string { return string(e) }

// peerClosed says that the peer has closed the session with a Close frame.
type peerClosed struct {
	code   uint16
	reason string // in the peer's words: at most 123 bytes of any characters
}

// closedBy returns the error for a Close frame with that payload: a peerClosed, or a
// *websocket.Error if the payload is malformed.
func (l *Link) closedBy(payload []byte) error {
	code, reason, err := websocket.ParseClose(payload)
	if err != nil {
		return err
	}
	return peerClosed{code, l.hide(reason)}
}

// Error returns the code and the reason. It escapes what cannot be printed.
func (e peerClosed) Error() string {
	switch {
	case e.code == websocket.CodeNone:
		return "peer closed the connection, without a code"
	case e.reason == "":
		return fmt.Sprintf("peer closed the connection with code %d", e.code)
	}
	return fmt.Sprintf("peer closed the connection with code %d: %q", e.code, e.reason)
}

// normal reports whether the peer has said goodbye as peers do that stop or leave.
func (e peerClosed) normal() bool {
	return e.code == websocket.CodeNormal || e.code == websocket.CodeGoingAway || e.code == websocket.CodeNone
}

// refuses reports whether a server that closes before it has answered our login refuses us, as
// some do. A server that stops or is in trouble closes with another code.
func (e peerClosed) refuses() bool {
	switch e.code {
	case websocket.CodeNormal, websocket.CodeNone, websocket.CodePolicy:
		return true
	}
	return e.code >= 3000 // the codes of libraries and applications
}

// fail ends the session: the reader stops reading and finishes it. The answers that the
// peer has sent by then are taken; closing the socket at once would lose them. Only the
// first reason counts. Any goroutine may call fail, and it does not block.
func (s *session) fail(reason error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.reason.CompareAndSwap(nil, &reason) {
		_ = s.conn.SetReadDeadline(time.Unix(1, 0)) // past: the reader returns at once
	}
}

// failWrite fails a session whose peer cannot be written to.
func (s *session) failWrite(err error) {
	var panicked *link.Panic
	if errors.As(err, &panicked) {
		s.home.Load().crash(panicked)
	}
	s.fail(fmt.Errorf("%w: %w", errWrite, err))
}

// close closes the connection at once. Any goroutine may call it. The reason counts
// unless there is one already.
func (s *session) close(reason error) {
	s.closed.Do(func() {
		s.reason.CompareAndSwap(nil, &reason)
		s.timer.Stop()
		s.out.Close()
		_ = s.conn.Close()
	})
}

// replacedMax bounds the replaced sessions of a link. A peer that connects more often loses
// the oldest.
const replacedMax = 16

// replace makes the session one that a new connection of the peer, with the auth request
// given, has replaced. The peer is told at its next request; its answers are taken until
// then. A peer that sends no request is cut off after patience, so that the connections it
// has left do not pile up.
func (s *session) replace(auth uint32, patience time.Duration) {
	s.replacedBy.Store(&auth)
	if oldest := s.link.addReplaced(s); oldest != nil {
		oldest.close(errReplaced)
	}
	time.AfterFunc(patience, s.link.guarded(func() {
		s.link.removeReplaced(s)
		s.close(errReplaced)
	}))
}

// addReplaced adds a session that was replaced, and returns the oldest one if there are too
// many now.
func (l *Link) addReplaced(s *session) (oldest *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.replaced = append(l.replaced, s)
	if len(l.replaced) > replacedMax {
		oldest = l.replaced[0]
		l.replaced = slices.Delete(l.replaced, 0, 1)
	}
	return oldest
}

func (l *Link) removeReplaced(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.replaced = slices.DeleteFunc(l.replaced, func(r *session) bool { return r == s })
}

// finish ends the session after the reader has stopped, for the reason err unless there
// is one already, and returns the reason. It sends a Close frame where the peer can still
// read it, and takes the answers that the peer sends until then. Only the reader calls
// finish. It blocks for at most drainTime.
func (s *session) finish(err error) error {
	s.mu.Lock() // a call of fail that came first has set its deadline
	s.reason.CompareAndSwap(nil, &err)
	s.mu.Unlock()
	reason := *s.reason.Load()
	var violation *websocket.Error
	var refused Refusal
	var closed peerClosed
	var panicked *link.Panic
	var ending Ending
	switch {
	case errors.As(reason, &ending):
		s.sendClose(websocket.CodePolicy, string(ending))
		s.drain(true)
	case errors.As(reason, &violation):
		s.sendClose(violation.Code, violation.Reason)
		s.drain(false)
	case errors.As(reason, &refused):
		s.sendClose(websocket.CodeNone, "")
		s.drain(false)
	case errors.As(reason, &closed): // with the same code: RFC 6455 section 5.5.1
		s.sendClose(closed.code, "")
		s.drain(false)
	case errors.Is(reason, errText):
		s.sendClose(websocket.CodeUnsupported, "binary messages only")
		s.drain(true)
	case errors.Is(reason, errReplaced):
		s.sendClose(websocket.CodeNormal, "")
		s.drain(true)
	case errors.Is(reason, errMessage):
		s.sendClose(websocket.CodeProtocol, "")
		s.drain(true)
	case errors.Is(reason, errWrite):
		s.drain(true)
	case errors.Is(reason, errStopped), errors.As(reason, &panicked):
		s.sendClose(websocket.CodeGoingAway, "")
		s.drain(true)
	case errors.Is(reason, io.EOF):
		reason = errHungUp
	}
	s.close(reason)
	return reason
}

// sendClose sends a Close frame and ends our side of the connection, both behind what
// waits to be written.
func (s *session) sendClose(code uint16, reason string) {
	if buf, ok := s.out.Begin(true); ok {
		s.out.End(websocket.AppendClose(buf, s.side, code, reason), nil)
	}
	s.out.Finish()
}

// Bounds of what is read after a Close frame.
const (
	drainTime  = time.Second
	drainReads = 64 // of bytes that are no messages
)

// drain reads what the peer still sends, for a moment: closing a socket with unread bytes
// would take the Close frame from the peer. While the bytes are messages, the answers
// among them are taken. All else is dropped.
func (s *session) drain(messages bool) {
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
// the bytes behind them can be messages.
func (s *session) takeAnswers() bool {
	for {
		var err error
		p := link.Catch(func() { err = s.handleRead(s.receiveAnswers) })
		if p == nil {
			return err == nil
		}
		s.link.crash(p) // and go on: the next answer is for another request
	}
}
