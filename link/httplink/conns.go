package httplink

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
)

// conns are the connections of HTTP/1.1 to one peer. A packet has one of them for itself until its
// response is there, and needs no goroutine but its own: http.Transport has two for each connection, and
// each packet wakes both of them.
type conns struct {
	dial    func(ctx context.Context) (net.Conn, error)
	idleMax int

	mu     sync.Mutex // guards what follows
	idle   []*conn    // the one that was put back last is last
	timer  *time.Timer
	armed  bool
	closed bool
}

// newConns returns what carries packets over HTTP/1.1 to the URL of o. It returns nil if package net/http
// must: for HTTP/2, for others (many peers, or answers by callback), for a URL that is not ASCII, and where a
// socket cannot be looked at.
func newConns(o *Outgoing, others bool) *conns {
	if !canPeek || o.HTTP2 || others || !isPlainURL(o.URL.Host) || strings.Contains(o.URL.Host, "%") || !isPlainURL(o.URL.RequestURI()) || !isValue(o.Name) {
		return nil
	}
	dialer := &net.Dialer{Timeout: dialTime}
	address, dial := o.URL.Host, dialer.DialContext
	switch {
	case o.URL.Scheme == "https" && o.TLS == nil:
		dial = (&tls.Dialer{NetDialer: dialer, Config: &tls.Config{NextProtos: []string{"http/1.1"}}}).DialContext
	case o.URL.Scheme == "https":
		dial = dialTLS(o)
	}
	if o.URL.Port() == "" {
		address = net.JoinHostPort(o.URL.Hostname(), map[string]string{"http": "80", "https": "443"}[o.URL.Scheme])
	}
	s := &conns{idleMax: inFlightMax(o)}
	s.dial = func(ctx context.Context) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, 2*dialTime) // TLS needs some of it
		defer cancel()
		return dial(ctx, "tcp", address)
	}
	s.timer = time.AfterFunc(time.Hour, s.sweep)
	s.timer.Stop()
	return s
}

// isPlainURL reports whether a part of a URL goes into a request as it is.
func isPlainURL(part string) bool {
	for i := range len(part) {
		if c := part[i]; c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return part != ""
}

// take returns an idle connection that the peer has not closed, nil if there is none.
func (s *conns) take() *conn {
	for {
		one := s.pop()
		if one == nil || one.idle() {
			return one
		}
		_ = one.Close()
	}
}

func (s *conns) pop() *conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := len(s.idle) - 1
	if last < 0 {
		return nil
	}
	one := s.idle[last]
	s.idle[last], s.idle = nil, s.idle[:last]
	return one
}

// open makes a connection.
func (s *conns) open(ctx context.Context) (*conn, error) {
	c, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	one, err := newConn(c)
	if err != nil {
		_ = c.Close()
	}
	return one, err
}

// put keeps a connection for the next packet.
func (s *conns) put(one *conn, now int64) {
	s.mu.Lock()
	keep := !s.closed && len(s.idle) < s.idleMax
	if keep {
		one.used = now
		s.idle = append(s.idle, one)
		if !s.armed {
			s.armed = true
			s.timer.Reset(idleTime)
		}
	}
	s.mu.Unlock()
	if !keep {
		_ = one.Close()
	}
}

// sweep closes the connections that were idle for idleTime, and those before them in the list.
func (s *conns) sweep() {
	now := clock.Now().Steady
	s.mu.Lock()
	old := 0
	for old < len(s.idle) && now-s.idle[old].used >= int64(idleTime) {
		old++
	}
	closing := append([]*conn(nil), s.idle[:old]...)
	s.idle = append(s.idle[:0], s.idle[old:]...)
	clear(s.idle[len(s.idle):cap(s.idle)])
	if s.armed = len(s.idle) > 0 && !s.closed; s.armed {
		s.timer.Reset(time.Duration(s.idle[0].used + int64(idleTime) - now))
	}
	s.mu.Unlock()
	for _, one := range closing {
		_ = one.Close()
	}
}

// close closes the idle connections, and keeps no more.
func (s *conns) close() {
	s.mu.Lock()
	idle := s.idle
	s.idle, s.closed = nil, true
	s.timer.Stop()
	s.mu.Unlock()
	for _, one := range idle {
		_ = one.Close()
	}
}

// carry sends the request of a call over a connection of its own, and reads the answer into r. It sends
// again only if the peer can have seen nothing: its connection was closed before.
func (l *Link) carry(c *call, r *response) (answered, error) {
	var err error
	if r.request, err = l.appendRequest(r.request[:0], c, r); err != nil {
		return answered{}, credentialsError{err}
	}
	for {
		one, used := l.conns.take(), true
		if one == nil {
			if one, err = l.connect(c); err != nil {
				return answered{}, err
			}
			used = false
		}
		a, err := l.carryOver(one, c, r)
		if _, unsent := errors.AsType[unsentError](err); unsent && used && l.calls.guard(c, nil) {
			continue
		}
		return a, err
	}
}

// connect makes a connection for a call.
func (l *Link) connect(c *call) (*conn, error) {
	ctx, cancel := context.WithCancel(l.stopped)
	defer cancel()
	if !l.calls.guard(c, cancel) {
		return nil, errAborted
	}
	return l.conns.open(ctx)
}

// carryOver sends the request of a call over a connection, which it then keeps or closes.
func (l *Link) carryOver(one *conn, c *call, r *response) (a answered, err error) {
	if !l.calls.guard(c, one.abort) {
		_ = one.Close()
		return a, errAborted
	}
	a, err = one.exchange(r.request, r)
	if !l.calls.guard(c, nil) || err != nil || !a.keep {
		_ = one.Close()
		return a, err
	}
	l.conns.put(one, clock.Now().Steady)
	return a, nil
}
