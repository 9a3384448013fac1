package admintest

import (
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/rate"
)

// Earnings returns those of Earned that are of no client.
func (n *Node) Earnings() []account.Earning {
	return n.earned(func(id string) bool { return !strings.Contains(id, ".") })
}

// EarningsOf returns those of Earned that are of an account or client.
func (n *Node) EarningsOf(id string) []account.Earning {
	return n.earned(func(of string) bool { return of == id })
}

// EarningsOfClients returns those of Earned that are of the clients of an account.
func (n *Node) EarningsOfClients(id string) []account.Earning {
	return n.earned(func(of string) bool { return strings.HasPrefix(of, id+".") })
}

func (n *Node) earned(are func(id string) bool) []account.Earning {
	return slices.DeleteFunc(slices.Clone(n.Earned), func(e account.Earning) bool { return !are(e.AccountID) })
}

// Pricing returns Priced. If that has no table, it has the one of RateTable, or else an empty one.
func (n *Node) Pricing() rate.PricingState {
	p := n.Priced
	switch {
	case p.Table != nil:
	case n.RateTable != nil:
		p.Table = n.RateTable
	default:
		p.Table = rate.NewPricing(rate.PricingOptions{Publish: func(*rate.Table) {}}).State().Table
	}
	return p
}

// PinRate adds to the pins of Priced.
func (n *Node) PinRate(e admin.Edit, pair rate.Pair, price *big.Rat) (p rate.Pin, err error) {
	p = rate.Pin{Pair: pair, Price: price, Override: overrideBy(e)}
	return p, n.edit(e, func() error { n.Priced.Pins = append(n.Priced.Pins, p); return nil })
}

func overrideBy(e admin.Edit) rate.Override {
	return rate.Override{At: time.Now(), Reason: e.Reason, By: e.By.Remote, Ephemeral: e.Ephemeral}
}

// UnpinRate ends no pin, and succeeds if there is one of the pair.
func (n *Node) UnpinRate(e admin.Edit, pair rate.Pair) error {
	if !slices.ContainsFunc(n.Priced.Pins, func(p rate.Pin) bool { return p.Pair == pair }) {
		return admin.ErrNoPin
	}
	return n.edit(e, func() error { return nil })
}

// PauseRate adds to the pauses of Priced.
func (n *Node) PauseRate(e admin.Edit, pair rate.Pair) (p rate.Pause, err error) {
	p = rate.Pause{Pair: pair, Override: overrideBy(e)}
	return p, n.edit(e, func() error { n.Priced.Paused = append(n.Priced.Paused, p); return nil })
}

// ResumeRate ends no pause, and succeeds if there is one of the pair.
func (n *Node) ResumeRate(e admin.Edit, pair rate.Pair) error {
	if !slices.ContainsFunc(n.Priced.Paused, func(p rate.Pause) bool { return p.Pair == pair }) {
		return admin.ErrNoPin
	}
	return n.edit(e, func() error { return nil })
}

// ConfirmPrice returns one of those that Priced holds back.
func (n *Node) ConfirmPrice(e admin.Edit, currency string, _ *big.Rat) (rate.Held, error) {
	i := slices.IndexFunc(n.Priced.Held, func(h rate.Held) bool { return h.Currency == currency })
	if i < 0 {
		return rate.Held{}, admin.Conflict("no price of it is held back")
	}
	h := n.Priced.Held[i]
	e.Details["used"], e.Details["came"] = h.Used.Value.RatString(), h.Came.Value.RatString()
	return h, n.edit(e, func() error { return nil })
}

// SetPrices notes the prices in Posted.
func (n *Node) SetPrices(e admin.Edit, prices map[string]*big.Rat) error {
	return n.edit(e, func() error { n.Posted = prices; return nil })
}
