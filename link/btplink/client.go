package btplink

import (
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// clientSessionsMax bounds the connections of one client. When it opens one more, the oldest
// is replaced.
const clientSessionsMax = 8

// client is what the link of one of many clients has. Such a client may have several
// connections at a time, for instance one for each tab of a browser. A packet goes over the
// newest, and its answer must come over the same one. If that has ended meanwhile, the answer
// may come over any other, since the client has connected again.
type client struct {
	name    string // in the log
	begun   bool
	ended   bool
	over    bool       // all connections have ended since
	open    []*session // oldest first, at most clientSessionsMax
	numbers uint32     // of the sessions so far
	failed  func(*link.Panic)
}

// NewClient returns the link of one of many clients. It does nothing until Begin, and is never
// run. The log says the name.
func NewClient(name string, log *slog.Logger) *Link {
	l := newLink(log)
	l.name = name
	return l
}

// Begin makes the link of one of many clients ready for the connections of its client, which
// come when the Login of a listening link returns it. The link hands the packets that
// come in to handler and calls changed as Run does. It calls failed, if it panics, with the
// first panic; then its connections have ended or end soon. Begin is called once.
func (l *Link) Begin(handler ilp.Handler, changed func(connected bool), failed func(*link.Panic)) {
	l.begun, l.failed = true, failed
	l.setHandler(handler, changed)
	l.stop = func(cause error) {
		if p, panicked := cause.(*link.Panic); panicked && l.failed != nil {
			l.failed(p)
		}
		l.End()
	}
	l.status.Enter(link.Connecting, "")
}

// End ends the connections of a link that was begun, and fails the requests that wait for an
// answer when the last of them has ended. It does not wait.
func (l *Link) End() {
	l.mu.Lock()
	l.ended = true // first: a connection that comes from here on is ended by install
	l.mu.Unlock()
	l.Disconnect(errStopped)
	l.endIfOver()
}

// Disconnect ends the present connections of a link that was begun, for a reason: an [Ending] is
// told to the client. The client may connect again.
func (l *Link) Disconnect(reason error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.open {
		s.fail(reason)
	}
}

// Idle reports whether a link that was begun has no connection, and no request that waits for
// an answer.
func (l *Link) Idle() bool {
	l.mu.Lock()
	connected := len(l.open) > 0
	l.mu.Unlock() // Len must not be called with it: see addLocked
	return !connected && l.pending.Len() == 0
}

// addLocked adds a connection, and returns the one that it replaces, nil if it replaces none.
func (l *Link) addLocked(s *session) (old *session) {
	l.numbers++
	s.number = l.numbers
	s.may = func(via uint32) bool { return via == s.number || !l.isOpen(via) }
	if l.open = append(l.open, s); len(l.open) > clientSessionsMax {
		old = l.open[0]
		l.open = slices.Delete(l.open, 0, 1)
	}
	return old
}

// isOpen reports whether the connection of a number has not ended.
func (l *Link) isOpen(number uint32) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.ContainsFunc(l.open, func(s *session) bool { return s.number == number })
}

// leave takes a session out of its place. Of a client, the newest of the others takes it.
func (l *Link) leave(place *atomic.Pointer[session], s *session) {
	if !l.begun {
		place.CompareAndSwap(s, nil)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open = slices.DeleteFunc(l.open, func(other *session) bool { return other == s })
	var next *session
	if n := len(l.open); n > 0 && l.crashed == nil {
		next = l.open[n-1]
	}
	place.CompareAndSwap(s, next)
}

// endIfOver ends a link whose End was called when its last connection has ended.
func (l *Link) endIfOver() {
	l.mu.Lock()
	last := l.ended && !l.over && len(l.open) == 0
	l.over = l.over || last
	l.mu.Unlock()
	if !last {
		return
	}
	l.pending.Close(func(up ilp.ReplyWriter) {
		l.guard(func() { up.WriteReply(sendFailure("connection closed")) })
	})
	l.rivals.Stop()
	l.status.Enter(link.Disabled, "")
	l.mu.Lock()
	p := l.crashed
	l.mu.Unlock()
	if p != nil {
		l.status.Fail(p, time.Time{})
	}
}
