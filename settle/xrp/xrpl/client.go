package xrpl

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
)

// Options say which servers a Client uses, and when it leaves one. Zero values have defaults.
type Options struct {
	// Servers are URLs ws://... or wss://..., the preferred one first. At least one is needed.
	Servers []string
	// NetworkID is the network that every server must be on. If it is nil, the network of
	// the first server that we connect to is the one.
	NetworkID *uint32
	TLS       *tls.Config  // for wss; nil: the system's roots
	Log       *slog.Logger // nil: none

	// Events takes what the ledger tells, one Event at a time and in order. It may block, and
	// may call the Client. If it is 1,000 events behind, the connection is given up and the
	// next one begins with a Reconnected. If it is nil, events are dropped.
	Events func(Event)

	// Timeout bounds a connect with its first requests, the wait of a request for a
	// connection, and the wait for its answer. The default is 20 s.
	Timeout time.Duration
	// Silence is how long a server may tell no new ledger. The default is 30 s: the ledger
	// closes every 4 s. A server of a test whose ledgers are closed by hand needs more.
	Silence time.Duration
	// Lag is how old the newest validated ledger of a server may be. The default is 60 s. Our
	// own clock is not asked: the server says the age at first, and then time passes.
	Lag time.Duration
}

// Client asks servers of the XRP Ledger, one at a time, over WebSocket. It leaves a server
// that is of no use and turns to the next one. It is safe for concurrent use. Its requests
// need Run.
type Client struct {
	options Options
	log     *slog.Logger
	servers []*server
	dial    func(ctx context.Context, url string) (conn, error)
	queue   *queue

	mu       sync.Mutex // guards the fields below, and those of servers
	ready    *session   // nil: none takes requests
	changed  chan struct{}
	ended    bool
	accounts map[AccountID]bool
	network  *uint32 // the one that all servers must be on, once it is known
	newest   uint32  // the highest validated ledger of any server
	last     uint64  // the id of the last request
}

// server is one of Options.Servers.
type server struct {
	url   string // may hold a key of the operator, so it is never shown
	shown string
	state ServerStatus
}

// NewClient returns a Client that is not connected yet.
func NewClient(options Options) (*Client, error) {
	if len(options.Servers) == 0 {
		return nil, errors.New("field Servers is empty: name at least one server by its URL, which begins with ws:// or wss://")
	}
	c := &Client{
		options: options, log: options.Log, network: options.NetworkID,
		queue: newQueue(), changed: make(chan struct{}), accounts: make(map[AccountID]bool),
	}
	for i, text := range options.Servers {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "ws" && u.Scheme != "wss" || u.Host == "" {
			// The text is not repeated: a URL may hold a key.
			return nil, fmt.Errorf("server %d of %d has no WebSocket URL: it must begin with ws:// or wss://", i+1, len(options.Servers))
		}
		shown := u.Scheme + "://" + u.Host
		c.servers = append(c.servers, &server{url: text, shown: shown, state: ServerStatus{Server: shown}})
	}
	for value, preset := range map[*time.Duration]time.Duration{
		&c.options.Timeout: 20 * time.Second, &c.options.Silence: 30 * time.Second, &c.options.Lag: time.Minute,
	} {
		if *value < 0 {
			return nil, fmt.Errorf("a duration of %v is below 0: leave it out for %v", *value, preset)
		}
		if *value == 0 {
			*value = preset
		}
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// Run keeps a connection to one of the servers until ctx ends. It returns when all that it
// began has ended, and the last call of Options.Events has returned. Call it once.
func (c *Client) Run(ctx context.Context) {
	dial, closeIdle := dialer(c.options.TLS)
	if c.dial == nil {
		c.dial = dial
	}
	defer closeIdle()
	var told sync.WaitGroup
	defer told.Wait()
	told.Go(func() { c.tell(ctx) })
	defer c.end()

	wait := clock.NewBackoff()
	failures := 0 // since a connection was good
	for next := 0; ctx.Err() == nil; next++ {
		s := c.servers[next%len(c.servers)]
		if c.visit(ctx, s) {
			failures = 0
			wait.Reset()
			continue
		}
		failures++
		if failures%len(c.servers) != 0 {
			continue
		}
		c.forgetNewest()
		select {
		case <-time.After(wait.Next()):
		case <-ctx.Done():
		}
	}
}

// tell gives events to Options.Events until ctx ends.
func (c *Client) tell(ctx context.Context) {
	for {
		e, ok := c.queue.next(ctx)
		if !ok {
			return
		}
		c.options.Events(e)
	}
}

// end fails the requests that wait for a connection, and those to come.
func (c *Client) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	close(c.changed)
	c.changed = make(chan struct{})
}

// forgetNewest takes back what was heard about the newest ledger, after a round without a
// connection: a server that lied about it would make all others lag for ever.
func (c *Client) forgetNewest() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest = 0
}

// session waits for a connection that takes requests. It fails when ctx ends, and when the
// Client has ended.
func (c *Client) session(ctx context.Context) (*session, error) {
	for {
		c.mu.Lock()
		s, changed, ended := c.ready, c.changed, c.ended
		c.mu.Unlock()
		switch {
		case ended:
			return nil, errors.New("the client has ended")
		case s != nil && s.ctx.Err() == nil:
			return s, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Do sends a request and waits for its answer, which it reads into result. params must make
// a JSON object or be nil; result may be nil. Whatever happens, Do returns in time: with an
// *Error of the server, an error that wraps ErrNotSent, or one that wraps ErrLost. It waits
// for a connection if there is none.
func (c *Client) Do(ctx context.Context, command string, params, result any) error {
	err := c.do(ctx, command, params, result)
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", command, err)
}

func (c *Client) do(ctx context.Context, command string, params, result any) error {
	waiting, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	for {
		s, err := c.session(waiting)
		if err != nil {
			return fmt.Errorf("%w: no connection to a server: %w", ErrNotSent, err)
		}
		err = s.ask(ctx, command, params, result)
		if !errors.Is(err, ErrNotSent) || s.ctx.Err() == nil {
			return err
		}
		// It was not sent since this connection has ended, so the next one may take it.
	}
}
