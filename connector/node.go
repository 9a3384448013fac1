package connector

import (
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/metrics"
	"github.com/ilp-go/connector/rate"
)

// node is the connector as the admin API sees it.
type node struct{ *Connector }

// Accounts returns the registry of the accounts.
func (n node) Accounts() *account.Registry { return n.registry }

// Configured returns the configuration of an account.
func (n node) Configured(id string) (config.Account, bool) {
	if m := n.member(id); m != nil && m.host == nil {
		return *m.now().config, true
	}
	if a := n.registry.Find(id); a != nil && a.Host != "" { // a client, connected or not
		if host := n.member(a.Host); host != nil {
			return host.now().config.Child(id[len(a.Host)+1:]), true
		}
	}
	return config.Account{}, false
}

// Link returns how the link of an account is doing.
func (n node) Link(id string) admin.Link {
	var f facts
	var connected bool
	var refused map[string]uint64
	if m := n.member(id); m != nil {
		if l, ok := m.link.(*httpLink); ok {
			refused = l.RefusedRequests()
		}
		connected = n.connected(m) // first: it may panic, which is a fact
		f = n.factsOf(m)
	} else if a := n.registry.Find(id); a != nil && a.Host != "" {
		f = n.factsOfClient(a)
	} else {
		return admin.Link{}
	}
	s := f.link
	l := admin.Link{
		Connected: connected, Server: s.Server, Listener: s.Listener, Remote: s.Remote, LastError: s.LastError, Closed: s.Closed, NextRetry: s.NextRetry,
		Failures: s.Failures, Refusals: s.Refusals, RefusedAt: s.RefusedAt, RefusedFrom: s.RefusedFrom, RefusedRequests: refused, Replacements: s.Replacements,
		PausedBy: f.pausedBy, OldSecret: s.OldSecret, OldSecretUntil: s.OldSecretUntil, CertificateUntil: s.CertificateUntil,
	}
	l.State, l.Since, l.Problems = f.state()
	if l.State == admin.Disabled || l.State == admin.Degraded { // what the link says last is not why
		l.LastError, l.Closed, l.NextRetry = l.Problems[0].Reason, "", f.routes.NextRetry
		if s.State == link.Degraded {
			l.NextRetry = s.NextRetry
		}
	}
	return l
}

// Connection returns the same for metrics.
func (n node) Connection(id string) metrics.Connection {
	l := n.Link(id)
	return metrics.Connection{
		Connected: l.Connected, State: l.State, Paused: l.State == admin.Paused, Invited: l.State == admin.Invited, Since: l.Since, Failures: l.Failures, Refusals: l.Refusals, Replacements: l.Replacements,
		CertificateUntil: l.CertificateUntil, RefusedRequests: l.RefusedRequests,
	}
}

// Reloads returns how often the configuration was reloaded.
func (n node) Reloads() metrics.Reloads {
	r := metrics.Reloads{Done: n.reloads.done.Load(), Failed: n.reloads.failed.Load(), Broken: n.reloads.broken.Load()}
	if last := n.reloads.last.Load(); last != 0 {
		r.Last = time.Unix(0, last)
	}
	return r
}

// Enabled reports whether a middleware is not disabled.
func (n node) Enabled(name string) bool { return n.set.Has(middleware.Name(name)) }

// Loaded reports whether the balances are known.
func (n node) Loaded() bool { return n.life.has(loaded) }

// Rates returns the exchange rates and how fresh they are.
func (n node) Rates() rate.State {
	s := n.poller.State()
	if s.Table = n.pricing.State().Table; s.Table.Empty() {
		s.Table = nil
	}
	return s
}

// RateSources returns how the sources of prices are doing: those of the backend, or else itself.
func (n node) RateSources() []rate.SourceState {
	if n.reporter != nil {
		return n.reporter.Sources()
	}
	return []rate.SourceState{{Name: n.cfg().Backend, State: n.poller.State()}}
}

// Unready returns why the connector should not be sent packets.
func (n node) Unready() []string { return n.unready() }

var _ admin.Node = node{}
