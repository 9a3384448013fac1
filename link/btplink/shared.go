package btplink

import (
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// serveShared takes the connections that come by ServeHTTP until ctx ends. It returns when all of
// them have ended.
func (l *Link) serveShared(ctx context.Context) {
	l.openShared()
	<-ctx.Done()
	l.visits.closeAndWait()
	l.closeShared()
}

// openShared lets connections come by ServeHTTP.
func (l *Link) openShared() {
	l.setState(link.Connecting, "", nil)
	l.visits.open()
	if bound := l.opts.Listener.Bound; bound != nil {
		bound("")
	}
	l.tried.give()
}

// closeShared says that all of them have ended.
func (l *Link) closeShared() {
	if lost := l.opts.Listener.Lost; lost != nil {
		lost()
	}
}

// Start does what Run does, but does not block, and needs no goroutine while there is no connection:
// a process may have very many links. The options must have a Listener that is Shared and no Server.
// stop ends the link. It does not block, and may be called again. When all has ended, ended is called
// once, on a goroutine of its own, with the first panic of the link or nil.
func (l *Link) Start(handler ilp.Handler, changed func(connected bool), ended func(*link.Panic)) (stop func()) {
	l.setHandler(handler, changed)
	stop = func() {
		l.visits.close(func() {
			l.closeShared()
			ended(l.finish())
		})
	}
	l.mu.Lock()
	l.stop = func(error) { stop() }
	l.mu.Unlock()
	l.endOldSecret()
	l.openShared()
	return stop
}

// ServeHTTP takes a connection of the client from a listener that the link shares with others: it
// makes a WebSocket of it. The options must have a Listener that is Shared. It returns when the
// handshake is done. A link that does not run answers 503.
func (l *Link) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serveHTTP(w, r, l.opts.Listener.Origin, &l.visits, func(conn net.Conn, leftover []byte) {
		l.serveConn(&l.visits, conn, leftover, time.Now().Add(l.opts.AuthTimeout), l.arrive)
	})
}

func serveHTTP(w http.ResponseWriter, r *http.Request, origin func(string) bool, v *visits, serve func(conn net.Conn, leftover []byte)) {
	if !v.begin() {
		http.Error(w, "account is not available", http.StatusServiceUnavailable)
		return
	}
	conn, leftover, err := websocket.Upgrade(w, r, websocket.AcceptOptions{Origin: origin})
	if err != nil {
		v.end()
		return
	}
	go serve(conn, leftover)
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
	y.visits.open()
	<-ctx.Done()
	y.visits.closeAndWait()
}

// ServeHTTP takes a connection, as Link.ServeHTTP does.
func (y *ByLogin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	serveHTTP(w, r, nil, &y.visits, func(conn net.Conn, leftover []byte) {
		y.link.serveConn(&y.visits, conn, leftover, time.Now().Add(y.link.opts.AuthTimeout), y.arrive)
	})
}

var (
	_ http.Handler = (*Link)(nil)
	_ http.Handler = (*ByLogin)(nil)
)
