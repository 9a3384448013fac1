package middleware_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/echo"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// everything is an edit that gives an account a part in every middleware.
func everything(s *account.Settings) {
	s.PacketAmountMax = 1 << 60
	s.Throughput = account.Throughput{Period: time.Second, Incoming: 1 << 60, Outgoing: 1 << 60}
}

var everyName = []middleware.Name{
	"errorHandler", "rateLimit", "maxPacketAmount", "inFlight", "throughput", "balance", "deduplicate", "echo", "expire",
	"validateFulfillment", "stats", "alert",
}

// Each middleware of the two chains by its name, and its type.
var (
	incomingOrder = []string{
		"rateLimit *middleware.rateLimit", "maxPacketAmount middleware.maxPacketAmount", "inFlight *middleware.flightIn", "throughput *middleware.throughput",
		"balance *middleware.balanceIn", "echo *middleware.echoes", "stats *middleware.statsIn",
	}
	outgoingOrder = []string{
		"deduplicate *dedupe.deduplicate", "inFlight *middleware.flightOut", "throughput *middleware.throughput", "balance *middleware.balanceOut",
		"validateFulfillment engine.ReplyFunc", "stats *middleware.statsOut", "alert *middleware.alert",
	}
)

// without is the types in an order, but for that of a name.
func without(order []string, name middleware.Name) (types []string) {
	for _, entry := range order {
		var its, typ string
		fmt.Sscan(entry, &its, &typ)
		if its != string(name) {
			types = append(types, typ)
		}
	}
	return types
}

func typesOf(chain []engine.Middleware) (types []string) {
	for _, m := range chain {
		types = append(types, fmt.Sprintf("%T", m))
	}
	return types
}

func TestOrderOfBothChainsWithAnyOneDisabled(t *testing.T) {
	for _, name := range append([]middleware.Name{"none of them"}, everyName...) {
		n := enginetest.New(enginetest.Without(name))
		in, out := n.Set.Chains(n.Add(t, "alice", ilptest.NewLink(), everything))
		if got, want := typesOf(in), without(incomingOrder, name); !slices.Equal(got, want) {
			t.Errorf("without %s the incoming chain is %q, want %q", name, got, want)
		}
		if got, want := typesOf(out), without(outgoingOrder, name); !slices.Equal(got, want) {
			t.Errorf("without %s the outgoing chain is %q, want %q", name, got, want)
		}
		for _, other := range everyName {
			if n.Set.Has(other) != (other != name) {
				t.Errorf("without %s it has %s: %t", name, other, n.Set.Has(other))
			}
		}
	}
}

func TestAccountTakesPartInWhatItIsConfiguredFor(t *testing.T) {
	n := enginetest.New()
	in, out := n.Set.Chains(n.Add(t, "alice", ilptest.NewLink(), enginetest.NoBalance))
	if got, want := typesOf(in), []string{"*middleware.rateLimit", "*middleware.flightIn", "*middleware.echoes", "*middleware.statsIn"}; !slices.Equal(got, want) {
		t.Errorf("the incoming chain is %q", got)
	}
	if got, want := typesOf(out), []string{
		"*dedupe.deduplicate", "*middleware.flightOut", "engine.ReplyFunc", "*middleware.statsOut", "*middleware.alert",
	}; !slices.Equal(got, want) {
		t.Errorf("the outgoing chain is %q", got)
	}
}

func TestCustomMiddlewaresComeAfterTheBuiltInOnesInOrder(t *testing.T) {
	pass := engine.PrepareFunc(func(*engine.Packet) engine.Verdict { return engine.Pass })
	n := enginetest.New(enginetest.Incoming("alice", pass), enginetest.Incoming("alice", pass), enginetest.Outgoing("alice", pass),
		enginetest.Incoming("bob", pass))
	in, out := n.Set.Chains(n.Add(t, "alice", ilptest.NewLink(), everything))
	if got, want := typesOf(in), append(without(incomingOrder, ""), "engine.PrepareFunc", "engine.PrepareFunc"); !slices.Equal(got, want) {
		t.Errorf("the incoming chain is %q", got)
	}
	if got, want := typesOf(out), append(without(outgoingOrder, ""), "engine.PrepareFunc"); !slices.Equal(got, want) {
		t.Errorf("the outgoing chain is %q", got)
	}
}

// Each limit that would refuse a packet lets it pass once it is disabled.
func TestDisabledLimitLetsPass(t *testing.T) {
	for _, c := range []struct {
		name       middleware.Name
		alice, bob func(*account.Settings)
		code       ilp.Code
	}{
		{"rateLimit", rateLimited(0, 0), nil, ilp.T05},
		{"maxPacketAmount", func(s *account.Settings) { s.PacketAmountMax = 4 }, nil, ilp.F08},
		{"inFlight", inFlight(account.InFlight{IncomingAmount: 4}), nil, ilp.T04},
		{"inFlight", nil, inFlight(account.InFlight{OutgoingAmount: 4}), ilp.T04},
		{"throughput", throughput(4, 0), nil, ilp.T04},
		{"throughput", nil, throughput(0, 4), ilp.T04},
		{"balance", enginetest.Maximum(4), nil, ilp.T04},
		{"balance", nil, enginetest.Minimum(-4), ilp.T04},
	} {
		t.Run(string(c.name), func(t *testing.T) {
			for _, n := range []*enginetest.Node{enginetest.New(), enginetest.New(enginetest.Without(c.name))} {
				for id, edit := range map[string]func(*account.Settings){"alice": c.alice, "bob": c.bob} {
					if edit == nil {
						edit = func(*account.Settings) {}
					}
					n.Add(t, id, ilptest.Fulfilling(), edit)
				}
				reply := n.Send("alice", ilptest.Prepare("test.us.bob", 5))
				if n.Set.Has(c.name) && reply.Code() != c.code || !n.Set.Has(c.name) && !reply.Fulfilled() {
					t.Errorf("disabled %t: got %s", !n.Set.Has(c.name), enginetest.Describe(reply))
				}
			}
		})
	}
}

// Which of two limits answers shows their order.
func TestFirstLimitThatIsMetAnswers(t *testing.T) {
	tight := []struct {
		code    ilp.Code
		message string
		edit    func(*account.Settings)
	}{
		{ilp.T05, throttled, rateLimited(0, 0)},
		{ilp.F08, "packet size too large. maxAmount=1 actualAmount=5", func(s *account.Settings) { s.PacketAmountMax = 1 }},
		{ilp.T04, overBandwidth, throughput(1, 0)},
		{ilp.T04, overMaximum, enginetest.Maximum(1)},
	}
	for i := range tight {
		synctest.Test(t, func(t *testing.T) {
			n := enginetest.New()
			n.Add(t, "alice", ilptest.NewLink(), func(s *account.Settings) {
				for _, limit := range tight[i:] {
					limit.edit(s)
				}
			})
			short := ilptest.Prepare("test.us", 5, ilptest.Data([]byte(echo.Prefix))) // which echo would refuse
			enginetest.WantRefused(t, n.Send("alice", short), tight[i].code, tight[i].message)
		})
	}
}
