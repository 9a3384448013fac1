package engine_test

import (
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
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
	port.Suspend()
	port.Fail()
	port.Resume()
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.T00, "internal error.")
}
