package xrpl

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const (
	// messageMax bounds a message of a server, in bytes. A page of channels has about 200 kB.
	messageMax = 4 << 20
	// lagLedgersMax is how many ledgers a server may be behind the newest one of another.
	lagLedgersMax = 15
)

// visit connects to a server, makes it the one that takes requests, and leaves it when there
// is a reason. It reports whether the connection was good for some time.
func (c *Client) visit(ctx context.Context, to *server) (good bool) {
	s, err := c.connect(ctx, to)
	if err != nil {
		c.left(ctx, to, err)
		return false
	}
	var running sync.WaitGroup
	running.Go(s.read)
	running.Go(s.write)
	info, first, err := c.setUp(s)
	if err != nil {
		s.leave(err)
	} else {
		began := time.Now()
		c.enter(s, info, first)
		s.watch(c.options.Silence)
		c.leave(s)
		good = time.Since(began) > c.options.Silence
	}
	_ = s.conn.CloseNow() // whatever it says, it is closed
	running.Wait()
	c.left(ctx, to, context.Cause(s.ctx))
	return good
}

// connect opens the connection.
func (c *Client) connect(ctx context.Context, to *server) (*session, error) {
	dialing, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	conn, err := c.dial(dialing, to.url)
	if err != nil {
		return nil, err
	}
	return newSession(ctx, c, to, conn), nil
}

// dialer returns a function that opens WebSocket connections, and one that ends what is left
// of them. Redirects are not followed: a server is where the operator says it is.
func dialer(config *tls.Config) (dial func(context.Context, string) (conn, error), closeIdle func()) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: config, DisableKeepAlives: true}
	client := &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, to string) (conn, error) {
		ws, answer, err := websocket.Dial(ctx, to, &websocket.DialOptions{HTTPClient: client}) //nolint:bodyclose // Dial closes it
		if err == nil {
			ws.SetReadLimit(messageMax)
			return ws, nil
		}
		if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
			kind := printable(answer.Header.Get("Content-Type"))
			return nil, leaving(ReasonNotWebSocket, "it answers with HTTP status %d and content type %q", answer.StatusCode, kind)
		}
		if of := (*url.Error)(nil); errors.As(err, &of) {
			err = of.Err // without the URL, which may hold a key
		}
		return nil, leaving(ReasonUnreachable, "%v", err)
	}, transport.CloseIdleConnections
}

// setUp asks a server about itself and subscribes, before it takes other requests.
func (c *Client) setUp(s *session) (ServerInfo, Ledger, error) {
	ctx, cancel := context.WithTimeout(s.ctx, c.options.Timeout)
	defer cancel()
	info, err := serverInfo(ctx, s.ask)
	if err != nil {
		return info, Ledger{}, s.reasonOf(err)
	}
	if err := c.judge(info); err != nil {
		return info, Ledger{}, err
	}
	first, err := s.subscribe(ctx, c.subscriptions())
	if err != nil {
		return info, Ledger{}, s.reasonOf(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ahead = time.Until(first.CloseTime.Add(info.Validated.Age))
	return info, first, nil
}

// judge returns why a server is of no use, by what it says about itself.
func (c *Client) judge(info ServerInfo) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	v := info.Validated
	switch {
	case c.network != nil && *c.network != info.NetworkID:
		return leaving(ReasonOtherNetwork, "it is on network %d, not on %d", info.NetworkID, *c.network)
	case info.AmendmentBlocked:
		return leaving(ReasonBlocked, "it needs an update to follow the ledger")
	case info.State != "" && !slices.Contains([]string{"full", "proposing", "validating"}, info.State):
		return leaving(ReasonNotSynced, "its state is %q", info.State)
	case v.Index == 0:
		return leaving(ReasonNotSynced, "it has no validated ledger")
	case v.Age > c.options.Lag:
		return leaving(ReasonLags, "its newest validated ledger is %v old", v.Age)
	case c.newest > lagLedgersMax && v.Index < c.newest-lagLedgersMax:
		return leaving(ReasonLags, "its newest validated ledger is %d, and there was %d before", v.Index, c.newest)
	}
	return nil
}

// enter lets a server take requests, and tells Reconnected. Accounts that were subscribed to
// meanwhile come first.
func (c *Client) enter(s *session, info ServerInfo, first Ledger) {
	for {
		c.mu.Lock()
		missing := s.missingLocked(c.accounts)
		if len(missing) == 0 {
			break
		}
		c.mu.Unlock()
		if _, err := s.subscribe(s.ctx, missing); err != nil {
			s.leave(s.reasonOf(err))
			return
		}
	}
	defer c.mu.Unlock()
	c.network = &info.NetworkID
	c.newest = max(c.newest, first.Index)
	s.to.state = ServerStatus{Server: s.to.shown, InUse: true, Since: time.Now()}
	s.goLive(Reconnected{Server: s.to.shown, NetworkID: info.NetworkID, Ledger: first})
	c.ready = s
	close(c.changed)
	c.changed = make(chan struct{})
	c.log.Info("connected to the XRP Ledger", "server", s.to.shown, "network", info.NetworkID, "ledger", first.Index)
}

// leave takes a server's requests away.
func (c *Client) leave(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready == s {
		c.ready = nil
	}
	close(c.changed)
	c.changed = make(chan struct{})
}

// left records and logs why a server is not in use. A reason is a warning once, and not at
// each try.
func (c *Client) left(ctx context.Context, to *server, err error) {
	if ctx.Err() != nil {
		return // we end
	}
	why := &Left{Reason: ReasonUnreachable, Detail: printable(err.Error())}
	errors.As(err, &why)
	c.mu.Lock()
	was := to.state
	to.state = ServerStatus{Server: to.shown, Reason: why.Reason, Detail: why.Detail, Since: time.Now(), Failures: was.Failures + 1}
	c.mu.Unlock()
	log := c.log.Warn
	if !was.InUse && was.Reason == why.Reason {
		log = c.log.Debug
	}
	log("left a server of the XRP Ledger", "server", to.shown, "error", why)
}

// Left is why a server is not in use.
type Left struct {
	Reason Reason
	Detail string
}

// Error returns the reason and the detail.
func (l *Left) Error() string { return fmt.Sprintf("%s: %s", l.Reason, l.Detail) }

func leaving(reason Reason, format string, args ...any) *Left {
	return &Left{reason, printable(fmt.Sprintf(format, args...))}
}

// reasonOfRead returns why a connection ended that we read.
func reasonOfRead(err error) *Left {
	var closed websocket.CloseError
	switch {
	case errors.Is(err, websocket.ErrMessageTooBig):
		return leaving(ReasonTooLarge, "a message has more than %d bytes", messageMax)
	case errors.As(err, &closed):
		return leaving(ReasonClosed, "it closed the connection with %d %q", closed.Code, closed.Reason)
	case errors.Is(err, io.EOF):
		return leaving(ReasonClosed, "the connection broke")
	default:
		return leaving(ReasonClosed, "%v", err)
	}
}
