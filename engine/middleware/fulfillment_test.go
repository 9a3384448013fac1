package middleware_test

import (
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// A fulfillment that does not fulfill the condition is not paid for, and not
// passed on: we could not prove anything with it.
func TestWrongFulfillmentMovesNothing(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Answering(ilptest.WrongFulfill()))
	reply := n.Send("alice", ilptest.Prepare("test.us.bob", 5))
	enginetest.WantRefused(t, reply, ilp.F05, "fulfillment did not match expected value.")
	if string(reply.TriggeredBy()) != enginetest.Address {
		t.Errorf("triggered by %q", reply.TriggeredBy())
	}
	enginetest.WantPosted(t, alice, "0")
	enginetest.WantPosted(t, bob, "0")
	// What the peer said is what the peer is counted with.
	if got := bob.Counters.Outgoing.Of(account.Fulfilled); got != 1 {
		t.Errorf("%d fulfills of the peer were counted", got)
	}
}

func TestUnvalidatedFulfillmentPasses(t *testing.T) {
	n := enginetest.New(enginetest.Without("validateFulfillment"))
	alice := n.Add(t, "alice", ilptest.NewLink())
	wrong := ilptest.WrongFulfill()
	bob := n.Add(t, "bob", ilptest.Answering(wrong))
	reply := n.Send("alice", ilptest.Prepare("test.us.bob", 5))
	if string(reply.Bytes()) != string(wrong.Bytes()) {
		t.Errorf("got %s", enginetest.Describe(reply))
	}
	enginetest.WantPosted(t, alice, "5")
	enginetest.WantPosted(t, bob, "-5")
}

func TestOwnPacketsFulfillmentIsValidatedToo(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "bob", ilptest.Answering(ilptest.WrongFulfill()))
	enginetest.WantRefused(t, n.Originate(ilptest.Prepare("test.us.bob", 5)), ilp.F05, "fulfillment did not match expected value.")
}
