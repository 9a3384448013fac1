package listen

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/link"
)

// Options are the options of a Server.
type Options struct {
	Address string      // host:port; an empty host is all interfaces
	TLS     *tls.Config // nil for plain HTTP
	HTTP1   bool        // serves HTTP/1.1 alone
	// SocketsMax, PerAddressMax and StrangersMax bound the sockets: all of them, those from one
	// network address, and those that are not authenticated. 0 is the constant.
	SocketsMax, PerAddressMax, StrangersMax int
	// Proxied says that all come through a proxy, and so from its address. Then failed logins bar
	// nobody: one stranger would bar all peers.
	Proxied bool
	// Open are paths that are served to barred addresses too. Their handlers check no login.
	Open []string
	// Bound is called with the address when the socket listens, and Lost when it does not any
	// more, or cannot, with the reason: nil when Run ends. Either may be nil.
	Bound func(address string)
	Lost  func(error)
	Log   *slog.Logger
}

// Bounds of a Server.
const (
	SocketsMax    = 20_000
	PerAddressMax = 1_000
	StrangersMax  = 512

	headTime     = 10 * time.Second
	headBytesMax = 16 << 10
	bodyTime     = 30 * time.Second // for handlers that set no other deadline
	idleTime     = 2 * time.Minute
	streamsMax   = 256              // of one connection of HTTP/2
	frameMax     = 16 << 10         // the least that RFC 9113 allows; the head of a frame alone takes so much memory
	windowMax    = 64 << 10         // of a stream, which is more than a packet
	stalledTime  = 10 * time.Second // for a connection of HTTP/2 that takes none of our bytes
	pingAfter    = 30 * time.Second
	pongTime     = 15 * time.Second
	endTime      = 2 * time.Second // for the requests under way when we stop
)

// Server is a port that several handlers share. Its methods are safe for concurrent use.
type Server struct {
	opts    Options
	log     *slog.Logger
	sockets *sockets

	// Of lines about sockets that were refused, about what cannot be read, about what net/http
	// complains of, about its panics, and about paths.
	refused, unread, usual, panics, astray clock.Limiter

	mu    sync.RWMutex
	paths map[string]http.Handler

	address sync.Mutex // guards at and failure
	at      string     // where we listen, empty while we do not
	failure error      // why not
	tried   chan struct{}
	try     func()
}

// New returns a Server that does nothing until Run.
func New(o Options) *Server {
	o.SocketsMax = cmp.Or(o.SocketsMax, SocketsMax)
	o.PerAddressMax = cmp.Or(o.PerAddressMax, PerAddressMax)
	o.StrangersMax = cmp.Or(o.StrangersMax, StrangersMax)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: o, log: o.Log, paths: make(map[string]http.Handler), tried: make(chan struct{})}
	s.try = sync.OnceFunc(func() { close(s.tried) })
	s.sockets = newSockets(o, s.reportRefused)
	return s
}

// ErrTaken says that a path has a handler already.
var ErrTaken = errors.New("path is taken")

// Handle serves a path with h until remove is called, once. The path is compared as it is: one
// that writes a letter or a slash of it as %61 or %2F is another one. The empty path stands for all
// that have no handler of their own. Requests that h serves by then go on. The error is ErrTaken
// if the path has a handler.
func (s *Server) Handle(path string, h http.Handler) (remove func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paths[path] != nil {
		return nil, ErrTaken
	}
	s.paths[path] = h
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.paths, path)
	}, nil
}

// ServeHTTP hands a request to the handler of its path.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if one, _ := r.Context().Value(socketKey{}).(*socket); one != nil {
		one.asked.Store(true)
	}
	var h http.Handler
	s.mu.RLock()
	if r.URL.RawPath == "" { // else it has codes that nobody needs
		h = s.paths[r.URL.Path]
	}
	if h == nil {
		h = s.paths[""]
	}
	s.mu.RUnlock()
	switch {
	case h == nil:
		s.reportAstray(r)
		http.Error(w, "not found", http.StatusNotFound)
	case s.sockets.banned(r.Context()) && !slices.Contains(s.opts.Open, r.URL.Path):
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many failed logins", http.StatusTooManyRequests)
	default:
		h.ServeHTTP(w, r)
	}
}

// Run listens until ctx ends, and then closes all sockets that no handler has taken over. It
// tries again and again while it cannot listen. Run blocks, and is called once.
func (s *Server) Run(ctx context.Context) {
	backoff := clock.NewBackoff()
	defer s.try()
	for ctx.Err() == nil {
		err := s.listen(ctx, backoff)
		if ctx.Err() != nil {
			return
		}
		wait := backoff.Next()
		s.log.Error("cannot listen", "address", s.opts.Address, "error", err, "retryIn", wait)
		s.set("", err)
		s.try()
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// listen serves until accepting fails or ctx ends.
func (s *Server) listen(ctx context.Context, backoff *clock.Backoff) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.opts.Address)
	if err != nil {
		return err
	}
	backoff.Reset()
	return s.serve(ctx, l)
}

// serve serves a listening socket until accepting fails or ctx ends.
func (s *Server) serve(ctx context.Context, l net.Listener) (err error) {
	server := s.server()
	var ending sync.WaitGroup
	defer ending.Wait()
	defer context.AfterFunc(ctx, func() {
		ending.Add(1)
		defer ending.Done()
		end(server)
	})()
	s.set(l.Addr().String(), nil)
	s.log.Info("listening", "address", l.Addr().String(), "tls", s.opts.TLS != nil)
	s.try()
	defer func() {
		if ctx.Err() != nil { // it is to stop, which is no failure
			s.set("", nil)
			return
		}
		s.set("", err)
	}()
	counted := &listener{l, s.sockets}
	if s.opts.TLS != nil {
		err = server.ServeTLS(counted, "", "")
	} else {
		err = server.Serve(counted)
	}
	return err
}

// end lets the requests under way end, for a while, and then closes their sockets.
func end(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	if server.Shutdown(ctx) != nil {
		_ = server.Close()
	}
}

// server returns what serves one listening socket.
func (s *Server) server() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	if !s.opts.HTTP1 {
		protocols.SetHTTP2(s.opts.TLS != nil)
		protocols.SetUnencryptedHTTP2(s.opts.TLS == nil)
	}
	return &http.Server{
		Handler: s, TLSConfig: s.opts.TLS, Protocols: protocols, ConnContext: withSocket, ConnState: s.noteState,
		ReadHeaderTimeout: headTime, ReadTimeout: bodyTime, WriteTimeout: bodyTime, IdleTimeout: idleTime, MaxHeaderBytes: headBytesMax,
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: streamsMax, MaxReadFrameSize: frameMax, MaxReceiveBufferPerStream: windowMax,
			SendPingTimeout: pingAfter, PingTimeout: pongTime, WriteByteTimeout: stalledTime,
		},
		ErrorLog: slog.NewLogLogger(complaints{s.log.Handler(), &s.usual, &s.panics}, slog.LevelInfo),
	}
}

// set notes where we listen, or why we do not.
func (s *Server) set(at string, failure error) {
	s.address.Lock()
	before := s.at
	s.at, s.failure = at, failure
	s.address.Unlock()
	if at != "" && s.opts.Bound != nil {
		s.opts.Bound(at)
	}
	if at == "" && (before != "" || failure != nil) && s.opts.Lost != nil {
		s.opts.Lost(failure)
	}
}

// Address returns where the server listens, or why it does not.
func (s *Server) Address() (at string, err error) {
	s.address.Lock()
	defer s.address.Unlock()
	return s.at, s.failure
}

// Tried returns a channel that is closed when the server listens, or could not at its first try.
func (s *Server) Tried() <-chan struct{} { return s.tried }

var _ link.Knower = (*socket)(nil)
