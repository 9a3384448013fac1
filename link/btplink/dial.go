package btplink

import (
	"context"
	"strings"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// dialLoop keeps a session with the server until ctx ends.
func (l *Link) dialLoop(ctx context.Context) {
	defer l.catch()
	backoff := clock.NewBackoff(l.opts.ReconnectSteps...)
	shown, _, _ := strings.Cut(l.opts.Server.URL, "?") // a query may be secret
	l.status.Dials(shown)
	for ctx.Err() == nil {
		l.setState(link.Connecting, shown, nil)
		err := l.dial(ctx, backoff)
		if ctx.Err() != nil {
			return
		}
		wait := backoff.Next()
		l.setState(link.Connecting, shown, nil) // and not authenticating, which nothing does now
		l.reportRefusedUs(err)
		l.status.Fail(err, time.Now().Add(wait))
		l.log.Warn("connection to server failed", "url", shown, "error", err, "retryIn", wait)
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// dial connects, authenticates and reads until the connection ends. If the server refuses a new
// token, it tries the old one at once, while that is valid: the server need not change it in the
// same second.
func (l *Link) dial(ctx context.Context, backoff *clock.Backoff) error {
	tokens, _ := l.keys.read()
	err := l.dialWith(ctx, backoff, tokens.now)
	if !refusesUs(err) || ctx.Err() != nil {
		return err
	}
	if tokens, _ = l.keys.read(); !tokens.old.valid(time.Now()) {
		return err
	}
	if other := l.dialWith(ctx, backoff, tokens.old.Secret); !refusesUs(other) {
		return other
	}
	return err
}

// dialWith is dial with one token.
func (l *Link) dialWith(ctx context.Context, backoff *clock.Backoff, token string) error {
	server := l.opts.Server
	deadline := time.Now().Add(l.opts.AuthTimeout)
	dialing, cancel := context.WithDeadline(ctx, deadline)
	var secure websocket.DialOptions
	if server.TLS != nil {
		secure.TLS = server.TLS()
	}
	conn, leftover, err := websocket.Dial(dialing, server.URL, secure)
	cancel()
	if err != nil {
		l.status.Failures.Add(1)
		return err
	}
	s := newSession(l, conn, websocket.Client, leftover)
	s.secret = token
	defer s.close(errDone) // if something panics
	defer context.AfterFunc(ctx, l.guarded(func() { s.fail(errStopped) }))()

	l.setState(link.Authenticating, s.remote, nil)
	if err := s.sendAuth(server, token, deadline); err != nil {
		l.status.Failures.Add(1)
		return s.finish(err)
	}
	l.install(&l.dialed, s)
	l.reportRefusedUs(nil)
	l.reportToken(token)
	l.notify()
	began := time.Now()
	err = s.readLoop(s.receive)
	if time.Since(began) > l.opts.AuthTimeout {
		backoff.Reset() // the session has lasted for a while
	}
	return l.remove(&l.dialed, s, err)
}
