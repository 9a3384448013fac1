// Package middleware holds the limits and services that every packet passes: one file each,
// and package dedupe for deduplicate. order.go says in which order; the engine runs them.
//
// Each middleware is a value made for one account. It sees a packet twice, on its way out
// and on its way back. It never blocks, and allocates nothing for a packet that it passes.
package middleware

import (
	"slices"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
)

// Name is a middleware as the configuration names it (disableMiddleware).
type Name string

// The names. errorHandler and expire are the engine's own guarantees, and no
// links of a chain: disabling them is a setting of the engine.
const (
	ErrorHandler        Name = "errorHandler"
	RateLimit           Name = "rateLimit"
	MaxPacketAmount     Name = "maxPacketAmount"
	InFlight            Name = "inFlight"
	Throughput          Name = "throughput"
	Balance             Name = "balance"
	Deduplicate         Name = "deduplicate"
	Echo                Name = "echo"
	Expire              Name = "expire"
	ValidateFulfillment Name = "validateFulfillment"
	Stats               Name = "stats"
	Alert               Name = "alert"

	// durable cannot be disabled: it is there if there is a durable ledger.
	durable Name = "durable"
	// earnings cannot be disabled either: it is there if durable is not, which counts them itself.
	earnings Name = "earnings"
	// observe cannot be disabled either: it is there if there is an observer.
	observe Name = "observe"
)

// Factory makes a middleware's two sides for one account, nil for a side, or an
// account, that it takes no part in.
type Factory func(a *account.Account) (in, out engine.Middleware)

// Named is a Factory with the name it is configured by.
type Named struct {
	Name Name
	New  Factory
}

// incoming is the order in which a Prepare passes the limits of the account that it comes
// from; outgoing is that of the account that it goes to. Answers pass both in reverse.
//
// Deduplicate is the first of the outgoing ones, outside of all accounting: a duplicate
// moves no balance. durable comes before all that moves one, so that no answer goes up, or to a
// duplicate, before it is written down. observe stands between these two: an observer is told of a
// packet once, and not before its money is written down. In the incoming chain durable is inside
// of balance, which holds the amount until then and voids it if it cannot be written down.
var (
	incoming = []Name{RateLimit, MaxPacketAmount, InFlight, Throughput, Balance, durable, Echo, Stats}
	outgoing = []Name{Deduplicate, observe, earnings, durable, InFlight, Throughput, Balance, ValidateFulfillment, Stats, Alert}
)

// Set is the middlewares of a connector: the built-in ones that are not
// disabled, and others, which come after them.
type Set struct {
	builtin map[Name]Factory
	alerts  *account.Alerts
	payer   Payer
	places  PlaceFactory
	custom  []Named
}

// NewSet makes a Set. Services is what the built-in middlewares share.
func NewSet(s Services, disabled []Name, custom []Named) *Set {
	set := &Set{builtin: builtin(s), alerts: s.Alerts, payer: s.Payer, places: s.Places, custom: custom}
	for _, name := range disabled {
		delete(set.builtin, name)
	}
	if !set.Has(Balance) {
		delete(set.builtin, durable) // there is nothing to write down
	}
	if set.Has(durable) {
		delete(set.builtin, earnings)
	}
	return set
}

// Has reports whether a built-in middleware is not disabled.
func (set *Set) Has(name Name) bool { return set.builtin[name] != nil }

// Chains makes the two chains of an account. They have no room for more: there may be very many accounts.
func (set *Set) Chains(a *account.Account) (in, out []engine.Middleware) {
	ins, outs := make(map[Name]engine.Middleware), make(map[Name]engine.Middleware)
	for name, factory := range set.builtin {
		ins[name], outs[name] = factory(a)
	}
	if set.places != nil {
		in, out = set.withPlaces(a, ins, outs)
	} else {
		in, out = inOrder(incoming, ins), inOrder(outgoing, outs)
	}
	for _, c := range set.custom {
		i, o := c.New(a)
		in, out = appendUnlessNil(in, i), appendUnlessNil(out, o)
	}
	return slices.Clone(in), slices.Clone(out)
}

func inOrder(order []Name, builtin map[Name]engine.Middleware) (chain []engine.Middleware) {
	for _, name := range order {
		chain = appendUnlessNil(chain, builtin[name])
	}
	return chain
}

func appendUnlessNil(chain []engine.Middleware, m engine.Middleware) []engine.Middleware {
	if m == nil {
		return chain
	}
	return append(chain, m)
}
