package engine_test

import (
	"bytes"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

func TestPacketIsForwardedAndItsFulfillComesBack(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Answering(ilptest.Fulfill(1, 2, 3)), enginetest.Scale(6))
	prepare := ilptest.Prepare("test.us.bob.x", 123456, ilptest.Data([]byte("hello")))
	condition := bytes.Clone(prepare.Condition())

	reply := n.Send("alice", prepare)
	wantFulfilled(t, reply)
	if string(reply.Data()) != "\x01\x02\x03" {
		t.Errorf("data came back as %x", reply.Data())
	}
	sent := n.Link("bob").Sent()[0].Prepare
	if sent.Amount() != 123 {
		t.Errorf("amount sent is %d, want 123", sent.Amount())
	}
	if string(sent.Data()) != "hello" || string(sent.Destination()) != "test.us.bob.x" {
		t.Errorf("sent %q to %q", sent.Data(), sent.Destination())
	}
	if !bytes.Equal(sent.Condition(), condition) {
		t.Error("the condition was changed")
	}
	wantPosted(t, alice, "123456")
	wantPosted(t, bob, "-123")
	if n.InFlight() != 0 {
		t.Errorf("%d packets are still in flight", n.InFlight())
	}
}

func TestRejectComesBackUnchangedAndMovesNothing(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	theirs := ilp.Reject{Code: ilp.F99, TriggeredBy: "test.them.x", Message: "no thanks", Data: []byte("why\x00not")}
	parsed, err := ilp.ParseReply(theirs.Append(nil))
	if err != nil {
		t.Fatal(err)
	}
	bob := n.Add(t, "bob", ilptest.Answering(parsed))

	reply := n.Send("alice", ilptest.Prepare("test.us.bob", 5))
	if !bytes.Equal(reply.Bytes(), parsed.Bytes()) {
		t.Errorf("got %s, want every byte of the peer's reject", describe(reply))
	}
	wantPosted(t, alice, "0")
	wantPosted(t, bob, "0")
}

func TestRefusalOfOurOwnCarriesOurAddress(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	for _, address := range []string{"test.us", "g.elsewhere", ""} {
		n.SetAddress(address)
		reply := n.Send("alice", ilptest.Prepare("g.nowhere", 5))
		if string(reply.TriggeredBy()) != address {
			t.Errorf("triggered by %q, want %q", reply.TriggeredBy(), address)
		}
	}
	n.SetAddress("not an address")
	reply := n.Send("alice", ilptest.Prepare("g.nowhere", 5))
	if by := reply.TriggeredBy(); len(by) != 0 {
		t.Errorf("triggered by %q, which is no address", by)
	}
}

func TestDataAndAmountsGoThroughUnchanged(t *testing.T) {
	const amountMax = 1<<64 - 1
	for _, c := range []struct {
		name    string
		amount  uint64
		data    []byte
		in, out string
	}{
		{"nothing", 0, nil, "0", "0"},
		{"one unit", 1, []byte{0}, "1", "-1"},
		{"the largest data", 5, bytes.Repeat([]byte("0123456\xff"), 4096)[:32767], "5", "-5"},
		{"the largest amount", amountMax, nil, "18446744073709551615", "-18446744073709551615"},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := enginetest.New()
			alice := n.Add(t, "alice", ilptest.NewLink())
			bob := n.Add(t, "bob", ilptest.Answering(ilptest.Fulfill(c.data...)))
			reply := n.Send("alice", ilptest.Prepare("test.us.bob", c.amount, ilptest.Data(c.data)))
			wantFulfilled(t, reply)
			sent := n.Link("bob").Sent()[0].Prepare
			if sent.Amount() != c.amount || !bytes.Equal(sent.Data(), c.data) || !bytes.Equal(reply.Data(), c.data) {
				t.Errorf("sent %d with %d bytes, %d came back", sent.Amount(), len(sent.Data()), len(reply.Data()))
			}
			wantPosted(t, alice, c.in)
			wantPosted(t, bob, c.out)
		})
	}
}

func TestAmountThatFloorsToZeroIsForwardedAsZero(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Scale(6), enginetest.Minimum(0))
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 999)))
	if got := n.Link("bob").Sent()[0].Prepare; got.Amount() != 0 {
		t.Errorf("sent %d", got.Amount())
	}
	wantPosted(t, alice, "999")
	wantPosted(t, bob, "0")
}

func TestLongestPrefixOfWholeSegmentsLeads(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	for _, id := range []string{"default", "us", "near"} {
		n.Add(t, id, ilptest.Fulfilling())
	}
	n.Route("g", "default")
	n.Route("g.us", "us")
	n.Route("g.us.near", "near")
	for destination, id := range map[string]string{
		"g.us": "us", "g.us.x": "us", "g.usa.x": "default", "g.us.near.x": "near", "g.us.nearer": "us",
	} {
		before := len(n.Link(id).Sent())
		wantFulfilled(t, n.Send("alice", ilptest.Prepare(destination, 1)))
		if len(n.Link(id).Sent()) != before+1 {
			t.Errorf("%s did not go to %s", destination, id)
		}
	}
}

func TestOwnPacketLeavesForItsAmountAndHasNoOtherLeg(t *testing.T) {
	n := enginetest.New()
	bob := n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Asset("XYZ"), enginetest.Scale(2))
	wantFulfilled(t, n.Originate(ilptest.Prepare("test.us.bob", 77)))
	if got := n.Link("bob").Sent()[0].Prepare; got.Amount() != 77 {
		t.Errorf("sent %d", got.Amount())
	}
	wantPosted(t, bob, "-77")
	want(t, n.Originate(ilptest.Prepare("g.nowhere", 1)), ilp.F02, "no route found. source=self destination=g.nowhere")
}

// A packet for the account it came from is an ordinary packet: it moves both
// sides of the one balance.
func TestReflectedPacketMovesBothLegsOfOneAccount(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.Fulfilling())
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.alice", 9)))
	wantPosted(t, alice, "0")
	if got := alice.Counters.Outgoing.Of(account.Fulfilled); got != 1 {
		t.Errorf("%d packets were counted out", got)
	}
}
