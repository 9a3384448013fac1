package engine_test

import (
	"math/big"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/route"
)

func TestDrainRefusesNewPacketsAndLetsOthersFinish(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.NewLink())
	before := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
	n.Drain()
	for range 2 {
		want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)), ilp.T03, "connector is shutting down.")
		want(t, n.Send("alice", ilptest.Prepare("peer.config", 4)), ilp.T03, "connector is shutting down.")
	}
	want(t, n.Originate(ilptest.Prepare("test.us.bob", 4)), ilp.T03, "connector is shutting down.")
	if got := n.InFlight(); got != 1 {
		t.Errorf("%d packets in flight", got)
	}
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, before.Reply())
	wantPosted(t, alice, "4")
	if got := n.InFlight(); got != 0 {
		t.Errorf("%d packets in flight", got)
	}
}

func TestAccountWasLastSeenWhenItLastSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", ilptest.Fulfilling())
		time.Sleep(time.Second)
		n.Send("alice", ilptest.Prepare("test.us.bob", 1))
		sent := time.Now().UnixNano()
		time.Sleep(time.Second)
		if got := alice.Counters.LastSeen.Load(); got != sent {
			t.Errorf("it sent at %d and was seen at %d", sent, got)
		}
		if got := bob.Counters.LastSeen.Load(); got != 0 {
			t.Errorf("bob, who sent nothing, was seen at %d", got)
		}
	})
}

// Whoever waits for the packets in flight may close the links as soon as there are
// none: the last answer must have been given by then.
func TestPacketIsInFlightUntilItsAnswerIsGiven(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Fulfilling())
	var during int64
	up := ilp.ReplyFunc(func(ilp.Reply) { during = n.InFlight() })
	for _, destination := range []string{"test.us.bob", "g.nowhere"} {
		n.Ports["alice"].HandlePrepare(up, ilptest.Prepare(destination, 1))
		if during != 1 || n.InFlight() != 0 {
			t.Errorf("%d packets in flight while it is answered, %d after", during, n.InFlight())
		}
	}
}

func TestOwnPacketsAreInFlightToo(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "bob", ilptest.NewLink())
	r := ilptest.NewRecorder()
	n.Engine.Originate(r, ilptest.Prepare("test.us.bob", 4))
	if got := n.InFlight(); got != 1 {
		t.Errorf("%d packets in flight", got)
	}
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	if wantFulfilled(t, r.Reply()); n.InFlight() != 0 {
		t.Errorf("%d packets in flight", n.InFlight())
	}
}

func TestPacketsInFlightOutliveTheirPorts(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink())
	r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
	n.Detach(n.Ports["bob"])
	n.Detach(n.Ports["alice"])
	n.Detach(n.Ports["alice"]) // once more is no mistake
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, r.Reply())
	wantPosted(t, alice, "4")
	wantPosted(t, bob, "-4")
}

func TestAccountThatComesAgainHasItsPlaceAgain(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	old := n.Add(t, "bob", ilptest.NewLink())
	port := n.Ports["bob"]
	r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
	inFlight := n.Link("bob")

	n.Detach(port)
	n.Registry.Remove("bob")
	n.Add(t, "carol", ilptest.Fulfilling())
	again := n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Scale(10))
	if again.Number != old.Number {
		t.Errorf("its number was %d and is %d", old.Number, again.Number)
	}
	n.Detach(port) // of the one that is gone: it takes out nobody else
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 5)))
	wantPosted(t, again, "-50")

	inFlight.Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, r.Reply())
	wantPosted(t, old, "-4")
	wantPosted(t, again, "-50")
}

func TestNewPortTakesThePlaceOfTheOld(t *testing.T) {
	n := enginetest.New(enginetest.NoReflection)
	n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink())
	old, link := n.Ports["bob"], n.Link("bob")
	n.Attach(bob, ilptest.Fulfilling())
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 5)))
	if link.Kept() != 0 {
		t.Error("the old link got the packet")
	}
	if n.Ports["bob"].Account() != bob || !n.Ports["bob"].Connected() {
		t.Error("the port has another account, or no connection")
	}
	n.Link("bob").Down.Store(true)
	if n.Ports["bob"].Connected() {
		t.Error("the port is connected, its link is not")
	}
	// The account is the same, whichever port the packet came in by.
	r := ilptest.NewRecorder()
	old.HandlePrepare(r, ilptest.Prepare("test.us.bob.x", 5))
	want(t, r.Reply(), ilp.F02,
		"refusing to route payments back to sender. sourceAccount=bob destinationAccount=test.us.bob.x")
}

// A packet sees the world as it is when it comes; one under way is not disturbed.
func TestChangesOfTheWorldAreSeenByTheNextPacket(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink(), enginetest.Asset("XYZ"))
	r := n.Start("alice", ilptest.Prepare("test.us.bob", 10))
	n.SetRates(prices(big.NewRat(2, 1)))
	n.SetAddress("test.moved")
	n.SetRoutes(new(route.Table))
	if n.Address() != "test.moved" {
		t.Errorf("the address is %q", n.Address())
	}
	reply := n.Send("alice", ilptest.Prepare("test.us.bob", 10))
	want(t, reply, ilp.F02, "no route found. source=alice destination=test.us.bob")
	if string(reply.TriggeredBy()) != "test.moved" {
		t.Errorf("triggered by %q", reply.TriggeredBy())
	}
	n.Route("test.moved.bob", "bob")
	second := n.Start("alice", ilptest.Prepare("test.moved.bob", 10))
	for range 2 {
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	}
	wantFulfilled(t, r.Reply())
	wantFulfilled(t, second.Reply())
	wantPosted(t, alice, "20")
	wantPosted(t, bob, "-30")
}

// Accounts, routes and rates come and go while packets are on their way.
func TestWorldChangesUnderLoad(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Fulfilling())
	link := ilptest.Fulfilling()
	port := n.Ports["alice"]
	var senders sync.WaitGroup
	var settled atomic.Bool // the world does not change any more
	var fulfilled [2]int64
	for s := range fulfilled {
		senders.Go(func() {
			for i, last := 0, 0; last < 100; i++ {
				if settled.Load() {
					last++
				}
				r := ilptest.NewRecorder()
				port.HandlePrepare(r, ilptest.Prepare("test.us.bob", 1, ilptest.Data(numbered(s<<32+i))))
				if reply := r.Reply(); reply.Fulfilled() {
					fulfilled[s]++
				} else if reply.Code() != ilp.F02 && reply.Code() != ilp.T00 || last > 0 {
					t.Errorf("got %s", describe(reply))
				}
			}
		})
	}
	for i := range 200 {
		extra := account.New("extra", account.Settings{AssetCode: "E", AssetScale: uint8(i % 8)})
		if err := n.Registry.Add(extra); err != nil {
			t.Error(err)
		}
		n.Attach(extra, link)
		n.SetRates(nil)
		n.SetRates(rate.NewTable(time.Time{}, rate.Par, rate.Spread{}))
		n.Detach(n.Ports["bob"])
		n.Attach(bob, link)
		n.Route("test.extra", "extra")
		n.Detach(n.Ports["extra"])
		n.Registry.Remove("extra")
	}
	settled.Store(true)
	senders.Wait()
	total := big.NewInt(fulfilled[0] + fulfilled[1]).String()
	wantPosted(t, alice, total)
	wantPosted(t, bob, "-"+total)
}
