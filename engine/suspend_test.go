package engine_test

import (
	"testing"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// TestSuspendedPortTakesNoValue holds for both directions; what is under way ends, and
// neighbors can still agree.
func TestSuspendedPortTakesNoValue(t *testing.T) {
	n := peering()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink())
	there := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
	back := n.Start("bob", ilptest.Prepare("test.us.alice", 9))
	port := n.Ports["alice"]
	port.Suspend()
	if port.Connected() {
		t.Error("suspended, and yet connected")
	}
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.T00, "account is suspended.")
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 0)), ilp.T00, "account is suspended.")
	want(t, n.Send("alice", ilptest.Prepare("peer.config", 1, peerCondition)), ilp.T00, "account is suspended.")
	want(t, n.Send("bob", ilptest.Prepare("test.us.alice", 1)), ilp.T01, "no connection to account. account=alice")
	if last, found := alice.Counters.RefusedFrom.Last("suspended"); !found || last.Count != 3 {
		t.Errorf("refused %+v", last)
	}
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("peer.config", 0, peerCondition)))
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	n.Link("alice").Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, there.Reply())
	wantFulfilled(t, back.Reply())
	wantPosted(t, alice, "-5")
	wantPosted(t, bob, "5")

	port.Resume()
	again := n.Start("alice", ilptest.Prepare("test.us.bob.again", 1))
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, again.Reply())

	port.Suspend()
	port.Drain()
	port.Resume() // in vain
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.T03, "account is being removed.")
	port.Undrain()
	stays := n.Start("alice", ilptest.Prepare("test.us.bob.stays", 1))
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, stays.Reply())
	port.Suspend()
	port.Fail()
	port.Resume()
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.T00, "internal error.")
}

// Each reason keeps the port closed on its own, and the gravest one is told.
func TestReasonsToRefuseAreIndependent(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.Fulfilling())
	n.Add(t, "bob", ilptest.Fulfilling())
	alice := n.Ports["alice"]
	send := func() ilp.Reply { return n.Send("alice", ilptest.Prepare("test.us.bob", 1)) }
	alice.Pause()
	want(t, send(), ilp.T03, "account is paused.")
	want(t, n.Send("bob", ilptest.Prepare("test.us.alice", 1)), ilp.T01, "no connection to account. account=alice")
	want(t, n.Send("alice", ilptest.Prepare("peer.x", 0)), ilp.F01, "condition must be peer protocol condition.") // it is heard
	alice.Suspend()
	want(t, send(), ilp.T00, "account is suspended.")
	alice.Unpause()
	want(t, send(), ilp.T00, "account is suspended.")
	alice.Pause()
	alice.Resume()
	want(t, send(), ilp.T03, "account is paused.")
	if alice.Connected() {
		t.Error("a paused account counts as connected")
	}
	alice.Unpause()
	if reply := send(); !reply.Fulfilled() {
		t.Errorf("then got %s", reply.Code())
	}
	alice.Drain()
	alice.Unpause()
	want(t, send(), ilp.T03, "account is being removed.")
}

// A changed account has a port of its own with the state of the former one, and packets that
// the former port has passed end there.
func TestChangedAccountGoesOnWhereItWas(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.Fulfilling())
	n.Add(t, "bob", ilptest.NewLink())
	former := n.Ports["alice"]
	under := n.Start("alice", ilptest.Prepare("test.us.bob", 5))
	changed := alice.Changed(*alice.Settings)
	changed.PacketAmountMax = 3 // its settings are its own
	changed.Balance, changed.LedgerNumber = alice.Balance, alice.LedgerNumber
	n.Registry.Replace(changed)
	former.Pause()
	in, out := n.Set.Chains(changed)
	now := n.Engine.Change(former, changed, in, out)
	n.Ports["alice"] = now
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)), ilp.T03, "account is paused.")
	now.Unpause()
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)), ilp.F08, "packet size too large. maxAmount=3 actualAmount=4")
	if got := now.InFlight(); got != 1 {
		t.Errorf("%d in flight", got)
	}
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, under.Reply())
	wantPosted(t, changed, "5")
	wantFulfilled(t, n.Send("bob", ilptest.Prepare("test.us.alice", 3)))
}

// A packet counts for the account that it goes to before the port is asked whether it takes packets.
// So nothing is on its way to a port that is closed and counts nothing.
func TestPacketOnItsWayOutIsCounted(t *testing.T) {
	var n *enginetest.Node
	var counted []int64
	n = enginetest.New(enginetest.Outgoing("bob", engine.PrepareFunc(func(*engine.Packet) engine.Verdict {
		counted = append(counted, n.Ports["bob"].InFlight())
		return engine.Pass
	})))
	n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Fulfilling())
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)))
	n.Link("bob").Down.Store(true)
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob.x", 1)), ilp.T01, "no connection to account. account=bob")
	if len(counted) != 1 || counted[0] != 1 || bob.Counters.Outstanding.Load() != 0 {
		t.Errorf("counted %v, and %d in the end", counted, bob.Counters.Outstanding.Load())
	}
}
