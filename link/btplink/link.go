// Package btplink carries an account's packets over BTP (RFC 23) on WebSockets,
// as ilp-plugin-btp does: it dials a server, or listens for one counterparty, or
// both.
//
// A packet's way in: readLoop takes what one read brought, websocket.Cut the next
// frame, btp.Parse the message, ilp.ParsePrepare the packet, and the handler the
// link runs with gets it, all on views of the read buffer. Its way out: HandlePrepare
// enters it in the table of pending requests and appends it to the session's
// outbound bytes, which are flushed once for all packets of the batch.
//
// A [Link] belongs to an account and outlives connections; a session is one
// authenticated connection. What waits for an answer belongs to the link: the
// answer may come over the next session. A socket that is not authenticated is
// nobody's and can disturb nothing.
package btplink

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// Defaults and bounds.
const (
	AuthTimeout       = 5 * time.Second
	HeartbeatInterval = 20 * time.Second // as ilp-plugin-btp
	FrameBytesMax     = 256 << 10

	pongTimeout = 10 * time.Second
)

// Options are what a Link is made of. At least one of Server and Listener is needed.
type Options struct {
	Server   *Server
	Listener *Listener

	// AuthTimeout is how long a connection may take until it is authenticated.
	AuthTimeout time.Duration
	// HeartbeatInterval is how long a connection may be silent before it is
	// pinged.
	HeartbeatInterval time.Duration
	// ReconnectSteps are the waits between tries to dial, link.DefaultSteps if
	// empty.
	ReconnectSteps []time.Duration

	Log *slog.Logger
}

// Server is whom to dial.
type Server struct {
	URL            string // ws:// or wss://, without credentials
	Account, Token string
	TLS            *tls.Config // for wss, nil for the system's roots
}

// Listener is where to be dialed.
type Listener struct {
	Address string // host:port; an empty host is all interfaces
	Path    string // the only path to serve, any if empty
	Secret  string
	TLS     *tls.Config // nil for plain ws
	// Bound is told the address once the socket listens. May be nil.
	Bound func(address string)
}

// Link is the BTP link of one account. Its methods are safe for concurrent use.
type Link struct {
	opts    Options
	log     *slog.Logger
	status  link.Reporter
	pending *link.Pending

	handler   ilp.Handler
	unmatched link.Unmatched // the handler, nil if it is none
	changed   func(connected bool)

	dialed   atomic.Pointer[session]
	accepted atomic.Pointer[session]

	mu        sync.Mutex // guards the change of a session, with the status that goes with it
	ready     chan struct{}
	notified  bool                    // the value that changed was called with last
	notifying bool                    // a goroutine is calling changed
	crashed   *link.Panic             // the first panic; there is no session any more
	stop      context.CancelCauseFunc // ends what Run does
}

// New makes a link that does nothing until Run.
func New(opts Options) *Link {
	if opts.AuthTimeout <= 0 {
		opts.AuthTimeout = AuthTimeout
	}
	if opts.HeartbeatInterval <= 0 {
		opts.HeartbeatInterval = HeartbeatInterval
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	l := &Link{opts: opts, log: opts.Log, ready: make(chan struct{}), stop: func(error) {}}
	l.pending = link.NewPending(func(id uint32, up ilp.ReplyWriter) {
		l.guard(func() { up.WriteReply(sendFailure(fmt.Sprintf("%d timed out", id))) })
	})
	return l
}

// Run keeps the link connected until ctx ends; then it closes the connections,
// and what waits for an answer fails. What comes in is handed to handler, which may
// be a link.Unmatched too; changed, if not nil, is told whenever the link becomes
// connected or stops being so, one call at a time. Run blocks, and is called once.
//
// When a goroutine or a timer of the link panics, the link ends likewise, and then Run
// panics with the first *link.Panic.
func (l *Link) Run(ctx context.Context, handler ilp.Handler, changed func(connected bool)) {
	l.handler, l.changed = handler, changed
	l.unmatched, _ = handler.(link.Unmatched)
	ctx, stop := context.WithCancelCause(ctx)
	l.mu.Lock()
	l.stop = stop
	l.mu.Unlock()
	defer l.endRun()
	var dialing sync.WaitGroup // with a listener beside it: one goroutine is enough for one of them
	defer dialing.Wait()
	switch {
	case l.opts.Listener == nil && l.opts.Server != nil:
		l.dialLoop(ctx)
	case l.opts.Listener != nil:
		if l.opts.Server != nil {
			dialing.Go(func() { l.dialLoop(ctx) })
		}
		l.listenLoop(ctx)
	}
}

// HandlePrepare sends a packet to the counterparty. It does not block.
func (l *Link) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	s := l.session()
	if s == nil {
		fail(up, prepare.Batch, ilp.T01, "no connection to account.")
		return
	}
	now := prepare.Batch.Now()
	if now.None() {
		now = clock.Now()
	}
	id, ok := l.pending.Put(up, now.Deadline(prepare.Expiry()))
	if !ok {
		fail(up, prepare.Batch, ilp.T03, "too many packets in flight.")
		return
	}
	if !s.sendPrepare(id, prepare) {
		if up, ok := l.pending.Take(id); ok {
			fail(up, prepare.Batch, ilp.T02, "peer is busy.")
		}
	}
}

// Connected reports whether a packet could be sent now.
func (l *Link) Connected() bool { return l.session() != nil }

// Status is how the link is doing.
func (l *Link) Status() link.Status { return l.status.Status() }

// Ready is closed when the link has been connected for the first time.
func (l *Link) Ready() <-chan struct{} { return l.ready }

// session is the one to send on: that which we dialed, if there are two.
func (l *Link) session() *session {
	if s := l.dialed.Load(); s != nil {
		return s
	}
	return l.accepted.Load()
}

// install makes s the session in its place, and returns the session that it replaced,
// nil if there was none. The caller then calls replace on that one. A link that has
// crashed installs nothing.
func (l *Link) install(place *atomic.Pointer[session], s *session) (old *session) {
	l.mu.Lock()
	if l.crashed != nil {
		l.mu.Unlock()
		return nil
	}
	old = place.Swap(s)
	l.status.Enter(link.Established, s.remote)
	select {
	case <-l.ready:
	default:
		close(l.ready)
	}
	l.mu.Unlock()
	l.log.Info("connected", "remote", s.remote)
	return old
}

// remove takes a session out of its place, unless another one has replaced it, and
// finishes it. Nothing can be sent while that takes its moment. It returns why the
// session ended.
func (l *Link) remove(place *atomic.Pointer[session], s *session, err error) error {
	removed := place.CompareAndSwap(s, nil)
	l.setState(link.Connecting, "", nil)
	l.notify()
	reason := s.finish(err)
	if removed {
		l.log.Info("disconnected", "remote", s.remote, "reason", reason)
		l.setState(link.Connecting, "", reason)
	}
	return reason
}

// setState enters a state on the way to be connected, with the error that led there, if
// there is one. It does nothing while the link is connected, perhaps by another session.
func (l *Link) setState(state link.State, remote string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.Connected() {
		return
	}
	l.status.Enter(state, remote)
	if err != nil {
		l.status.Fail(err, time.Time{})
	}
}

// notify calls changed if the link has become connected, or stopped being so. Only one
// goroutine calls it at a time, and looks again afterwards, so the last call is right.
func (l *Link) notify() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for now := l.Connected(); now != l.notified && !l.notifying; now = l.Connected() {
		l.notified = now
		if l.changed == nil {
			continue
		}
		l.notifying = true
		l.mu.Unlock()
		l.guard(func() { l.changed(now) })
		l.mu.Lock()
		l.notifying = false
	}
}

// sendFailure is the failure of a packet that the counterparty did not answer as
// it should: the reference calls everything that its plugins throw unreachable.
func sendFailure(reason string) ilp.Reply {
	return ilp.Failure{Code: ilp.F02, Message: "failed to send packet: " + reason, Name: "Error"}.Reply()
}

func fail(up ilp.ReplyWriter, batch *ilp.ReadBatch, code ilp.Code, message string) {
	reply := ilp.Fail(code, message)
	reply.Batch = batch
	up.WriteReply(reply)
}

var _ ilp.Handler = (*Link)(nil)
