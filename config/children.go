package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ilp-go/connector/account"
)

// Children makes each client of a listening account an account of its own.
type Children struct {
	PerChild PerChild `json:"perChild"`
	// MaxClients bounds the clients that are known, and MaxUnauthenticated the connections
	// that are not authenticated yet.
	MaxClients         int `json:"maxClients"`
	MaxUnauthenticated int `json:"maxUnauthenticated"`
	// Names are the names that clients may have, with * for any characters. If it is empty,
	// all are allowed.
	Names  []string `json:"names"`
	Create string   `json:"create"`
}

// The values of Children.Create: whether a new client may come without being told to us.
const (
	OnFirstUse = "onFirstUse"
	Listed     = "listed"
)

// PerChild holds the settings of each child. The others are those of the listening account.
type PerChild struct {
	Balance          *Balance          `json:"balance,omitempty"`
	SettlementEngine *SettlementEngine `json:"settlementEngine,omitempty"`
	MaxPacketAmount  string            `json:"maxPacketAmount,omitempty"`
	InFlight         InFlight          `json:"inFlight"`
	Throughput       Throughput        `json:"throughput"`
	RateLimit        RateLimit         `json:"rateLimit"`
	Deduplicate      Deduplicate       `json:"deduplicate"`
}

// ChildID returns the account id of a client of a listening account.
func ChildID(parent, name string) string { return parent + "." + name }

// Child returns the account of a client of a, which has children.
func (a Account) Child(name string) Account {
	terms := a.Children.PerChild
	return Account{
		ID: ChildID(a.ID, name), ILPAddressSegment: a.Segment() + "." + name,
		Relation: account.Child, Plugin: a.Plugin, AssetCode: a.AssetCode, AssetScale: a.AssetScale, AssetMismatch: a.AssetMismatch,
		Balance: terms.Balance, SettlementEngine: terms.SettlementEngine, MaxPacketAmount: terms.MaxPacketAmount,
		Spread: a.Spread, InFlight: terms.InFlight, Throughput: terms.Throughput, RateLimit: terms.RateLimit, Deduplicate: terms.Deduplicate,
	}
}

// NameAllowed reports whether a client may have a name.
func (c *Children) NameAllowed(name string) bool {
	return len(c.Names) == 0 || slices.ContainsFunc(c.Names, func(pattern string) bool { return matches(pattern, name) })
}

// matches reports whether a name is as a pattern says, in which * stands for any characters.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == name
	}
	first, last := parts[0], parts[len(parts)-1]
	if len(name) < len(first)+len(last) || !strings.HasPrefix(name, first) || !strings.HasSuffix(name, last) {
		return false
	}
	rest := name[len(first) : len(name)-len(last)]
	for _, part := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(rest, part)
		if !found {
			return false
		}
		rest = after
	}
	return true
}

// checkChildren checks the block of an account whose clients are accounts.
func checkChildren(path string, a Account, r *report) {
	if a.Children == nil {
		return
	}
	path = at(path, "children")
	listens := a.Plugin == pluginMiniAccounts
	if a.Plugin == pluginBTP {
		options := decodeBTP("", a, newReport(nil))
		listens = options.Listener != nil && options.Server == nil
	}
	switch {
	case !listens:
		r.fault(path, "is set, but the account does not only listen", "use ilp-plugin-mini-accounts, or ilp-plugin-btp with a listener and without a server")
	case a.Relation != account.Child && a.Relation != 0:
		r.fault(path, fmt.Sprintf("is set, but the relation is %s", a.Relation), "use the relation child")
	}
	if a.SettlementEngine != nil {
		r.fault(at(path, "perChild"), "has no say about the settlementEngine of the account itself, which owes nothing: its clients do",
			"move settlementEngine into perChild")
	}
	for i, name := range a.Children.Names {
		if name == "" || strings.Trim(name, segmentLetters+"*") != "" {
			r.fault(fmt.Sprintf("%s[%d]", at(path, "names"), i), "is "+show(name)+", which no client can have as its name",
				"use letters, digits, _, ~ and -, and * for any of them")
		}
	}
	terms := a.Children.PerChild
	if terms.Balance != nil {
		checkBalance(at(path, "perChild", "balance"), *terms.Balance, r)
	}
	if terms.SettlementEngine != nil {
		checkSettlementEngine(at(path, "perChild", "settlementEngine"), *terms.SettlementEngine, r)
	}
}

// segmentLetters are the characters of a segment of an ILP address.
const segmentLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_~-"
