package connector

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/route/speaker"
	"github.com/ilp-go/connector/uuid"
)

// reroute computes the routes anew and gives them to the engine. There are none
// while our own address is not known.
func (c *Connector) reroute() {
	c.mu.Lock()
	defer c.mu.Unlock()
	static := route.Static{
		Address:      c.engine.Address(),
		GlobalPrefix: c.cfg().GlobalPrefix(),
		Default:      c.cfg().DefaultRoute,
		Secret:       c.secret,
	}
	for _, a := range c.registry.All() {
		if m := c.members[a.ID]; m != nil && m.unrouted {
			continue
		}
		c.setAddressLocked(static.Address, a)
		static.Accounts = append(static.Accounts, routeAccount(a))
	}
	for _, m := range c.members {
		if m.host != nil {
			c.setAddressLocked(static.Address, m.now().account)
			static.Accounts = append(static.Accounts, routeAccount(m.now().account))
		}
	}
	for _, r := range c.cfg().Routes {
		static.Configured = append(static.Configured, route.ConfiguredRoute{Prefix: r.TargetPrefix, Account: r.PeerID})
	}
	var routes route.Routes
	var warnings []route.Warning
	if static.Address != "" { // else what is meant for us would go back to the parent, in a loop
		routes, warnings = static.Routes()
	}
	for _, w := range warnings {
		if !c.warned[w] {
			c.log.Warn("route is left out", "route", w.String())
		}
	}
	c.warned = make(map[route.Warning]bool, len(warnings))
	for _, w := range warnings {
		c.warned[w] = true
	}
	c.speaker.SetStatic(route.Identity{Address: static.Address, GlobalPrefix: static.GlobalPrefix}, routes)
}

// setAddressLocked records the ILP address that an account has by ours, and tells its link.
func (c *Connector) setAddressLocked(own string, a *account.Account) {
	address := counterparty(own, a)
	if address == "" {
		return
	}
	a.SetAddress(address)
	if m := c.members[a.ID]; m != nil {
		if l, ok := m.link.(Addressed); ok {
			l.SetAddress(address)
		}
	}
}

// counterparty returns the ILP address that the counterparty of an account must have by
// ours: a child is below us and a parent above. That of a peer only its routing messages
// tell; then it is empty.
func counterparty(own string, a *account.Account) string {
	switch {
	case own == "":
	case a.Relation == account.Child:
		return route.ChildAddress(own, a.ID, a.Segment)
	case a.Relation == account.Parent:
		return own[:max(strings.LastIndexByte(own, '.'), 0)]
	}
	return ""
}

// newSpeaker makes the speaker of the routing protocol. What it publishes goes to the
// engine, which must be there by then.
func (c *Connector) newSpeaker() *speaker.Speaker {
	return speaker.New(speaker.Options{
		Timers: speaker.Timers{
			Broadcast: c.cfg().RouteBroadcastInterval.Duration(),
			Expiry:    c.cfg().RouteExpiry.Duration(),
			Jitter:    jitter,
		},
		Cleanup:    c.cfg().RouteCleanupInterval.Duration(),
		TableID:    uuid.New(),
		NewTableID: func() [16]byte { return uuid.New() },
		Number: func(id string) (route.Hop, bool) {
			a := c.registry.Find(id)
			if a == nil {
				return 0, false
			}
			return route.Hop(a.Number), true
		},
		Publish:  func(t *route.Table) { c.engine.SetRoutes(t) },
		Alert:    func(id, kind, message string) { c.alerts.RaiseKind(time.Now(), id, kind, message) },
		Resolved: func(id, kind string) { c.alerts.Resolve(time.Now(), id, kind) },
		SetAddress: func(id, address string) {
			if a := c.registry.Find(id); a != nil {
				a.SetAddress(address)
			}
		},
		Log: c.log,
	})
}

// jitter is d, or up to a quarter less.
func jitter(d time.Duration) time.Duration { return d - rand.N(d/4+1) }

// policy returns what the configuration says about the routes of an account.
func policy(r config.Routing) route.Policy {
	return route.Policy{
		ImportAllow: r.ImportAllow, ImportDeny: r.ImportDeny,
		ExportAllow: r.ExportAllow, ExportDeny: r.ExportDeny,
		PrefixesMax: r.MaxPrefixes, PathMax: r.MaxPathLength, LocalPreference: r.LocalPreference,
		Undamped: !r.Damps(),
	}
}
