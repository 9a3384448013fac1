package config

import (
	"github.com/ilp-go/connector/ilp"
)

// Routing is what the operator wants of the routes that one account tells us and is
// told. The zero value, of an account that says nothing about it, is the default;
// in a block that is there, each limit left out has its own default.
type Routing struct {
	// ImportAllow and ImportDeny are address prefixes, of whole segments, and
	// decide about the routes the account tells us: the longest that covers a
	// route wins, and one in both lists denies. With no ImportAllow, everything
	// is allowed that is not denied.
	ImportAllow []string `json:"importAllow,omitempty"`
	ImportDeny  []string `json:"importDeny,omitempty"`
	// ExportAllow and ExportDeny decide likewise about the routes it is told.
	ExportAllow []string `json:"exportAllow,omitempty"`
	ExportDeny  []string `json:"exportDeny,omitempty"`

	// MaxPrefixes is how many prefixes the account may tell us.
	MaxPrefixes int `json:"maxPrefixes,omitempty"`
	// MaxPathLength is how many connectors a path it tells us may lead through.
	MaxPathLength int `json:"maxPathLength,omitempty"`
	// LocalPreference decides between learned routes to one prefix before anything
	// else does: the higher one wins. It may be negative.
	LocalPreference int `json:"localPreference,omitempty"`
}

// isSet is whether the account has the block: the schema fills in its limits.
func (p Routing) isSet() bool { return p.MaxPrefixes != 0 }

// prefixList is one of the lists of a Routing, with its key.
type prefixList struct {
	key      string
	prefixes []string
}

// lists are the lists of one direction and then those of the other. A prefix in both
// lists of a direction is denied, so the one that denies comes first.
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

// checkRouting wants prefixes of whole segments: any other covers no route.
func checkRouting(path string, p Routing, r *report) {
	eachPrefix(path, p.lists(), func(path, _, prefix string) {
		if err := ilp.CheckPrefix(prefix); err != nil {
			r.fault(path, "is "+show(prefix)+": "+err.Error(), "use whole segments with a dot between each two, such as g.acme")
		}
	})
}

// lintRouting warns of what the block says twice, or for nothing.
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

// lintNetworkRouting warns of what the block says for nothing in a connector of this
// network, and in one that exchanges no routes.
func lintNetworkRouting(c *Config, a Account, r *report) {
	path := at("accounts", a.ID, "routing")
	if a.Routing.isSet() && !c.RouteBroadcastEnabled && (a.SendsRoutes() || a.ReceivesRoutes()) {
		r.warn(path, "has no effect: routeBroadcastEnabled is false, so no routes are exchanged", "remove it, or set routeBroadcastEnabled to true")
	}
	if r.void["env"] {
		return // nobody knows the network
	}
	network := c.GlobalPrefix()
	eachPrefix(path, a.Routing.lists(), func(path, _, prefix string) {
		if !ilp.UnderPrefix(prefix, network) {
			r.warn(path, "is "+show(prefix)+", which covers no route: those exchanged are all below "+network,
				"use a prefix below "+network+", or set env to production for g.*, to test for test.*")
		}
	})
}
