package connector

import (
	"slices"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/route"
	"github.com/ilp-go/connector/settle"
)

// Limits returns the limits of an account, and what is left of each. A client that is away has
// those that it will have: its buckets are full when it comes.
func (n node) Limits(id string) (limits []admin.AccountLimit) {
	a := n.registry.Find(id)
	if a == nil {
		return nil
	}
	var all []engine.Limit
	if m := n.member(id); m != nil {
		n.guard(m, func() { all = m.now().port.Limits() })
	} else if a.Host != "" {
		_ = link.Catch(func() { all = engine.LimitsOf(n.set.Chains(a)) })
	}
	for _, l := range all {
		direction := "incoming"
		if l.Outgoing {
			direction = "outgoing"
		}
		limits = append(limits, admin.AccountLimit{Name: l.Name, Direction: direction, Limit: l.Limit, Left: l.Room})
	}
	return limits
}

// SettledBy returns what settles an account.
func (n node) SettledBy(id string) string {
	configured, _ := n.Configured(id)
	if configured.SettlementEngine != nil {
		return admin.SettlerEngine
	}
	m := n.member(id)
	if m == nil || m.now().settler == nil {
		if configured.Balance != nil {
			return admin.SettlerOperator
		}
		return admin.SettlerNone
	}
	by := admin.SettlerPlugin
	if o, ok := m.now().settler.(settle.OutOfBand); ok {
		n.guard(m, func() {
			if o.SettlesOutOfBand() {
				by = admin.SettlerOperator
			}
		})
	}
	return by
}

// RoutesOf counts the routes of an account.
func (n node) RoutesOf(id string, most int) admin.AccountRoutes {
	r := n.speaker.RoutesOf(id, most)
	of := admin.AccountRoutes{
		Learned:    admin.RouteCount{Count: r.Learned, Prefixes: r.LearnedSome},
		Announced:  admin.RouteCount{Count: r.Advertised, Prefixes: r.AdvertisedSome},
		Configured: admin.RouteCount{Prefixes: []string{}},
	}
	var prefixes []string
	if n.defaultHop() == id {
		prefixes = append(prefixes, n.cfg().GlobalPrefix())
	}
	for _, c := range n.cfg().Routes {
		if c.PeerID == id {
			prefixes = append(prefixes, c.TargetPrefix)
		}
	}
	of.Configured.Count = len(prefixes)
	of.Configured.Prefixes = append(of.Configured.Prefixes, prefixes[:min(most, len(prefixes))]...)
	return of
}

// defaultHop returns the account of the default route, empty if there is none.
func (n node) defaultHop() string {
	hop := n.cfg().DefaultRoute
	if hop != route.AutoDefault {
		return hop
	}
	all := n.registry.All()
	if i := slices.IndexFunc(all, func(a *account.Account) bool { return a.Relation == account.Parent }); i >= 0 {
		return all[i].ID
	}
	return ""
}
