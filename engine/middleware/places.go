package middleware

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
)

// Place is a gap between two middlewares of a chain, in which a method of an npm module may stand. The
// module knows the middlewares of the reference and their order, which differs from ours. So a place goes
// by the middleware of the reference that comes before it:
//
//	incomingData, after   in our chain                  an amount changed there
//	--------------------  ----------------------------  ------------------------------------
//	(first), errorHandler before rateLimit              is what the account is charged
//	rateLimit             before maxPacketAmount        the same
//	maxPacketAmount       before inFlight               the same
//	throughput            before balance                the same
//	balance               behind durable, before echo   is what is sent on; the charge stays
//	echo, stats           right behind them             the same
//
//	outgoingData, after   in our chain                  an amount changed there
//	--------------------  ----------------------------  ------------------------------------
//	(first)               before deduplicate            is what the next account is to get
//	throughput            before durable and balance    the same
//	balance, deduplicate, behind balance, before        is refused: it is reserved
//	expire                validateFulfillment
//	validateFulfillment,  right behind them             the same
//	stats, alert
//
// What the account does not take part in has no place behind it. A method that the module has inserted
// there stands at the place before. A duplicate of a packet is seen by the first outgoing place alone,
// because deduplicate is outside of all accounting here.
type Place struct {
	// Outgoing says which chain it is in.
	Outgoing bool
	// After is the name of the middleware of the reference that a Prepare passes before the place,
	// empty for the first place of the chain.
	After Name
	// Counted says that the balance of the account has counted the amount: see engine.Packet.Replace.
	Counted bool
	// Moved says that a Fulfill which comes back to the place has moved money. It must stand, or be
	// replaced by another that fulfills the condition.
	Moved bool
}

// PlaceFactory makes what stands at the places of one account: a middleware for each, nil for none. It is
// called whenever the chains of the account are made, with the places of both, in the order of a Prepare.
type PlaceFactory func(a *account.Account, places []Place) []engine.Middleware

// segment is a place, and the middlewares up to the next one.
type segment struct {
	after Name
	then  []Name
}

// The orders of chains with places. The incoming one is as without them. In the outgoing one, inFlight and
// throughput come before durable: so what stands behind throughput is outside of both durable and
// balance, which then agree about an answer that it gives or replaces.
var (
	incomingPlaces = []segment{
		{"", nil},
		{ErrorHandler, []Name{RateLimit}},
		{RateLimit, []Name{MaxPacketAmount}},
		{MaxPacketAmount, []Name{InFlight, Throughput}},
		{Throughput, []Name{Balance, durable}},
		{Balance, []Name{Echo}},
		{Echo, []Name{Stats}},
		{Stats, nil},
	}
	outgoingPlaces = []segment{
		{"", []Name{Deduplicate, InFlight, Throughput}},
		{Throughput, []Name{observe, earnings, durable, Balance}},
		{Balance, nil},
		{Deduplicate, nil},
		{Expire, []Name{ValidateFulfillment}},
		{ValidateFulfillment, []Name{Stats}},
		{Stats, []Name{Alert}},
		{Alert, nil},
	}
)

// withPlaces makes the two chains of an account from its built-in middlewares, and has the factory fill
// the places between them.
func (set *Set) withPlaces(a *account.Account, ins, outs map[Name]engine.Middleware) (in, out []engine.Middleware) {
	places := append(set.placesOf(incomingPlaces, ins, false), set.placesOf(outgoingPlaces, outs, true)...)
	stand := set.places(a, places)
	fill := func(order []segment, builtin map[Name]engine.Middleware) (chain []engine.Middleware) {
		for _, s := range order {
			if set.takesPart(s.after, builtin) {
				chain = appendUnlessNil(chain, stand[0])
				stand = stand[1:]
			}
			for _, name := range s.then {
				chain = appendUnlessNil(chain, builtin[name])
			}
		}
		return chain
	}
	in = fill(incomingPlaces, ins)
	return in, fill(outgoingPlaces, outs)
}

// takesPart reports whether there is a place behind a name: the account takes part in the middleware, or
// the engine does what it stands for.
func (set *Set) takesPart(after Name, builtin map[Name]engine.Middleware) bool {
	switch after {
	case "":
		return true
	case ErrorHandler, Expire:
		return set.Has(after)
	}
	return builtin[after] != nil
}

// placesOf returns the places of one chain.
func (set *Set) placesOf(order []segment, builtin map[Name]engine.Middleware, outgoing bool) (places []Place) {
	counted, moved := false, true // in the incoming chain, the next account is inside of all places
	if outgoing {
		moved = builtin[Balance] != nil || builtin[durable] != nil || builtin[earnings] != nil
	}
	for _, s := range order {
		if set.takesPart(s.after, builtin) {
			places = append(places, Place{outgoing, s.after, counted, moved})
		}
		for _, name := range s.then {
			if name == Balance {
				counted, moved = builtin[Balance] != nil, !outgoing
			}
		}
	}
	return places
}
