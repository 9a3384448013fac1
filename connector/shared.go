package connector

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link/bearer"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/listen"
)

// shared is the listener that accounts share. A nil shared is none.
type shared struct {
	connector    *Connector
	server       *listen.Server
	certificates *certificates
	byLogin      *btplink.ByLogin
	tokens       *bearer.Directory            // of accounts over HTTP, for requests whose path names none
	operators    atomic.Pointer[http.Handler] // the admin API, nil if it is not served here
	refused      clock.Limiter                // of lines about requests of strangers

	mu      sync.RWMutex          // guards what follows
	links   map[string]sharedLink // by account
	unfound map[string]*httpLink  // accounts that have a token of another one
}

// sharedLink is a link that the shared listener may serve.
type sharedLink interface {
	// handlerAt returns what serves a path of the account, by what stands behind config.AccountPrefix. It
	// is nil if nothing does.
	handlerAt(end string) http.Handler
	// enter lets the link be found without its path too, and leave ends that.
	enter(s *shared, id string)
	leave(s *shared, id string)
}

// The ends of paths behind config.AccountPrefix.
const endHTTP, endReply, endBTP = "", "/reply", "/btp"

// newShared makes the shared listener, nil if the configuration has none.
func (c *Connector) newShared() (*shared, error) {
	o := c.cfg().Listen
	if o == nil {
		return nil, nil
	}
	s := &shared{
		connector: c, certificates: newCertificates(c.log), byLogin: btplink.NewByLogin(btplink.Options{Log: c.log}),
		tokens: bearer.NewDirectory(), links: make(map[string]sharedLink), unfound: make(map[string]*httpLink),
	}
	var err error
	if s.certificates.listener, err = listenerCertificate("listen.tls", o.TLS); err != nil {
		return nil, err
	}
	s.certificates.Alert(linkAlerts{connector: c})
	secure := s.certificates.listener.server()
	if secure != nil {
		secure.ClientAuth = tls.RequestClientCert // accounts that want one check it
	}
	s.server = listen.New(listen.Options{
		Address: net.JoinHostPort(config.BareHost(o.Host), strconv.Itoa(o.Port)), TLS: secure, HTTP1: !o.HTTP2, Log: c.log,
		SocketsMax: o.MaxSockets, PerAddressMax: o.MaxSocketsPerAddress, Bound: s.bound, Lost: s.lost,
		Proxied: o.Proxied(), Open: []string{"/livez", "/readyz"},
	})
	for path, h := range map[string]http.Handler{
		"": s, "/": s.byLogin, "/ilp": http.HandlerFunc(s.serveByToken),
		"/livez": s.orOperators(alive), "/readyz": s.orOperators(s.serveReady),
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

func (s *shared) bound(string) { s.connector.alerts.Resolve(time.Now(), "", kindSharedListener) }

func (s *shared) lost(err error) {
	if err != nil {
		s.connector.alerts.RaiseKind(time.Now(), "", kindSharedListener, fmt.Sprintf(alertSharedListener, err))
	}
}

// run serves until ctx ends.
func (s *shared) run(ctx context.Context) {
	var waiting sync.WaitGroup
	waiting.Go(func() { s.byLogin.Run(ctx) })
	s.server.Run(ctx)
	waiting.Wait()
}

// tried returns a channel that is closed when the listener listens, could not at its first try, or
// when there is none.
func (s *shared) tried() <-chan struct{} {
	if s == nil {
		return atOnce
	}
	return s.server.Tried()
}

// failure returns why the listener does not listen, nil if it does, has not tried, or need not.
func (s *shared) failure() error {
	if s == nil {
		return nil
	}
	_, err := s.server.Address()
	return err
}

// enter lets an account in, in place of a former one of its id.
func (s *shared) enter(id string, l Link) {
	if s == nil {
		return
	}
	g, is := l.(sharedLink)
	if !is {
		s.leave(id)
		return
	}
	s.mu.Lock()
	former := s.links[id]
	s.links[id] = g
	s.mu.Unlock()
	if former != nil {
		former.leave(s, id)
	}
	g.enter(s, id)
}

// leave lets an account in no more.
func (s *shared) leave(id string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	g := s.links[id]
	delete(s.links, id)
	s.mu.Unlock()
	if g != nil {
		g.leave(s, id)
	}
}

// link returns the link of an account, nil if the listener does not serve it.
func (s *shared) link(id string) sharedLink {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.links[id]
}

// ServeHTTP serves the paths of accounts, and the admin API if it is offered here.
func (s *shared) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, end, is := accountIn(r.URL.Path)
	if is && r.URL.RawPath == "" { // else it has codes that nobody needs
		if g := s.link(id); g != nil {
			if h := g.handlerAt(end); h != nil {
				h.ServeHTTP(w, r)
				return
			}
		}
	}
	if h := s.operators.Load(); h != nil && !is {
		(*h).ServeHTTP(operatorLogin{w, r}, r)
		return
	}
	http.Error(w, "not found", http.StatusNotFound)
}

// operatorLogin is a response of the admin API. It notes whether the request has the token.
type operatorLogin struct {
	http.ResponseWriter
	request *http.Request
}

// WriteHeader writes the status, which says that.
func (w operatorLogin) WriteHeader(status int) {
	if status == http.StatusUnauthorized {
		listen.Failed(w.request.Context())
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap returns the response for a http.ResponseController.
func (w operatorLogin) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// accountIn returns the account whose packets come in at a path, and what stands behind its prefix.
func accountIn(path string) (id, end string, is bool) {
	rest, is := strings.CutPrefix(path, "/accounts/")
	if !is {
		return "", "", false
	}
	if id, rest, is = strings.Cut(rest, "/"); !is {
		return "", "", false
	}
	end, is = strings.CutPrefix(rest, "ilp")
	return id, end, is && (end == "" || end[0] == '/')
}

// orOperators returns a handler that leaves a probe to the admin API if that is served here: its
// clients expect its answers.
func (s *shared) orOperators(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if api := s.operators.Load(); api != nil {
			(*api).ServeHTTP(w, r)
			return
		}
		h(w, r)
	})
}

// alive answers that the process serves requests.
func alive(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }

// serveReady answers whether packets should be sent to the connector. Strangers are not told why not:
// the admin API says so.
func (s *shared) serveReady(w http.ResponseWriter, r *http.Request) {
	if len(s.connector.unready()) > 0 {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	alive(w, r)
}

var _ http.Handler = (*shared)(nil)
