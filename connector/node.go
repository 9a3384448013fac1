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
	if m := n.member(id); m != nil {
		return m.now().config, true
	}
	if a := n.registry.Find(id); a != nil && a.Host != "" { // a client that is not connected
		if host := n.member(a.Host); host != nil {
			return host.now().config.Child(id[len(a.Host)+1:]), true
		}
	}
	return config.Account{}, false
}

// Link returns how the link of an account is doing.
func (n node) Link(id string) admin.Link {
	m := n.member(id)
	if m == nil {
		if a := n.registry.Find(id); a != nil && a.Host != "" {
			return admin.Link{State: admin.NotConnected}
		}
		return admin.Link{}
	}
	s, connected := n.status(m), n.connected(m)
	if failure := m.failure.Load(); failure != nil {
		s.State, s.LastError, s.Closed, s.NextRetry = link.Disabled, *failure, "", time.Time{}
	}
	if text, since, asking := m.check.problem(); text != "" {
		s.State, s.Since, s.LastError, s.Closed, s.NextRetry = link.Disabled, since, text, "", time.Time{}
	} else if asking && s.State == link.Established {
		s.State = link.Authenticating
	}
	if m.host != nil && s.State == link.Connecting { // we do not connect to it: it comes to us
		s.State = admin.NotConnected
	}
	if m.now().config.Invitation.Open() && s.State == link.Connecting {
		s.State = admin.Invited
	}
	if m.paused.Load() {
		s.State = admin.Paused
	}
	return admin.Link{
		Connected: connected, State: string(s.State), Since: s.Since,
		Remote: s.Remote, LastError: s.LastError, Closed: s.Closed, NextRetry: s.NextRetry,
		Failures: s.Failures, Refusals: s.Refusals, RefusedAt: s.RefusedAt, RefusedFrom: s.RefusedFrom, Replacements: s.Replacements,
	}
}

// Connection returns the same for metrics.
func (n node) Connection(id string) metrics.Connection {
	l := n.Link(id)
	return metrics.Connection{
		Connected: l.Connected, Paused: l.State == admin.Paused, Invited: l.State == admin.Invited, Since: l.Since, Failures: l.Failures, Refusals: l.Refusals, Replacements: l.Replacements,
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
func (n node) Rates() rate.State { return n.poller.State() }

// Unready returns why the connector should not be sent packets.
func (n node) Unready() []string { return n.unready() }

var _ admin.Node = node{}
