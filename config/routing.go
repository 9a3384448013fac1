package config

import (
	"github.com/ilp-go/connector/ilp"
)

// Routing holds the rules for the routes that one account tells us, and for those that
// we tell it. The zero value stands for the default rules. In a block that is there,
// each limit that is left out has its default.
type Routing struct {
	// ImportAllow and ImportDeny are address prefixes, of whole segments, for the
	// routes that the account tells us. The longest one that covers a route
	// decides. A prefix in both lists denies. If ImportAllow is empty, every route
	// is allowed that ImportDeny does not deny.
	ImportAllow []string `json:"importAllow,omitempty"`
	ImportDeny  []string `json:"importDeny,omitempty"`
	// ExportAllow and ExportDeny are the same for the routes that we tell it.
	ExportAllow []string `json:"exportAllow,omitempty"`
	ExportDeny  []string `json:"exportDeny,omitempty"`

	// MaxPrefixes is how many prefixes the account may tell us.
	MaxPrefixes int `json:"maxPrefixes,omitempty"`
	// MaxPathLength is how many connectors a path that it tells us may lead through.
	MaxPathLength int `json:"maxPathLength,omitempty"`
	// LocalPreference is the first rule between learned routes to one prefix: the
	// higher one wins. It may be negative.
	LocalPreference int `json:"localPreference,omitempty"`
	// Damping says whether we hold back prefixes that come and go again and again. Nil
	// stands for true.
	Damping *bool `json:"damping,omitempty"`
}

// Damps reports whether we hold back prefixes that come and go again and again.
func (p Routing) Damps() bool { return p.Damping == nil || *p.Damping }

// isSet reports whether the account has the block. If so, the schema fills in its
// limits.
func (p Routing) isSet() bool { return p.MaxPrefixes != 0 }

// prefixList is one of the lists of a Routing, with its key.
type prefixList struct {
	key      string
	prefixes []string
}

// lists returns the lists of one direction and then those of the other. A prefix in
// both lists of a direction is denied, so the list that denies comes first.
func (p Routing) lists() []prefixList {
	return []prefixList{
		{"importDeny", p.ImportDeny}, {"importAllow", p.ImportAllow},
		{"exportDeny", p.ExportDeny}, {"exportAllow", p.ExportAllow},
	}
}

// eachPrefix calls visit with every prefix of the lists and its path.
func eachPrefix(path string, lists []prefixList, visit func(path, key, prefix string)) {
	for _, list := range lists {
		for i, prefix := range list.prefixes {
			visit(atIndex(at(path, list.key), i), list.key, prefix)
		}
	}
}

// checkRouting wants prefixes of whole segments, because any other covers no route.
func checkRouting(path string, p Routing, r *report) {
	eachPrefix(path, p.lists(), func(path, _, prefix string) {
		if err := ilp.CheckPrefix(prefix); err != nil {
			r.fault(path, "is "+show(prefix)+": "+err.Error(), "use whole segments with a dot between each two, such as g.acme")
		}
	})
}

// lintRouting warns of entries that are repeated or have no effect.
func lintRouting(a Account, r *report) {
	path := at("accounts", a.ID, "routing")
	if a.Routing.isSet() && !a.SendsRoutes() && !a.ReceivesRoutes() {
		r.warn(path, "has no effect: the account is told no routes and tells us none", "remove it, or set sendRoutes or receiveRoutes to true")
	}
	lists := a.Routing.lists()
	lintDirection(path, lists[:2], r)
	lintDirection(path, lists[2:], r)
}

func lintDirection(path string, lists []prefixList, r *report) {
	seen := map[string]string{} // prefix to the key of its list
	eachPrefix(path, lists, func(path, key, prefix string) {
		switch before := seen[prefix]; before {
		case "":
			seen[prefix] = key
		case key:
			r.warn(path, "is "+show(prefix)+", which is in the list already", "remove one of the two")
		default:
			r.warn(path, "is "+show(prefix)+", which is in "+before+" too: it is denied", "remove one of the two")
		}
	})
}

// lintNetworkRouting warns of entries that have no effect in our network, and of a
// block that has none because we exchange no routes.
func lintNetworkRouting(c *Config, a Account, r *report) {
	path := at("accounts", a.ID, "routing")
	if a.Routing.isSet() && !c.RouteBroadcastEnabled && (a.SendsRoutes() || a.ReceivesRoutes()) {
		r.warn(path, "has no effect: routeBroadcastEnabled is false, so no routes are exchanged", "remove it, or set routeBroadcastEnabled to true")
	}
	if r.void["env"] {
		return // the network is unknown
	}
	network := c.GlobalPrefix()
	eachPrefix(path, a.Routing.lists(), func(path, _, prefix string) {
		if !ilp.UnderPrefix(prefix, network) {
			r.warn(path, "is "+show(prefix)+", which covers no route: we exchange only routes below "+network,
				"use a prefix below "+network+", or set env to production for g.*, to test for test.*")
		}
	})
}
