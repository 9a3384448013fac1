package miniaccounts

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/store"
)

// Options are the options of a Server.
type Options struct {
	// Listener says where to listen, without its Secret.
	Listener btplink.Listener
	Names    Names
	// NameAllowed says which names clients may have, besides being one segment of an ILP
	// address. If it is nil, all are.
	NameAllowed func(name string) bool
	// Listed says that only clients whose token was set with SetTokens are let in. Otherwise
	// a new name belongs to whoever comes first with it.
	Listed bool
	// ClientsMax bounds the clients that are known, 0 for the constant.
	ClientsMax        int
	AuthTimeout       time.Duration // as in btplink.Options
	HeartbeatInterval time.Duration
	Log               *slog.Logger
}

// ClientsMax is how many clients a Server knows, unless Options say another number. Each costs
// a place in the store, and strangers may be clients.
const ClientsMax = 100_000

// Accounts makes clients accounts of their own. Its methods are called for one client by one
// goroutine at a time, and may not call the Server.
type Accounts interface {
	// New returns why a client that was not known may not come by itself, nil if it may. It is
	// called before the client gets a token. Its error may be a btplink.Refusal.
	New(name string) error
	// Open makes a client that has authenticated itself an account which can send and
	// receive. Packets to it go to l. Its error may be a btplink.Refusal.
	Open(name string, l *btplink.Link) (Client, error)
	// Close gives back what Open made. It is called when the client has had no connection
	// for a while. It returns false if the client is still needed; then it is called again
	// later.
	Close(name string) bool
}

// Client is what a Server needs of a client's account.
type Client struct {
	Handler ilp.Handler             // takes the packets of the client
	Changed func(connected bool)    // is told when the client connects or is gone; may be nil
	Failed  func(cause *link.Panic) // is told that code of its link has panicked; may be nil
}

// Server is the link of an account with many clients. Its methods are safe for concurrent use.
type Server struct {
	opts     Options
	log      *slog.Logger
	listener *btplink.Link
	listens  atomic.Bool
	handler  ilp.Handler
	changed  func(connected bool)
	unstored clock.Limiter          // of lines about new clients that cannot be stored
	address  atomic.Pointer[string] // of the account, with a dot behind; nil while it is not known

	accounts Accounts // nil if the clients share one
	tokens   tokens
	mu       sync.RWMutex // guards clients
	clients  map[string]*client
	ready    chan struct{}
	readied  sync.Once
}

// client is a client that has connected lately.
type client struct {
	link  *btplink.Link
	login atomic.Int64 // when it has authenticated itself last, Unix time in nanoseconds
}

// New returns a Server that does nothing until Run.
func New(opts Options) *Server {
	if opts.ClientsMax <= 0 {
		opts.ClientsMax = ClientsMax
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: opts, log: opts.Log, clients: make(map[string]*client), ready: make(chan struct{})}
	s.tokens.init(opts.ClientsMax)
	listener := opts.Listener
	bound := listener.Bound
	listener.Bound = func(address string) {
		if bound != nil {
			bound(address)
		}
		s.setListens(true)
	}
	listener.Lost = func() { s.setListens(false) }
	s.listener = btplink.New(btplink.Options{
		Listener: &listener, Login: s.login, Confirm: s.confirm, AuthTimeout: opts.AuthTimeout, HeartbeatInterval: opts.HeartbeatInterval, Log: opts.Log,
	})
	return s
}

// setListens notes whether we listen: then the account counts as connected, whoever is there.
func (s *Server) setListens(listens bool) {
	if s.listens.Swap(listens) == listens {
		return
	}
	if listens {
		s.readied.Do(func() { close(s.ready) })
	}
	if s.changed != nil {
		s.changed(listens)
	}
}

// Keep gives the server its part of the store, with the tokens that it has seen. It is called
// once, before Run. Without a store they are forgotten when the process ends.
func (s *Server) Keep(kept store.Store) error { return s.tokens.load(kept) }

// Host makes each client an account of its own. It is called at most once, before Run.
func (s *Server) Host(accounts Accounts) { s.accounts = accounts }

// Alert makes the server raise its alerts with to. It is called at most once, before Run.
func (s *Server) Alert(to link.Alerts) { s.listener.Alert(to) }

// Tried returns a channel that is closed when the server listens, or could not at its first try.
func (s *Server) Tried() <-chan struct{} { return s.listener.Tried() }

// SetAddress tells the server the ILP address of its account.
func (s *Server) SetAddress(address string) {
	address += "."
	s.address.Store(&address)
}

// Run listens until ctx ends, and then ends all connections. It hands what clients send to
// handler, unless they have accounts of their own. It calls changed when it begins to listen,
// and when it cannot any more. Run blocks, and is called once.
//
// When code of the listening socket panics, Run ends in the same way and then panics with the
// first *link.Panic. A panic that concerns one client ends that client's connections alone.
func (s *Server) Run(ctx context.Context, handler ilp.Handler, changed func(connected bool)) {
	s.handler, s.changed = handler, changed
	ctx, stop := context.WithCancel(ctx)
	var sweeping sync.WaitGroup
	defer s.endClients()
	defer sweeping.Wait()
	defer stop()
	sweeping.Go(func() { s.sweep(ctx) })
	s.listener.Run(ctx, handler, nil)
}

// endClients ends what the clients still have: their connections have ended.
func (s *Server) endClients() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, c := range s.clients {
		delete(s.clients, name)
		c.link.End()
	}
}

// Connected reports whether we listen.
func (s *Server) Connected() bool { return s.listens.Load() }

// Ready returns a channel that is closed when the server listens for the first time.
func (s *Server) Ready() <-chan struct{} { return s.ready }

// Status returns the state of the listening socket.
func (s *Server) Status() link.Status {
	status := s.listener.Status()
	if s.listens.Load() {
		status.State = link.Established
	}
	return status
}

// ServeHTTP takes a connection of a client from a listener that is shared with others, as
// btplink.Link does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.listener.ServeHTTP(w, r) }

// HandlePrepare sends a packet to the client that its destination names. It does not block. A
// client that has an account of its own is gone for a while if its packets come here, and the
// sender may try again. Without accounts the refusal is that of the reference.
func (s *Server) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	name, ok := s.nameIn(prepare.Destination())
	if !ok {
		s.fail(up, &prepare, "can't route packet that is not meant for one of my clients. destination="+
			string(prepare.Destination())+" prefix="+s.prefix())
		return
	}
	s.mu.RLock()
	c := s.clients[string(name)]
	s.mu.RUnlock()
	if c != nil && c.link.Connected() {
		c.link.HandlePrepare(up, prepare)
		return
	}
	if s.accounts != nil && s.tokens.knows(string(name)) {
		reply := ilp.Fail(ilp.T01, "no connection to account. client="+string(name)) // it may come back
		reply.Batch = prepare.Batch
		up.WriteReply(reply)
		return
	}
	s.fail(up, &prepare, "No clients connected for account "+string(name))
}

// fail answers a packet that cannot be sent as the reference does.
func (s *Server) fail(up ilp.ReplyWriter, prepare *ilp.Prepare, reason string) {
	reply := ilp.Failure{Code: ilp.F02, Message: "failed to send packet: " + reason, Name: "Error"}.Reply()
	reply.Batch = prepare.Batch
	up.WriteReply(reply)
}

// prefix returns what the addresses of clients begin with, empty while it is not known.
func (s *Server) prefix() string {
	if address := s.address.Load(); address != nil {
		return *address
	}
	return ""
}

// nameIn returns the name of the client that a destination is below.
func (s *Server) nameIn(destination []byte) (name []byte, ok bool) {
	prefix := s.prefix()
	if prefix == "" || len(destination) < len(prefix) || string(destination[:len(prefix)]) != prefix {
		return nil, false
	}
	name, _, _ = bytes.Cut(destination[len(prefix):], []byte("."))
	return name, true
}
