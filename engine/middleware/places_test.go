package middleware_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// spot is a middleware that stands at a place.
type spot struct{ middleware.Place }

func (spot) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }
func (spot) Reply(*engine.Packet) engine.Verdict   { return engine.Pass }

func spots(_ *account.Account, places []middleware.Place) (all []engine.Middleware) {
	for _, p := range places {
		all = append(all, spot{p})
	}
	return all
}

// described returns the types of a chain, and of a place what it says of itself.
func described(chain []engine.Middleware) (texts []string) {
	for _, m := range chain {
		if s, ok := m.(spot); ok {
			texts = append(texts, fmt.Sprintf("[%s counted=%t moved=%t]", s.After, s.Counted, s.Moved))
		} else {
			texts = append(texts, fmt.Sprintf("%T", m))
		}
	}
	return texts
}

func wantChain(t *testing.T, chain []engine.Middleware, want ...string) {
	t.Helper()
	if got := described(chain); !slices.Equal(got, want) {
		t.Errorf("the chain is\n%q, want\n%q", got, want)
	}
}

func TestPlacesAreBetweenTheMiddlewaresOfTheReference(t *testing.T) {
	n := enginetest.New(func(c *enginetest.Config) { c.Places, c.Ledger = spots, new(paper) })
	in, out := n.Set.Chains(n.Add(t, "alice", ilptest.NewLink(), everything))
	wantChain(t, in, "[ counted=false moved=true]", "[errorHandler counted=false moved=true]",
		"*middleware.rateLimit", "[rateLimit counted=false moved=true]",
		"middleware.maxPacketAmount", "[maxPacketAmount counted=false moved=true]",
		"*middleware.flightIn", "*middleware.throughput", "[throughput counted=false moved=true]",
		"*middleware.balanceIn", "middleware.durableIn", "[balance counted=true moved=true]",
		"*middleware.echoes", "[echo counted=true moved=true]", "*middleware.statsIn", "[stats counted=true moved=true]")
	wantChain(t, out, "[ counted=false moved=true]",
		"*dedupe.deduplicate", "*middleware.flightOut", "*middleware.throughput", "[throughput counted=false moved=true]",
		"*middleware.durableOut", "*middleware.balanceOut", "[balance counted=true moved=false]",
		"[deduplicate counted=true moved=false]", "[expire counted=true moved=false]",
		"engine.ReplyFunc", "[validateFulfillment counted=true moved=false]",
		"*middleware.statsOut", "[stats counted=true moved=false]", "*middleware.alert", "[alert counted=true moved=false]")
}

func TestAccountHasPlacesForWhatItTakesPartIn(t *testing.T) {
	n := enginetest.New(func(c *enginetest.Config) { c.Places = spots }, enginetest.Without("errorHandler", "expire", "deduplicate"))
	in, out := n.Set.Chains(n.Add(t, "alice", ilptest.NewLink(), enginetest.NoBalance))
	wantChain(t, in, "[ counted=false moved=true]", "*middleware.rateLimit", "[rateLimit counted=false moved=true]",
		"*middleware.flightIn", "*middleware.echoes", "[echo counted=false moved=true]", "*middleware.statsIn", "[stats counted=false moved=true]")
	wantChain(t, out, "[ counted=false moved=false]", "*middleware.flightOut",
		"engine.ReplyFunc", "[validateFulfillment counted=false moved=false]",
		"*middleware.statsOut", "[stats counted=false moved=false]", "*middleware.alert", "[alert counted=false moved=false]")
}

// With places or without, an account has the same middlewares. A place may also stay empty.
func TestPlacesLeaveNoMiddlewareOut(t *testing.T) {
	empty := func(_ *account.Account, places []middleware.Place) []engine.Middleware {
		return make([]engine.Middleware, len(places))
	}
	var chains [2][]string
	for i, places := range []middleware.PlaceFactory{nil, empty} {
		n := enginetest.New(func(c *enginetest.Config) { c.Places, c.Ledger = places, new(paper) })
		in, out := n.Set.Chains(n.Add(t, "alice", ilptest.NewLink(), everything))
		chains[i] = append(described(in), described(out)...)
		slices.Sort(chains[i])
	}
	if !slices.Equal(chains[0], chains[1]) {
		t.Errorf("without places there are\n%q, with places\n%q", chains[0], chains[1])
	}
}
