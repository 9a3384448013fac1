package route

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

// Static holds all that the routes that begin with us are computed from.
type Static struct {
	// Address is our own ILP address. It is empty while it is unknown; then there
	// are no routes to ourselves and to our children.
	Address string
	// GlobalPrefix is the prefix of the default route: "g" in production, else
	// "test".
	GlobalPrefix string
	// Accounts lists all accounts, in the order of the configuration.
	Accounts []Account
	// Configured lists the configured routes, in the order of the configuration.
	Configured []ConfiguredRoute
	// Default is the account of the default route, AutoDefault, or empty for no
	// default route.
	Default string
	// Secret is the routing secret, the key of every Auth.
	Secret []byte
}

// AutoDefault stands for the first parent; without a parent there is no default route.
const AutoDefault = "auto"

// Account holds the settings of an account that routes depend on.
type Account struct {
	ID       string
	Relation account.Relation
	// Segment is a part of the address of a child; see ChildAddress.
	Segment string
}

// ConfiguredRoute sends packets for the addresses that Prefix covers to Account.
type ConfiguredRoute struct{ Prefix, Account string }

// Warning says that a route is left out, and why.
type Warning struct {
	Prefix  string
	Account string // the next hop, empty for ourselves
	Reason  string
}

// String returns the warning as a sentence.
func (w Warning) String() string {
	to := w.Account
	if to == "" {
		to = "ourselves"
	}
	return fmt.Sprintf("ignoring route %q to %s: %s", w.Prefix, to, w.Reason)
}

// Routes computes the routes. It returns a warning for each route that cannot be used, or
// that another one displaces by mistake. As in the reference, a configured route displaces
// any other to the same prefix. Of two configured ones the first counts, even if its
// account does not exist.
func (s Static) Routes() (Routes, []Warning) {
	p := plan{
		Static:    s,
		relations: map[string]account.Relation{"": self},
		best:      make(map[string]Route),
		auth:      hmac.New(sha256.New, s.Secret),
	}
	for _, a := range s.Accounts {
		p.relations[a.ID] = a.Relation
	}
	p.putLocal()
	p.putDefault()
	p.putChildren()
	p.putConfigured()
	return sorted(p.best), p.warnings
}

// ChildRoute returns the route to one child that Routes would compute. ok is false if the child
// has no address.
func (s Static) ChildRoute(child Account) (r Route, ok bool) {
	s.Accounts, s.Configured, s.Default = []Account{child}, nil, ""
	routes, _ := s.Routes()
	for _, r := range routes {
		if r.Source == Child {
			return r, true
		}
	}
	return Route{}, false
}

// plan holds the routes while they are computed.
type plan struct {
	Static
	relations map[string]account.Relation // by account, and of ourselves
	best      map[string]Route
	auth      hash.Hash // keyed with Secret
	warnings  []Warning
}

func (p *plan) known(account string) bool {
	_, ok := p.relations[account]
	return ok && account != ""
}

func (p *plan) putLocal() {
	if p.Address != "" {
		p.put(p.Address, "", Local)
	}
}

func (p *plan) putDefault() {
	nextHop := p.Default
	if nextHop == AutoDefault {
		nextHop = firstParent(p.Accounts)
	}
	switch {
	case nextHop == "":
	case !p.known(nextHop):
		p.warn(p.GlobalPrefix, nextHop, noAccount)
	default:
		p.put(p.GlobalPrefix, nextHop, Default)
	}
}

func (p *plan) putChildren() {
	if p.Address == "" {
		return
	}
	for _, a := range p.Accounts {
		if a.Relation == account.Child {
			p.put(ChildAddress(p.Address, a.ID, a.Segment), a.ID, Child)
		}
	}
}

func (p *plan) putConfigured() {
	seen := make(map[string]bool, len(p.Configured))
	for _, r := range p.Configured {
		switch {
		case seen[r.Prefix]:
			p.warn(r.Prefix, r.Account, "an earlier configured route has the same prefix")
		case !p.known(r.Account):
			p.warn(r.Prefix, r.Account, noAccount)
		default:
			p.put(r.Prefix, r.Account, Configured)
		}
		seen[r.Prefix] = true
	}
}

// put makes a route the one to its prefix. A configured route displaces another on
// purpose; if another route does so, put adds a warning.
func (p *plan) put(prefix, nextHop string, source Source) {
	if err := ilp.CheckPrefix(prefix); err != nil {
		p.warn(prefix, nextHop, err.Error())
		return
	}
	if old, ok := p.best[prefix]; ok && source != Configured {
		p.warn(prefix, old.NextHop, "the same prefix leads to account "+nextHop)
	}
	r := Route{Prefix: prefix, NextHop: nextHop, Source: source, relation: p.relations[nextHop]}
	p.auth.Reset()
	p.auth.Write([]byte(prefix))
	p.auth.Sum(r.Auth[:0])
	p.best[prefix] = r
}

func (p *plan) warn(prefix, account, reason string) {
	p.warnings = append(p.warnings, Warning{Prefix: prefix, Account: account, Reason: reason})
}

// noAccount is the reason of a Warning about a route to an account that does not exist.
const noAccount = "no such account"

func firstParent(accounts []Account) string {
	for _, a := range accounts {
		if a.Relation == account.Parent {
			return a.ID
		}
	}
	return ""
}

var _ fmt.Stringer = Warning{}
