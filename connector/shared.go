//go:build ignore

package connector

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/bearer"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/listen"
)

// shared is the listener that accounts share. A nil shared serves none.
type shared struct {
	server       *listen.Server
	certificates *certificates
	lobby        *btplink.Lobby
	tokens       *bearer.Directory // of accounts over HTTP, for requests that name none

	mu      sync.RWMutex
	byToken map[[sha256.Size]byte]*btplink.Link // BTP accounts by a digest of their secrets
	byUser  map[string]*btplink.Link            // the same by their ids
	http    map[string]http.Handler             // accounts over HTTP by their ids
	key     [sha256.Size]byte                   // of the digests
}

// guest is a link that the shared listener serves.
type guest interface {
	// doors returns its handlers by the end of their paths: nil if it needs none.
	doors() map[string]http.Handler
}

// The ends of paths, behind config.AccountPrefix.
const doorHTTP, doorBTP = "", "/btp"

// newShared makes the shared listener, nil if the configuration has none.
func (c *Connector) newShared() (*shared, error) {
	o := c.cfg().Listen
	if o == nil {
		return nil, nil
	}
	s := &shared{
		certificates: newCertificates(c.log), tokens: bearer.NewDirectory(),
		byToken: make(map[[sha256.Size]byte]*btplink.Link), byUser: make(map[string]*btplink.Link), http: make(map[string]http.Handler),
	}
	_, _ = rand.Read(s.key[:])
	var err error
	if s.certificates.listener, err = listenerCertificate("tls", o.TLS); err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s.certificates.Alert(linkAlerts{c, ""})
	secure := s.certificates.listener.server()
	if secure != nil {
		secure.ClientAuth = tls.RequestClientCert // which accounts check themselves, each in its way
	}
	s.server = listen.New(listen.Options{
		Address: net.JoinHostPort(config.BareHost(o.Host), strconv.Itoa(o.Port)), TLS: secure, HTTP1: !o.HTTP2, Log: c.log,
		SocketsMax: o.MaxSockets, PerAddressMax: o.MaxSocketsPerAddress,
		Bound: func(string) { c.alerts.Resolve(time.Now(), "", kindSharedListener) },
		Lost: func(err error) {
			if err != nil {
				c.alerts.RaiseKind(time.Now(), "", kindSharedListener, fmt.Sprintf(alertSharedListener, err))
			}
		},
	})
	s.lobby = btplink.NewLobby(btplink.Options{Log: c.log}, s.find)
	for path, h := range map[string]http.Handler{
		"/": s.lobby, "/ilp": http.HandlerFunc(s.serveByToken),
		"/livez": http.HandlerFunc(alive), "/readyz": http.HandlerFunc(c.serveReady),
	} {
		if _, err := s.server.Handle(path, h); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// The alert about the shared listener.
const (
	kindSharedListener  = "shared listener"
	alertSharedListener = "the shared listener cannot listen, so no account behind it can be reached: %v; " +
		"stop the program that has the port, or give listen another port or host"
)

// run serves until ctx ends.
func (s *shared) run(ctx context.Context) {
	if s == nil {
		return
	}
	var running sync.WaitGroup
	running.Go(func() { s.lobby.Run(ctx) })
	s.server.Run(ctx)
	running.Wait()
}

// admit serves an account until leave is called.
func (s *shared) admit(id string, l Link) (leave func(), err error) {
	g, is := l.(guest)
	if !is || s == nil {
		return func() {}, nil
	}
	var leaving []func()
	leave = func() {
		for _, one := range leaving {
			one()
		}
	}
	for end, h := range g.doors() {
		remove, err := s.server.Handle(config.AccountPrefix(id)+end, h)
		if err != nil {
			leave()
			return nil, fmt.Errorf("%s: %w", config.AccountPrefix(id)+end, err)
		}
		leaving = append(leaving, remove)
	}
	switch l := l.(type) {
	case *httpLink:
		leaving = append(leaving, s.enterHTTP(id, l))
	case btpLink:
		leaving = append(leaving, s.enterBTP(id, l))
	}
	return leave, nil
}

// enterHTTP lets requests find an account over HTTP by their tokens. A token that another account
// has too finds nothing: the account is still reached by its path.
func (s *shared) enterHTTP(id string, l *httpLink) (leave func()) {
	s.mu.Lock()
	s.http[id] = l.Link
	s.mu.Unlock()
	set := func() {
		if v := l.keys.now.Load().verifier; v != nil {
			if err := s.tokens.Set(id, v); err != nil {
				s.tokens.Remove(id)
				l.log.Warn("the account is not found by its token alone, but by its path", "error", err)
			}
		}
	}
	set()
	l.keys.changed.Store(&set)
	return func() {
		l.keys.changed.Store(nil)
		s.tokens.Remove(id)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.http, id)
	}
}

// enterBTP lets connections find a BTP account by its id or its secret.
func (s *shared) enterBTP(id string, l btpLink) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byUser[id] = l.Link
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.byUser, id)
	}
}

// find returns the BTP account that a login may belong to: the one that it names, or else the one
// whose secret it knows. That account checks the secret.
func (s *shared) find(user string, token []byte) *btplink.Link {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if l := s.byUser[user]; l != nil {
		return l
	}
	for _, l := range s.byUser {
		if l.Accepts(token) {
			return l
		}
	}
	return nil
}

// digest returns what stands for a secret in a map.
func (s *shared) digest(secret string) (d [sha256.Size]byte) {
	h := hmac.New(sha256.New, s.key[:])
	h.Write([]byte(secret))
	h.Sum(d[:0])
	return d
}

// serveByToken serves a request that names no account: its token does.
func (s *shared) serveByToken(w http.ResponseWriter, r *http.Request) {
	id, _, err := s.tokens.Verify(r.Header["Authorization"], time.Now())
	s.mu.RLock()
	h := s.http[id]
	s.mu.RUnlock()
	if err != nil || h == nil {
		listen.Failed(r.Context())
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "invalid authorization", http.StatusUnauthorized)
		return
	}
	h.ServeHTTP(w, r)
}

// alive answers that the process serves requests.
func alive(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }

// serveReady answers whether packets should be sent to the connector. Strangers are not told why not:
// the admin API says so.
func (c *Connector) serveReady(w http.ResponseWriter, _ *http.Request) {
	if len(c.unready()) > 0 {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	alive(w, nil)
}

// errNoShared says that an account needs a shared listener and there is none.
var errNoShared = errors.New("the account needs the shared listener: set listen")

var _ link.Alerts = linkAlerts{}
