package chain_test

import (
	"slices"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/nodehost/chain"
)

type names = []middleware.Name

// The six pipelines of the reference, with what it has in them for an account that configures everything,
// and for one that configures nothing.
func TestPipelinesHaveTheBuiltInMiddlewaresOfTheReference(t *testing.T) {
	h := newHosted(t)
	h.Add(t, "bare", ilptest.NewLink(), enginetest.NoBalance)
	for id, want := range map[string]map[chain.Pipeline]names{
		"alice": {
			chain.IncomingData:  {"errorHandler", "rateLimit", "maxPacketAmount", "throughput", "balance", "echo", "stats"},
			chain.OutgoingData:  {"throughput", "balance", "deduplicate", "expire", "validateFulfillment", "stats", "alert"},
			chain.IncomingMoney: {"errorHandler", "rateLimit", "balance", "stats"},
			chain.OutgoingMoney: {"balance", "stats"},
			chain.Startup:       {"balance", "deduplicate"},
			chain.Teardown:      {"deduplicate"},
		},
		"bare": {
			chain.IncomingData:  {"errorHandler", "rateLimit", "echo", "stats"},
			chain.OutgoingData:  {"deduplicate", "expire", "validateFulfillment", "stats", "alert"},
			chain.IncomingMoney: {"errorHandler", "rateLimit", "stats"},
			chain.OutgoingMoney: {"stats"},
			chain.Startup:       {"deduplicate"},
			chain.Teardown:      {"deduplicate"},
		},
	} {
		for p, want := range want {
			if got := h.accounts.Of(id).Builtin(p); !slices.Equal(got, want) {
				t.Errorf("%s has %q in %s, want %q", id, got, p, want)
			}
		}
	}
}

func TestDisabledMiddlewareIsInNoPipeline(t *testing.T) {
	for _, name := range (names{"errorHandler", "rateLimit", "balance", "echo", "stats", "deduplicate", "expire", "alert"}) {
		h := newHosted(t, enginetest.Without(name))
		for p := range chain.Pipeline(6) {
			if got := h.accounts.Of("bob").Builtin(p); slices.Contains(got, name) {
				t.Errorf("%s is in %s: %q", name, p, got)
			}
		}
	}
}

// The caller of settlements and of the start asks which stages stand where.
func TestOtherPipelinesKeepTheirStages(t *testing.T) {
	h, x := newHosted(t), newProcess()
	one, two := x.Chain.Stage(1, "audit"), x.Chain.Stage(2, "audit")
	h.arrange(t, "bob", map[at][]*chain.Stage{
		{"bob", chain.OutgoingMoney, "balance"}: {one}, {"bob", chain.Startup, ""}: {two},
	})
	for p, want := range map[chain.Pipeline][]chain.Entry{
		chain.OutgoingMoney: {{Name: "balance"}, {Stage: one}, {Name: "stats"}},
		chain.Startup:       {{Stage: two}, {Name: "balance"}, {Name: "deduplicate"}},
		chain.Teardown:      {{Name: "deduplicate"}},
	} {
		got, ok := h.accounts.Of("bob").Stages(p)
		if !ok || !slices.Equal(got, want) {
			t.Errorf("%s has %v", p, got)
		}
	}
	if one.Number() != 1 || one.Chain() != x.Chain {
		t.Error("a stage does not know itself")
	}
}

func TestInsertionsIntoOtherMiddlewaresAreRefused(t *testing.T) {
	h, x := with(t, "bob", chain.OutgoingData, "")
	ins := inserted(h.accounts.Of("bob"), "bob", nil)
	ins[chain.OutgoingData] = slices.DeleteFunc(ins[chain.OutgoingData], func(e chain.Entry) bool { return e.Name == "expire" })
	const want = "pipeline outgoingData: the built-in middlewares are throughput, balance, deduplicate, expire, validateFulfillment, stats, alert, " +
		"and the module has made its insertions into throughput, balance, deduplicate, validateFulfillment, stats, alert"
	if err := h.accounts.Of("bob").Arrange(ins); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	h.Start("alice", ilptest.Prepare("test.us.bob", 7))
	x.take(t) // nothing has changed
}

// A place that an account has no more leaves its methods to the place before it.
func TestStageWithoutItsPlaceStandsAtTheOneBefore(t *testing.T) {
	as, x := chain.NewAccounts("audit"), newProcess()
	a := account.New("bob", account.Settings{})
	all := []middleware.Place{{Outgoing: true}, {Outgoing: true, After: "throughput"}, {Outgoing: true, After: "balance"}, {Outgoing: true, After: "stats"}}
	as.Places(a, all)
	ins := inserted(as.Of("bob"), "bob", map[at][]*chain.Stage{
		{"bob", chain.OutgoingData, "balance"}: {x.Chain.Stage(1, "audit")},
	})
	if err := as.Of("bob").Arrange(ins); err != nil {
		t.Fatal(err)
	}
	for _, left := range []names{{"throughput", "balance", "stats"}, {"throughput", "stats"}, {"stats"}} {
		places := []middleware.Place{{Outgoing: true}}
		for _, name := range left {
			places = append(places, middleware.Place{Outgoing: true, After: name})
		}
		n := enginetest.New(enginetest.Outgoing("bob", as.Places(a, places)[max(0, len(left)-1)]))
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.NewLink())
		n.Start("alice", ilptest.Prepare("test.us.bob", 7))
		x.Fail(x.take(t).id, ilp.Failure{}, nil)
	}
}
