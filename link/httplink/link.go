package httplink

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/uuid"
)

// Options are the options of a Link.
type Options struct {
	// Authorize returns why a request is not one of the peer, nil if it is. It must not block. Its
	// error is for operators; the peer is told nothing of it. Nil refuses all requests.
	Authorize func(r *http.Request) error
	// Outgoing says where packets go. It is nil for a peer that only sends.
	Outgoing *Outgoing
	// Async makes answers requests of their own (RFC 35). It needs Authorize and Outgoing. Nil
	// makes them the responses.
	Async *Async
	// Multi makes the link that of many children, nil for one peer.
	Multi *Multi
	Log   *slog.Logger
}

// Outgoing says where packets go, and what the peer wants to see.
type Outgoing struct {
	URL *url.URL // http or https; with Multi that of no child, for its scheme
	// Template is the URL as text, in which Multi replaces the delimiter.
	Template string
	// Authorization returns the header of that name. It may change from time to time. It must be
	// fast, and its error fails the packet.
	// Without credentials it is empty, and the header is not sent.
	Authorization func(now time.Time) (string, error)
	// Refused is asked when the peer has refused the credentials of a packet. It reports whether
	// the next packets have others, so that the sender may try again. It must be fast, and may be nil.
	Refused func() bool
	Name    string // header ILP-Peer-Name, none if empty
	// Destination adds a header ILP-Destination with the address of the packet.
	Destination bool
	// TLS returns how to check the server of an https URL, for each connection anew. Nil is the
	// roots of the system.
	TLS func() *tls.Config
	// HTTP2 uses HTTP/2 alone: over TLS, or with prior knowledge if the URL is http.
	HTTP2 bool
	// RequestsMax is how many requests a connection of HTTP/2 carries before it is replaced, as
	// soon as none is under way. 0 is no bound.
	RequestsMax int
	// InFlightMax bounds the requests under way, 0 for the constant.
	InFlightMax int
}

// InFlightMax is how many requests to a peer may be under way, unless Outgoing says another
// number. Over HTTP/1.1 each has a connection of its own.
const InFlightMax = 1024

// Link is the HTTP link of one account. Its methods are safe for concurrent use.
type Link struct {
	opts      Options
	log       *slog.Logger
	status    link.Reporter
	alerts    link.Alerts
	refused   link.Repeats
	bad       causes        // of refused requests
	warned    clock.Limiter // of lines about refused requests
	failing   clock.Limiter // of lines about packets that could not be sent
	transport *http.Transport
	conns     *conns // carries packets over HTTP/1.1, nil if transport does
	head      []byte // of the requests of conns

	handler   atomic.Pointer[ilp.Handler] // nil while the link does not run
	address   atomic.Pointer[string]      // of the account, with a dot behind; nil while it is not known
	serving   atomic.Int32                // requests of the peer under way
	stopped   context.Context             // ends with Run
	stop      context.CancelFunc
	calls     calls
	callbacks *callbacks // answers of the peer that are requests of its own
	outbox    *outbox    // answers of ours
	kept      kept
	health    health
	ready     chan struct{}
	readied   sync.Once
	running   sync.WaitGroup // goroutines of calls
}

// New returns a Link that does nothing until Run.
func New(o Options) *Link {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Link{opts: o, log: o.Log, alerts: link.NoAlerts{}, ready: make(chan struct{})}
	l.stopped, l.stop = context.WithCancel(context.Background())
	l.calls.init(l)
	l.callbacks, l.outbox = &callbacks{byID: make(map[uuid.UUID]*callback)}, newOutbox()
	l.health.wake, l.health.heard = make(chan struct{}, 1), make(chan struct{}, 1)
	if o.Outgoing != nil {
		l.transport = newTransport(o.Outgoing)
		if l.conns = newConns(o.Outgoing, o.Multi != nil || o.Async != nil); l.conns != nil {
			l.head = requestHead(o.Outgoing)
		}
		l.status.Dials(shown(o.Outgoing.URL))
	}
	return l
}

// Run hands what the peer sends to handler until ctx ends, and asks whether the peer is there. It
// calls changed when packets can be sent, and when they cannot any more. Run blocks, and is
// called once. When it returns, all requests to the peer have ended.
func (l *Link) Run(ctx context.Context, handler ilp.Handler, changed func(connected bool)) {
	l.health.changed = changed
	defer l.end()
	if err := l.begin(); err != nil {
		l.reportUnreadable(err)
		<-ctx.Done()
		return
	}
	l.handler.Store(&handler)
	if l.opts.Async != nil {
		l.running.Go(func() { l.keepClean(l.stopped) })
	}
	if l.opts.Outgoing == nil || l.opts.Multi != nil { // there is nobody to ask
		l.setUp(true, nil)
		<-ctx.Done()
		return
	}
	l.watch(ctx)
}

// end ends everything that Run has begun.
func (l *Link) end() {
	l.handler.Store(nil)
	l.stop()
	l.calls.close()
	l.kept.close()
	l.outbox.close()
	l.running.Wait()
	l.apply(l.outbox.delivered()) // otherwise they would be delivered again after a restart
	l.refused.Stop()
	l.setUp(false, nil)
	l.status.Enter(link.Disabled, "")
	if l.transport != nil {
		l.transport.CloseIdleConnections()
	}
	if l.conns != nil {
		l.conns.close()
	}
}

// Connected reports whether the peer was there when it was last asked.
func (l *Link) Connected() bool { return l.health.up.Load() }

// Ready returns a channel that is closed when the link is connected for the first time.
func (l *Link) Ready() <-chan struct{} { return l.ready }

// Status returns the state of the link.
func (l *Link) Status() link.Status { return l.status.Status() }

// RefusedRequests returns how many requests brought no packet, by cause.
func (l *Link) RefusedRequests() map[string]uint64 { return l.bad.all() }

// Alert makes the link raise its alerts with to. It is called at most once, before Run.
func (l *Link) Alert(to link.Alerts) { l.alerts = to }

// shown returns a URL for operators: its query may be a secret.
func shown(u *url.URL) string {
	clean := *u
	clean.User, clean.RawQuery, clean.Fragment = nil, "", ""
	return clean.String()
}

// errStopped says that the link has ended.
var errStopped = errors.New("link has stopped")

var (
	_ ilp.Handler  = (*Link)(nil)
	_ http.Handler = (*Link)(nil)
)
