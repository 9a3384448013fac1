package connector

import (
	"strings"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/route"
)

// named holds the prefixes and the accounts that routes of the configuration name.
type named struct {
	in       *config.Config
	prefixes map[string]bool
	accounts map[string]bool
}

// routeIn gives the routes an account that has come, with its address. It does what reroute does, but
// does not compute the routes of all others if they stay as they are.
func (c *Connector) routeIn(m *member) {
	if !c.changeRoute(m, func(own string, a *account.Account) bool {
		static := route.Static{Address: own, GlobalPrefix: c.cfg().GlobalPrefix(), Secret: c.secret}
		r, ok := static.ChildRoute(routeAccount(a))
		if ok {
			c.setAddressLocked(own, a)
			c.speaker.AddStatic(r)
		}
		return ok
	}) {
		c.reroute()
	}
}

// routeOut takes the route of an account back that goes, as routeIn gives it.
func (c *Connector) routeOut(m *member) {
	if !c.changeRoute(m, func(own string, a *account.Account) bool {
		c.speaker.RemoveStatic(route.ChildAddress(own, a.ID, a.Segment))
		return true
	}) {
		c.reroute()
	}
}

// changeRoute calls change with our address and with an account, if no other route depends on
// whether the account is there. It reports whether the change was made.
func (c *Connector) changeRoute(m *member, change func(own string, a *account.Account) bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	own, a := c.engine.Address(), m.now().account
	if own == "" || a.Relation != account.Child || a.SendRoutes || a.ReceiveRoutes {
		return false
	}
	if strings.Contains(route.ChildAddress(own, a.ID, a.Segment)[len(own)+1:], ".") || c.isNamedLocked(own, a) {
		return false // a client of another account may have the address of one with a dot
	}
	return change(own, a)
}

// isNamedLocked reports whether a route of the configuration leads to an account, or has the prefix
// of its address.
func (c *Connector) isNamedLocked(own string, a *account.Account) bool {
	if cfg := c.cfg(); c.named.in != cfg {
		c.named = named{in: cfg, prefixes: make(map[string]bool), accounts: map[string]bool{cfg.DefaultRoute: true}}
		for _, r := range cfg.Routes {
			c.named.prefixes[r.TargetPrefix] = true
			c.named.accounts[r.PeerID] = true
		}
	}
	return c.named.accounts[a.ID] || c.named.prefixes[route.ChildAddress(own, a.ID, a.Segment)]
}
