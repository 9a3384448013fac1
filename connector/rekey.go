package connector

import (
	"net/http"
	"reflect"
	"time"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/btplink"
	"github.com/ilp-go/connector/link/miniaccounts"
)

// rekeyer is a link that takes other secrets and certificates while it runs.
type rekeyer interface {
	// rekey prepares the options of an account, of which only secrets and certificates are others
	// than before. apply makes them hold, and cannot fail.
	rekey(a config.Account) (apply func(), err error)
}

// staysLinked reports whether the link of an account can go on with changed options.
func (m *member) staysLinked(a config.Account) bool {
	old := m.now().config
	if reflect.DeepEqual(old.Options, a.Options) {
		return true
	}
	_, can := m.link.(rekeyer)
	return can && a.SecretsAlone(*old, time.Now())
}

// rekey prepares changed secrets and certificates of an account whose link goes on.
func (m *member) rekey(a config.Account) (apply func(), err error) {
	l, can := m.link.(rekeyer)
	if !can || reflect.DeepEqual(m.now().config.Options, a.Options) {
		return func() {}, nil
	}
	return l.rekey(a)
}

// RotateSecret gives an account another secret while the connector runs, or ends the old one: see
// config.Config.Rotate. Connections with a secret that is still good stay. Like ChangeAccount, it
// changes no stored configuration.
func (c *Connector) RotateSecret(id string, r config.Rotation) (done config.Rotated, err error) {
	return done, c.audited(audit.RotateSecret, id, func() error {
		done, err = c.rotate(id, r, func(_, _ config.Account) error { return nil })
		return err
	})
}

// rotate gives an account another secret, and calls commit with what it was and what it is then.
func (c *Connector) rotate(id string, r config.Rotation, commit func(before, now config.Account) error) (done config.Rotated, err error) {
	if r.Now.IsZero() {
		r.Now = time.Now()
	}
	var before config.Account
	return done, c.changeAccount(id, func(now config.Account) (a config.Account, err error) {
		before = now
		a, done, _, err = c.cfg().Rotate(now, r, c.parts.known())
		return a, err
	}, (*config.Config).ValidateParsed, func(a config.Account, _ []config.Warning) error { return commit(before, a) })
}

// btpLink is the link of ilp-plugin-btp.
type btpLink struct {
	*btplink.Link
	*certificates
	shared bool // the shared listener takes its connections
	dials  bool // it connects to a server
}

// Alert makes the link and its certificates raise their alerts with to.
func (l btpLink) Alert(to link.Alerts) {
	l.Link.Alert(to)
	l.certificates.Alert(to)
}

// Status returns the state of the link.
func (l btpLink) Status() link.Status { return l.withEnd(l.Link.Status()) }

func (l btpLink) rekey(a config.Account) (apply func(), err error) {
	o, err := a.BTP()
	if err != nil {
		return nil, err
	}
	pairs, err := l.prepare(o)
	return func() {
		pairs()
		l.SetSecrets(secretsOf(o))
	}, err
}

// starts reports whether the link needs no goroutine to run: it only has connections that others accept.
func (l btpLink) starts() bool { return l.shared && !l.dials }

// handlerAt returns what the shared listener serves of the account.
func (l btpLink) handlerAt(end string) http.Handler {
	if !l.shared || end != endBTP {
		return nil
	}
	return l.Link
}

// enter lets connections find the account by its id or its secret.
func (l btpLink) enter(s *shared, id string) {
	if l.shared {
		s.byLogin.Put(id, l.Link)
	}
}

func (l btpLink) leave(s *shared, id string) { s.byLogin.Remove(id, l.Link) }

// secretsOf returns the secrets of options.
func secretsOf(o config.BTPOptions) (all btplink.Secrets) {
	if s := o.Server; s != nil {
		all.Token, all.OldToken = s.Token, btplink.OldSecret(s.OldToken)
	}
	if l := o.Listener; l != nil {
		all.Secret, all.OldSecret = l.Secret, btplink.OldSecret(l.OldSecret)
	}
	return all
}

// miniLink is the link of an account with many clients.
type miniLink struct {
	*miniaccounts.Server
	*certificates
	shared        bool // the shared listener takes its connections
	certificateOf func(config.Account) (*config.Certificate, error)
}

// Alert makes the link and its certificates raise their alerts with to.
func (l miniLink) Alert(to link.Alerts) {
	l.Server.Alert(to)
	l.certificates.Alert(to)
}

// Status returns the state of the link.
func (l miniLink) Status() link.Status { return l.withEnd(l.Server.Status()) }

func (l miniLink) rekey(a config.Account) (apply func(), err error) {
	pair, err := l.certificateOf(a)
	if err != nil {
		return nil, err
	}
	return l.prepare(config.BTPOptions{Listener: &config.BTPListener{TLS: pair}})
}

// handlerAt returns what the shared listener serves of the account.
func (l miniLink) handlerAt(end string) http.Handler {
	if !l.shared || end != endBTP {
		return nil
	}
	return l.Server
}

// enter does nothing: the path alone says whose a client is.
func (miniLink) enter(*shared, string) {}
func (miniLink) leave(*shared, string) {}

// withEnd adds to a status when the certificate of the listener ends.
func (c *certificates) withEnd(s link.Status) link.Status {
	s.CertificateUntil = c.listener.until()
	return s
}

// prepare reads the certificates of changed options.
func (c *certificates) prepare(o config.BTPOptions) (apply func(), err error) {
	listener, server := func() {}, func() {}
	if c.listener != nil && o.Listener != nil && o.Listener.TLS != nil {
		listener, err = c.listener.prepare(config.BTPClientTLS{Cert: o.Listener.TLS.Cert, Key: o.Listener.TLS.Key})
	}
	if err == nil && c.server != nil && o.Server != nil && o.Server.TLS != nil {
		server, err = c.server.prepare(*o.Server.TLS)
	}
	return func() {
		listener()
		server()
		c.look(time.Now(), true)
	}, err
}

var (
	_ rekeyer    = btpLink{}
	_ rekeyer    = miniLink{}
	_ certified  = btpLink{}
	_ Alerter    = btpLink{}
	_ Host       = miniLink{}
	_ Alerter    = miniLink{}
	_ sharedLink = btpLink{}
	_ starter    = btpLink{}
	_ sharedLink = miniLink{}
)
