package engine_test

import (
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/echo"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// TestPausedPrefixTakesNoPackets holds for the prefix and what is below it, for packets of our
// own and for the pong that a ping from elsewhere asks for. What is under way ends, and neighbors
// can still agree.
func TestPausedPrefixTakesNoPackets(t *testing.T) {
	n := peering()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink())
	n.Add(t, "bobby", ilptest.Fulfilling())
	before := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
	n.PausePrefixes([]string{"g.other", "test.us.bob"})
	for _, destination := range []string{"test.us.bob", "test.us.bob.x", "g.other.unknown"} {
		want(t, n.Send("alice", ilptest.Prepare(destination, 1)), ilp.T01, "no connection to destination.")
		want(t, n.Send("alice", ilptest.Prepare(destination, 0)), ilp.T01, "no connection to destination.")
		want(t, n.Originate(ilptest.Prepare(destination, 0)), ilp.T01, "no connection to destination.")
	}
	ping := append([]byte(echo.Prefix+"\x00\x0b"), "test.us.bob"...)
	want(t, n.Send("alice", ilptest.Prepare(enginetest.Address, 1, ilptest.Data(ping))), ilp.T01, "no connection to destination.")
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bobby", 1)))
	wantFulfilled(t, n.Send("bob", ilptest.Prepare("test.us.bobby", 1)))
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("peer.config", 0, peerCondition)))
	if last, found := alice.Counters.RefusedFrom.Last("prefix_paused"); !found || last.Count != 7 {
		t.Errorf("refused %+v", last)
	}
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, before.Reply())
	wantPosted(t, alice, "5")
	wantPosted(t, bob, "-3")

	n.PausePrefixes(nil)
	after := n.Start("alice", ilptest.Prepare("test.us.bob.after", 1))
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, after.Reply())
}
