package engine_test

import (
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/rate"
)

// dollars is a price list without the currency XYZ.
var dollars = rate.NewTable(time.Time{}, rate.Prices{"USD": big.NewRat(1, 1)}.Quote, rate.Spread{})

// stale returns a table in which the price of XYZ is too old.
func stale() (table *rate.Table) {
	pricing := rate.NewPricing(rate.PricingOptions{Publish: func(t *rate.Table) { table = t }})
	pricing.Offer(rate.NewPriceTable("test", map[string]rate.Price{
		"USD": {Value: big.NewRat(1, 1), At: time.Now()},
		"XYZ": {Value: big.NewRat(2, 1), At: time.Now().Add(-time.Minute), MaxAge: time.Minute},
	}, nil, rate.Spread{}))
	return table
}

func TestRefusalsBeforeTheNextHop(t *testing.T) {
	down := func(n *enginetest.Node) { n.Link("bob").Down.Store(true) }
	for _, c := range []struct {
		name        string
		edit        func(*enginetest.Config)
		prepare     func(*enginetest.Node)
		destination string
		amount      uint64
		code        ilp.Code
		message     string
		refusal     string
	}{
		{
			name: "no route", destination: "g.nowhere.x",
			code: ilp.F02, message: "no route found. source=alice destination=g.nowhere.x",
			refusal: "alice - F02 no_route 5 0",
		}, {
			name: "no route, and the link of nobody is down", destination: "g.nowhere.x", prepare: down,
			code: ilp.F02, message: "no route found. source=alice destination=g.nowhere.x",
			refusal: "alice - F02 no_route 5 0",
		}, {
			name: "unknown child below our own address", destination: "test.us.nobody.x",
			prepare: func(n *enginetest.Node) { n.Route("test", "bob") },
			code:    ilp.F02, message: "no route found. source=alice destination=test.us.nobody.x",
			refusal: "alice - F02 no_route 5 0",
		}, {
			name: "our own address while nobody echoes", destination: "test.us", edit: enginetest.Without("echo"),
			code: ilp.F02, message: "no route found. source=alice destination=test.us",
			refusal: "alice - F02 no_route 5 0",
		}, {
			name: "a route to an account that is detached", destination: "test.us.bob",
			prepare: func(n *enginetest.Node) { n.Detach(n.Ports["bob"]) },
			code:    ilp.F02, message: "no route found. source=alice destination=test.us.bob",
			refusal: "alice - F02 no_route 5 0",
		}, {
			name: "back to the sender", destination: "test.us.alice.x", edit: enginetest.NoReflection,
			code:    ilp.F02,
			message: "refusing to route payments back to sender. sourceAccount=alice destinationAccount=test.us.alice.x",
			refusal: "alice alice F02 back_to_sender 5 0",
		}, {
			name: "next hop not connected", destination: "test.us.bob", prepare: down,
			code: ilp.T01, message: "no connection to account. account=bob",
			refusal: "alice bob T01 not_connected 5 5",
		}, {
			name: "no rate", destination: "test.us.xyz",
			prepare: func(n *enginetest.Node) { n.SetRates(dollars) },
			code:    ilp.F00, message: "no rate available. currency=XYZ",
			refusal: "alice xyz F00 no_rate 5 0",
		}, {
			name: "no rate comes before no connection", destination: "test.us.xyz",
			prepare: func(n *enginetest.Node) { n.SetRates(dollars); n.Link("xyz").Down.Store(true) },
			code:    ilp.F00, message: "no rate available. currency=XYZ",
			refusal: "alice xyz F00 no_rate 5 0",
		}, {
			name: "rates not loaded yet", destination: "test.us.bob",
			prepare: func(n *enginetest.Node) { n.SetRates(nil) },
			code:    ilp.T00, message: "exchange rates are not available yet.",
			refusal: "alice bob T00 no_rate 5 0",
		}, {
			name: "a price is too old", destination: "test.us.xyz",
			prepare: func(n *enginetest.Node) { n.SetRates(stale()) },
			code:    ilp.T00, message: "no rate available at the moment. currency=XYZ",
			refusal: "alice xyz T00 stale_rate 5 0",
		}, {
			name: "draining", destination: "test.us.bob", prepare: func(n *enginetest.Node) { n.Drain() },
			code: ilp.T03, message: "connector is shutting down.",
			refusal: "alice - T03 shutting_down 5 0",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := enginetest.New()
			if c.edit != nil {
				n = enginetest.New(c.edit)
			}
			alice := n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.Fulfilling())
			n.Add(t, "xyz", ilptest.Fulfilling(), enginetest.Asset("XYZ"))
			if c.prepare != nil {
				c.prepare(n)
			}
			reply := n.Send("alice", ilptest.Prepare(c.destination, 5))
			want(t, reply, c.code, c.message)
			if string(reply.TriggeredBy()) != enginetest.Address {
				t.Errorf("triggered by %q", reply.TriggeredBy())
			}
			for _, id := range []string{"alice", "bob", "xyz"} {
				if sent := n.Link(id).Sent(); len(sent) != 0 {
					t.Errorf("%d packets went to %s", len(sent), id)
				}
			}
			wantPosted(t, alice, "0")
			wantRefusals(t, n, c.refusal)
		})
	}
}

// wantRefusals fails the test unless operators have heard of just these refusals.
func wantRefusals(t *testing.T, n *enginetest.Node, want ...string) {
	t.Helper()
	if got := n.Watched.Refusals(); !slices.Equal(got, want) {
		t.Errorf("operators heard of\n\t%q, want\n\t%q", got, want)
	}
}

// Bytes that are no packet are answered as the reference answers them, whether
// or not the middlewares that would meet them first are there.
func TestMalformedPackets(t *testing.T) {
	for _, c := range []struct {
		name    string
		fault   error
		code    ilp.Code
		message string
	}{
		{"a fulfill", fault(t, []byte{13, 0}), ilp.F01, "invalid packet type received. type=13"},
		{"another type", fault(t, []byte{1}), ilp.F01, "invalid packet type received. type=1"},
		{"no bytes", fault(t, nil), ilp.F01, "invalid packet type received. type=undefined"},
		{"too short", fault(t, []byte{12, 5, 0}), ilp.F00, ilp.ErrShort.Error()},
		{"length not canonical", fault(t, []byte{12, 0x81, 5}), ilp.F00, ilp.ErrLength.Error()},
		{"some other fault", errors.New("data handler was passed a non-buffer. typeof=string"),
			ilp.F00, "data handler was passed a non-buffer. typeof=string"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, n := range []*enginetest.Node{
				enginetest.New(),
				enginetest.New(enginetest.Without("echo", "rateLimit", "balance", "stats")),
			} {
				alice := n.Add(t, "alice", ilptest.NewLink())
				want(t, n.Send("alice", ilp.Malformed(c.fault, nil)), c.code, c.message)
				wantPosted(t, alice, "0")
				wantRefusals(t, n, "alice - "+c.code.String()+" malformed 0 0")
			}
		})
	}
}

// fault is why b is no Prepare.
func fault(t *testing.T, b []byte) error {
	t.Helper()
	_, err := ilp.ParsePrepare(b)
	if err == nil {
		t.Fatalf("%x is a Prepare", b)
	}
	return err
}

func TestOwnPacketNeedsNoRate(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "bob", ilptest.Fulfilling())
	n.SetRates(nil)
	wantFulfilled(t, n.Originate(ilptest.Prepare("test.us.bob", 5)))
	n.Link("bob").Down.Store(true)
	want(t, n.Originate(ilptest.Prepare("test.us.bob", 5)), ilp.T01, "no connection to account. account=bob")
}

// A link or a middleware of a program may make up a code. Neighbors refuse a Reject with a code
// that is not printable.
func TestFailureWithAMadeUpCodeBecomesT00(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink())
	const x77 = 'X'<<16 | '7'<<8 | '7'
	for i, code := range []ilp.Code{1, 0xc63939, ilp.F00 | 1<<24, x77} {
		n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilp.Fail(code, "made up") }
		want := ilp.T00
		if code == x77 {
			want = code
		}
		reply := n.Send("alice", ilptest.Prepare("test.us.bob", uint64(i))) // no duplicates
		if reply.Failed() || reply.Code() != want || string(reply.Message()) != "made up" {
			t.Errorf("%x: %s %s", uint32(code), reply.Code(), reply.Message())
		}
	}
	wantPosted(t, bob, "0")
}

// Without the error handler a link is told the failure itself.
func TestRawFailureIsGivenUnencoded(t *testing.T) {
	n := enginetest.New(enginetest.Without("errorHandler"), enginetest.Incoming("alice", refusing{}))
	n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Fulfilling())

	reply := n.Send("alice", ilptest.Prepare("g.nowhere", 1))
	f := reply.Failure()
	if !reply.Failed() || reply.Bytes() != nil || f.Code != ilp.F02 || f.Message != "no route found. source=alice destination=g.nowhere" {
		t.Errorf("got %+v", f)
	}
	reply = n.Send("alice", ilptest.Prepare("test.us.bob", 13))
	if f = reply.Failure(); !reply.Failed() || f.Code != ilp.T99 || f.Name != "UnluckyError" || string(f.Data) != "13" {
		t.Errorf("got %+v", f)
	}
	wantPosted(t, bob, "0")

	n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Reject(ilp.F99, "theirs") }
	if reply = n.Send("alice", ilptest.Prepare("test.us.bob", 1)); reply.Failed() {
		t.Error("the peer's own reject became a failure")
	}
	if got := bob.Counters.Rejects.Read()[ilp.F99].Count; got != 1 {
		t.Errorf("%d rejects were counted", got)
	}
}

// With the error handler the failure's data and code are in the Reject.
func TestFailureIsEncodedWhole(t *testing.T) {
	n := enginetest.New(enginetest.Incoming("alice", refusing{}))
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Fulfilling())
	reply := n.Send("alice", ilptest.Prepare("test.us.bob", 13))
	want(t, reply, ilp.T99, "unlucky")
	if reply.Failed() || string(reply.Data()) != "13" {
		t.Errorf("data is %q", reply.Data())
	}
}

// A link that fails to send says so with a failure, which the engine encodes.
func TestFailureOfALinkIsEncoded(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Answering(ilp.Fail(ilp.F02, "failed to send packet: gone")))
	reply := n.Send("alice", ilptest.Prepare("test.us.bob", 13))
	want(t, reply, ilp.F02, "failed to send packet: gone")
	if string(reply.TriggeredBy()) != enginetest.Address {
		t.Errorf("triggered by %q", reply.TriggeredBy())
	}
	wantPosted(t, alice, "0")
	wantPosted(t, bob, "0")
	if bob.Counters.Outgoing.Of(account.Failed) != 1 {
		t.Error("it was not counted as failed")
	}
}
