// Package btplink carries the packets of an account over BTP (RFC 23) on WebSockets, as
// ilp-plugin-btp does. A link dials a server, or listens for one client, or both.
//
// A packet's way in, all on views of the read buffer: readLoop reads bytes, websocket.Cut
// cuts a frame, btp.Parse parses the message, ilp.ParsePrepare parses the packet, and the
// handler of the link takes it. Its way out: HandlePrepare enters it in the table of
// pending requests, and appends it to the outbound bytes of the session. They are flushed
// once for all packets of a batch.
//
// A [Link] belongs to an account and outlives connections. A session is one connection.
// The pending requests belong to the link, as their answers may come over the next
// session. A socket that is not authenticated belongs to no account, and can disturb none.
package btplink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
)

// Defaults and limits.
const (
	AuthTimeout       = 5 * time.Second
	HeartbeatInterval = 20 * time.Second // as ilp-plugin-btp
	FrameBytesMax     = 256 << 10

	pongTimeout = 10 * time.Second
)

// Options are the options of a Link. It needs at least one of Server and Listener.
type Options struct {
	Server   *Server
	Listener *Listener
	// Login says whose a connection to Listener is: the link, which was begun, of one of
	// many clients. It may block until the connection must be authenticated, and its error
	// may be a Refusal. If it is nil, the connection is that of our only client.
	Login func(Login) (*Link, error)
	// Confirm says, once a connection is in its place, whether the login still holds that Login
	// has let in. If it returns an error, the connection ends for that reason. It may be nil.
	Confirm func(Login) error

	// AuthTimeout is how long a connection may take to be authenticated.
	AuthTimeout time.Duration
	// HeartbeatInterval is how long a connection may be silent before it is
	// pinged.
	HeartbeatInterval time.Duration
	// ReconnectSteps are the waits between tries to dial, clock.DefaultSteps if
	// empty.
	ReconnectSteps []time.Duration

	Log *slog.Logger
}

// Server is the server to dial.
type Server struct {
	URL            string // ws:// or wss://, without credentials
	Account, Token string
	OldToken       OldSecret // tried when the server refuses Token
	Declare        *Asset    // of our account, to tell the server when we log in; nil to say nothing
	// TLS returns how to check the server of a wss URL, for each connection anew. Nil is the
	// system's roots.
	TLS func() *tls.Config
}

// Listener is the address to listen on, and the secret of the client.
type Listener struct {
	// Shared says that the connections come by ServeHTTP. Then Address, Path, TLS and
	// StrangersMax are not used, and Bound is called with no address.
	Shared bool

	Address   string // host:port; an empty host is all interfaces
	Path      string // the only path to serve, any if empty
	Secret    string // of the only client
	OldSecret OldSecret
	TLS       *tls.Config // nil for plain ws
	// Origin says whether pages of an origin may connect, as browsers tell it. Without it
	// all may.
	Origin func(origin string) bool
	// StrangersMax bounds the connections that are not authenticated, 0 for the constant.
	StrangersMax int
	// Bound is called with the address when the socket listens, and Lost when it does not
	// any more. Either may be nil.
	Bound func(address string)
	Lost  func()
}

// Link is the BTP link of one account. Its methods are safe for concurrent use.
type Link struct {
	log     *slog.Logger
	status  link.Reporter
	alerts  link.Alerts
	rivals  link.Repeats // connections that replace each other
	pending *link.Pending
	*runner // nil if it is the link of one of many clients

	handler   ilp.Handler
	unmatched link.Unmatched  // the handler, nil if it is no Unmatched
	panicked  func(cause any) // of the handler, nil if it is no PanicHandler
	changed   func(connected bool)

	dialed   atomic.Pointer[session]
	accepted atomic.Pointer[session]

	mu        sync.Mutex              // guards the change of a session, with the status that goes with it
	client                            // if it is the link of one
	replaced  []*session              // sessions that were replaced lately, oldest first
	notified  bool                    // the value that changed was called with last
	notifying bool                    // a goroutine is calling changed
	crashed   *link.Panic             // the first panic; there is no session any more
	stop      context.CancelCauseFunc // ends what Run does
}

// runner is what a link has that dials or listens.
type runner struct {
	opts        Options
	admit       func(Login) error // see Admit
	messages    takeMessage       // see SetMessages; nil if nobody takes them
	refused     link.Repeats      // logins at our listener
	ready       signal            // see Ready
	visits      visits            // of a Listener
	tried       signal            // see Tried
	refusedUs   *string           // the last alert of the server that refuses us, nil if it does not; for the goroutine that dials
	connections clock.Limiter     // of lines about connections
	warned      atomic.Int64      // when a refused login was last logged as a warning, in steady time
	keys        keys
	rekeyed     atomic.Pointer[func()] // is told when the secrets that are good have changed; nil but in a ByLogin
}

// New returns a link that does nothing until Run.
func New(opts Options) *Link {
	if opts.AuthTimeout <= 0 {
		opts.AuthTimeout = AuthTimeout
	}
	if opts.HeartbeatInterval <= 0 {
		opts.HeartbeatInterval = HeartbeatInterval
	}
	if l := opts.Listener; l != nil && l.StrangersMax <= 0 {
		l.StrangersMax = StrangersMax
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	r := &runner{opts: opts}
	if opts.Listener == nil {
		r.tried.give()
	}
	of := newSecrets(opts)
	if l := opts.Listener; l != nil && l.Shared && l.Origin == nil && l.Bound == nil && l.Lost == nil {
		r.opts.Listener = &nothingOfItsOwn // what is left are the secrets
	}
	r.keys.dials, r.keys.takes = secrets{of.Token, of.OldToken}, secrets{of.Secret, of.OldSecret}
	l := newLink(opts.Log)
	l.runner = r
	return l
}

// nothingOfItsOwn is the Listener of very many links, which nobody changes.
var nothingOfItsOwn = Listener{Shared: true}

// newLink returns a link that neither dials nor listens.
func newLink(log *slog.Logger) *Link {
	l := &Link{log: log, alerts: link.NoAlerts{}, stop: func(error) {}}
	l.pending = link.NewPending(func(id uint32, up ilp.ReplyWriter) {
		l.guard(func() { up.WriteReply(sendFailure(fmt.Sprintf("%d timed out", id))) })
	})
	return l
}

// Run keeps the link connected until ctx ends. Then it ends the sessions, and fails the
// requests that wait for an answer. It hands the packets that come in to handler, which
// may be a link.Unmatched and a link.PanicHandler too. It calls changed, unless that is
// nil, whenever the link becomes connected or stops being so, one call at a time. Run
// blocks, and is called once.
//
// When a goroutine or a timer of the link panics, the link ends in the same way, and then
// Run panics with the first *link.Panic.
func (l *Link) Run(ctx context.Context, handler ilp.Handler, changed func(connected bool)) {
	l.setHandler(handler, changed)
	ctx, stop := context.WithCancelCause(ctx)
	l.mu.Lock()
	l.stop = stop
	l.mu.Unlock()
	defer l.endRun()
	l.endOldSecret()
	var dialing sync.WaitGroup // beside a listener; without one, Run itself dials
	defer dialing.Wait()
	switch {
	case l.opts.Listener == nil && l.opts.Server != nil:
		l.dialLoop(ctx)
	case l.opts.Listener != nil:
		if l.opts.Server != nil {
			dialing.Go(func() { l.dialLoop(ctx) })
		}
		if l.opts.Listener.Shared {
			l.serveShared(ctx)
		} else {
			l.listenLoop(ctx)
		}
	}
}

func (l *Link) setHandler(handler ilp.Handler, changed func(connected bool)) {
	l.handler, l.changed = handler, changed
	l.unmatched, _ = handler.(link.Unmatched)
	if h, ok := handler.(link.PanicHandler); ok {
		l.panicked = h.HandlePanic
	}
}

// HandlePrepare sends a packet to the peer. It does not block.
func (l *Link) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	s := l.session()
	if s == nil {
		fail(up, prepare.Batch, ilp.T01, "no connection to account.")
		return
	}
	id, ok := l.pending.PutVia(up, prepare.Batch.Time().Deadline(prepare.Expiry()), s.number)
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

// Ready returns a channel that is closed when the link is connected for the first time. The link
// of one of many clients has none.
func (l *Link) Ready() <-chan struct{} {
	if l.runner == nil {
		return nil
	}
	return l.ready.channel()
}

// session returns the session to send on. If there are two, it is the one that we dialed.
func (l *Link) session() *session {
	if s := l.dialed.Load(); s != nil {
		return s
	}
	return l.accepted.Load()
}

// install makes s the session in its place, and returns the session that it replaced,
// nil if there was none. The caller then calls replace on that one. A link that has
// crashed or ended installs nothing, and ends s.
func (l *Link) install(place *atomic.Pointer[session], s *session) (old *session) {
	l.mu.Lock()
	if l.crashed != nil || l.ended {
		l.mu.Unlock()
		s.fail(errStopped)
		return nil
	}
	if old = place.Swap(s); l.begun {
		old = l.addLocked(s)
	}
	s.installed.Store(true)
	if old != nil {
		old.installed.Store(false)
	}
	l.status.Enter(link.Established, s.remote)
	if l.runner != nil {
		l.ready.give()
	}
	l.mu.Unlock()
	l.logConnection(s.lines, "connected", "remote", s.remote)
	return old
}

// remove takes a session out of its place, unless another one has replaced it, and
// finishes it. The link cannot send until finish has taken the last answers. remove returns
// why the session ended.
func (l *Link) remove(place *atomic.Pointer[session], s *session, err error) error {
	removed := s.installed.Swap(false)
	l.leave(place, s)
	l.setState(link.Connecting, "", nil)
	l.notify()
	reason := s.finish(err)
	if removed {
		l.logConnection(s.lines, "disconnected", "remote", s.remote, "reason", reason)
		l.setState(link.Connecting, "", reason)
	}
	l.endIfOver()
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
	closed, ok := errors.AsType[peerClosed](err)
	switch {
	case ok && closed.normal():
		l.status.Close(closed.Error()) // a client may come and go; a server is dialed again, and fails if it is away
	case err != nil:
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

// sendFailure returns the failure of a packet that the peer did not answer as it should.
// The code says unreachable, as the reference does for all errors of its plugins.
func sendFailure(reason string) ilp.Reply {
	return ilp.Failure{Code: ilp.F02, Message: "failed to send packet: " + reason, Name: "Error"}.Reply()
}

// fail answers a packet with a failure.
func fail(up ilp.ReplyWriter, batch *ilp.ReadBatch, code ilp.Code, message string) {
	reply := ilp.Fail(code, message)
	reply.Batch = batch
	up.WriteReply(reply)
}

var _ ilp.Handler = (*Link)(nil)
