package route

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
)

// Static is all that the routes which begin with us are computed from.
type Static struct {
	// Address is our own ILP address. While it is unknown it is empty, and there
	// are no routes to ourselves and to our children.
	Address string
	// GlobalPrefix is where the default route stands: "g" in production, else
	// "test".
	GlobalPrefix string
	// Accounts is all accounts, in the order of the configuration.
	Accounts []Account
	// Configured is the configured routes, in the order of the configuration.
	Configured []ConfiguredRoute
	// Default is the account that the default route leads to, AutoDefault, or
	// empty for no default route.
	Default string
	// Secret is the routing secret, the key of every Auth.
	Secret []byte
}

// AutoDefault as default route means the first parent, and none without a parent.
const AutoDefault = "auto"

// Account is what routing wants to know about an account.
type Account struct {
	ID       string
	Relation Relation
	// Segment makes the address of a child; see ChildAddress.
	Segment string
}

// ConfiguredRoute sends what Prefix covers to Account.
type ConfiguredRoute struct{ Prefix, Account string }

// Warning is about a route that is left out.
type Warning struct {
	Prefix  string
	Account string // the next hop, empty if it would have been ourselves
	Reason  string
}

// String is the warning as a sentence.
func (w Warning) String() string {
	to := w.Account
	if to == "" {
		to = "ourselves"
	}
	return fmt.Sprintf("ignoring route %q to %s: %s", w.Prefix, to, w.Reason)
}

// Routes computes the routes, and a warning for each one that cannot be used or
// loses its prefix by mistake. As in the reference, a configured route wins
// over any other for the same prefix, and of two configured ones the first, even
// if it leads nowhere.
func (s Static) Routes() (Routes, []Warning) {
	p := plan{
		Static:    s,
		relations: map[string]rank{"": selfRank},
		best:      make(map[string]Route),
		auth:      hmac.New(sha256.New, s.Secret),
	}
	for _, a := range s.Accounts {
		p.relations[a.ID] = rankOf(a.Relation)
	}
	p.putLocal()
	p.putDefault()
	p.putChildren()
	p.putConfigured()
	return sorted(p.best), p.warnings
}

// plan is a set of routes in the making.
type plan struct {
	Static
	relations map[string]rank // of the accounts by id, and of ourselves
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
	account := p.Default
	if account == AutoDefault {
		account = firstParent(p.Accounts)
	}
	switch {
	case account == "":
	case !p.known(account):
		p.warn(p.GlobalPrefix, account, noAccount)
	default:
		p.put(p.GlobalPrefix, account, Default)
	}
}

func (p *plan) putChildren() {
	if p.Address == "" {
		return
	}
	for _, a := range p.Accounts {
		if a.Relation == ChildRelation {
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

// put makes a route the best one for its prefix. Only a configured route
// displaces another on purpose; among the rest the last one wins.
func (p *plan) put(prefix, nextHop string, source Source) {
	if err := CheckPrefix(prefix); err != nil {
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

// noAccount is the reason of a Warning about a route that leads nowhere.
const noAccount = "no such account"

func firstParent(accounts []Account) string {
	for _, a := range accounts {
		if a.Relation == ParentRelation {
			return a.ID
		}
	}
	return ""
}

var _ fmt.Stringer = Warning{}
