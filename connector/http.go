package connector

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ildcp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/httplink"
	"github.com/ilp-go/connector/listen"
)

// httpLink is the link of ilp-plugin-http and of ilp-http.
type httpLink struct {
	*httplink.Link
	*certificates
	log   *slog.Logger
	keys  *httpKeys
	own   *listen.Server  // the port of this account alone, nil for the shared listener, or for none
	comes bool            // the peer sends us packets
	async *httplink.Async // nil if answers are responses
}

// newHTTP makes the link of ilp-plugin-http and of ilp-http.
func newHTTP(a config.Account, log *slog.Logger) (_ Link, err error) {
	o, err := a.HTTP()
	if err != nil {
		return nil, err
	}
	l := &httpLink{certificates: newCertificates(log), log: log, comes: o.Incoming != nil}
	if l.keys, err = newHTTPKeys(o); err != nil {
		return nil, err
	}
	opts := httplink.Options{Log: log}
	if o.Incoming != nil {
		opts.Authorize = l.authorize
	}
	if out := o.Outgoing; out != nil {
		if l.certificates.server, err = clientCertificate("options.outgoing.tls", out.TLS); err != nil {
			return nil, err
		}
		if opts.Outgoing, err = l.outgoing(out, o.Multi); err != nil {
			return nil, err
		}
	}
	if m := o.Multi; m != nil {
		opts.Multi = &httplink.Multi{Delimiter: m.Delimiter}
		if m.ILDCP != nil {
			opts.Multi.Info = &ildcp.Response{ClientAddress: m.ILDCP.ClientAddress, AssetCode: m.ILDCP.AssetCode, AssetScale: m.ILDCP.AssetScale}
		}
	}
	if o.Async != nil {
		l.async = &httplink.Async{AccountID: a.ID, CallbackURL: o.Async.CallbackURL, Hosts: o.Async.CallbackHosts}
		opts.Async = l.async
	}
	l.Link = httplink.New(opts)
	if o.Incoming == nil || o.Incoming.Listener == nil {
		return l, nil
	}
	port := o.Incoming.Listener
	if l.listener, err = listenerCertificate("options.incoming.tls", port.TLS); err != nil {
		return nil, err
	}
	l.own = listen.New(listen.Options{
		Address: net.JoinHostPort(config.BareHost(port.Host), strconv.Itoa(port.Port)), TLS: l.listener.server(), Log: log,
		Proxied: l.listener == nil && config.IsLoopback(port.Host),
		Bound:   func(at string) { l.ReportListening(at, nil) },
		Lost:    func(err error) { l.ReportListening("", err) },
	})
	_, err = l.own.Handle("", l.Link) // as in ilp-plugin-http, whatever the path is
	return l, err
}

// outgoing returns where packets go.
func (l *httpLink) outgoing(o *config.HTTPOutgoing, multi *config.HTTPMulti) (*httplink.Outgoing, error) {
	to := &httplink.Outgoing{
		Template: o.URL, Authorization: l.keys.authorization, Refused: l.keys.replaced, Name: o.Name, Destination: o.SendDestination,
		HTTP2: o.HTTP2, RequestsMax: o.HTTP2Requests, TLS: l.certificates.server.client(),
	}
	text := o.URL
	if multi != nil {
		text = httplink.FillIn(o.URL, multi.Delimiter, "1") // which may be a host, a port or a part of the path
	}
	var err error
	if to.URL, err = url.Parse(text); err != nil {
		return nil, errors.New("options.outgoing.url is no URL") // the error would show it whole
	}
	return to, nil
}

// Run runs the link, and the port of the account if it has one.
func (l *httpLink) Run(ctx context.Context, handler ilp.Handler, changed func(connected bool)) {
	var serving sync.WaitGroup
	defer serving.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if l.own != nil {
		serving.Go(func() { l.own.Run(ctx) })
	}
	l.Link.Run(ctx, handler, changed)
}

// Tried returns a channel that is closed when the port of the account listens, could not at its
// first try, or when it has none.
func (l *httpLink) Tried() <-chan struct{} {
	if l.own != nil {
		return l.own.Tried()
	}
	return atOnce
}

// authorize returns why a request is not one of the peer, nil if it is.
func (l *httpLink) authorize(r *http.Request) error {
	err := l.keys.check(r)
	if err != nil {
		listen.Failed(r.Context())
		return err
	}
	listen.Known(r.Context())
	return nil
}

// Alert makes the link and its certificates raise their alerts with to.
func (l *httpLink) Alert(to link.Alerts) {
	l.Link.Alert(to)
	l.certificates.Alert(to)
}

// Status returns the state of the link.
func (l *httpLink) Status() link.Status {
	s := l.withEnd(l.Link.Status())
	if ring := l.keys.now.Load(); ring.until.After(time.Now()) {
		s.OldSecretUntil, s.OldSecret = ring.until, l.keys.byOld.Load()
	}
	return s
}

func (l *httpLink) rekey(a config.Account) (apply func(), err error) {
	o, err := a.HTTP()
	if err != nil {
		return nil, err
	}
	keys, err := newHTTPKeys(o)
	if err != nil {
		return nil, err
	}
	var pairs config.BTPOptions // which has both certificates at other names
	if o.Incoming != nil && o.Incoming.Listener != nil {
		pairs.Listener = &config.BTPListener{TLS: o.Incoming.Listener.TLS}
	}
	if o.Outgoing != nil {
		pairs.Server = &config.BTPServer{TLS: o.Outgoing.TLS}
	}
	certificates, err := l.prepare(pairs)
	return func() {
		certificates()
		l.keys.become(keys)
	}, err
}

// handlerAt returns what the shared listener serves of the account.
func (l *httpLink) handlerAt(end string) http.Handler {
	switch {
	case !l.comes || l.own != nil:
		return nil
	case end == endHTTP, end == endReply && l.async != nil:
		return l.Link
	}
	return nil
}

// enter lets requests find the account by its tokens, which may be replaced. An account whose token
// another one has too is found by its path alone.
func (l *httpLink) enter(s *shared, id string) {
	if l.handlerAt(endHTTP) == nil {
		return
	}
	set := func() { s.setTokens(id, l) }
	l.keys.changed.Store(&set)
	set()
}

// leave ends what enter has begun. Another link that takes the place has its own tokens set.
func (l *httpLink) leave(s *shared, id string) {
	l.keys.changed.Store(nil)
	if next, is := s.link(id).(*httpLink); !is || next.handlerAt(endHTTP) == nil {
		s.removeTokens(id)
	}
}

var (
	_ rekeyer    = (*httpLink)(nil)
	_ certified  = (*httpLink)(nil)
	_ Alerter    = (*httpLink)(nil)
	_ Listening  = (*httpLink)(nil)
	_ Addressed  = (*httpLink)(nil)
	_ sharedLink = (*httpLink)(nil)
)
