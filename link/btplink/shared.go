package btplink

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// visits are the connections that others have accepted for a link, while it runs.
type visits struct {
	mu      sync.Mutex
	ctx     context.Context // ends them; nil while the link does not run
	serving sync.WaitGroup
}

// open lets connections in until close.
func (v *visits) open(ctx context.Context) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ctx = ctx
}

// close lets none in any more, and waits until all have ended.
func (v *visits) close() {
	v.mu.Lock()
	v.ctx = nil
	v.mu.Unlock()
	v.serving.Wait()
}

// begin lets one in. Its caller calls end when the connection has ended. ok is false if the link
// does not run.
func (v *visits) begin() (ctx context.Context, end func(), ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ctx == nil {
		return nil, nil, false
	}
	v.serving.Add(1)
	return v.ctx, v.serving.Done, true
}

// serveShared takes the connections that come by ServeHTTP until ctx ends. It returns when all of
// them have ended.
func (l *Link) serveShared(ctx context.Context) {
	defer l.visits.close()
	l.setState(link.Connecting, "", nil)
	l.visits.open(ctx)
	if bound := l.opts.Listener.Bound; bound != nil {
		bound("")
	}
	if lost := l.opts.Listener.Lost; lost != nil {
		defer lost()
	}
	l.tryOnce()
	<-ctx.Done()
}

// ServeHTTP takes a connection of the client from a listener that the link shares with others: it
// makes a WebSocket of it. The options must have a Listener that is Shared. It returns when the
// handshake is done. A link that does not run answers 503.
func (l *Link) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serveHTTP(w, r, l.opts.Listener.Origin, &l.visits, func(ctx context.Context, end func(), conn net.Conn, leftover []byte) {
		l.serveConn(ctx, conn, leftover, time.Now().Add(l.opts.AuthTimeout), end, l.arrive)
	})
}

func serveHTTP(w http.ResponseWriter, r *http.Request, origin func(string) bool, v *visits, serve func(ctx context.Context, end func(), conn net.Conn, leftover []byte)) {
	ctx, end, ok := v.begin()
	if !ok {
		http.Error(w, "account is not available", http.StatusServiceUnavailable)
		return
	}
	conn, leftover, err := websocket.Upgrade(w, r, websocket.AcceptOptions{Origin: origin})
	if err != nil {
		end()
		return
	}
	go serve(ctx, end, conn, leftover)
}

// ByLogin takes connections whose path does not say which of several links they belong to. The first
// message says so: it names the link, or has a token that is good for one link alone. Its methods are
// safe for concurrent use.
type ByLogin struct {
	// link is never run. It has the times of connections that belong to no link yet, and a secret
	// that nobody knows, for logins that belong to none.
	link   *Link
	visits visits
	index  *index
}

// NewByLogin returns a ByLogin without links, for the options of its connections: AuthTimeout,
// HeartbeatInterval and Log.
func NewByLogin(o Options) *ByLogin {
	o.Listener = &Listener{Shared: true, Secret: rand.Text()}
	return &ByLogin{link: New(o), index: newIndex()}
}

// Put lets connections of a link in whose options have a Listener that is Shared. user is the name of
// the link in logins. Former links of that name are out. The ByLogin follows the secrets of the link. A
// link belongs to one ByLogin and has one name.
func (y *ByLogin) Put(user string, l *Link) {
	follow := func() { y.index.refresh(user, l) }
	l.rekeyed.Store(&follow)
	y.index.put(user, l)
}

// Remove lets no connection of a link in any more that was put there with that name. The
// connections that it has stay.
func (y *ByLogin) Remove(user string, l *Link) { y.index.remove(user, l) }

// Run takes connections until ctx ends. It blocks, and is called once. When it returns, all
// connections that belong to no link have ended.
func (y *ByLogin) Run(ctx context.Context) {
	y.visits.open(ctx)
	<-ctx.Done()
	y.visits.close()
}

// ServeHTTP takes a connection, as Link.ServeHTTP does.
func (y *ByLogin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serveHTTP(w, r, nil, &y.visits, func(ctx context.Context, end func(), conn net.Conn, leftover []byte) {
		left := sync.OnceFunc(end)
		deadline := time.Now().Add(y.link.opts.AuthTimeout)
		y.link.serveConn(ctx, conn, leftover, deadline, left, func(p *btp.Packet, remote string) (arrival, error) {
			a, err := y.arrive(p, remote)
			if err == nil {
				left() // it is a visit to its link from here on
			}
			return a, err
		})
	})
}

var (
	_ http.Handler = (*Link)(nil)
	_ http.Handler = (*ByLogin)(nil)
)
