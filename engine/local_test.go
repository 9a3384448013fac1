package engine_test

import (
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// saying is a Local that fulfills every packet with its word and the account's
// id, but has nothing to say to bob.
type saying string

func (s saying) For(a *account.Account) ilp.Handler {
	if a.ID == "bob" {
		return nil
	}
	return ilp.HandlerFunc(func(up ilp.ReplyWriter, prepare ilp.Prepare) {
		f := ilp.Fulfill{Fulfillment: ilp.PeerFulfillment, Data: []byte(string(s) + " to " + a.ID)}
		reply, err := ilp.ParseReply(f.Append(nil))
		if err != nil {
			panic(err)
		}
		up.WriteReply(reply)
	})
}

func peering() *enginetest.Node {
	return enginetest.New(
		enginetest.WithLocal("peer.config", saying("config")),
		enginetest.WithLocal("peer.route*", saying("route")),
	)
}

var peerCondition = ilptest.WithCondition(ilp.PeerCondition)

func TestNeighborIsAnsweredByItsProtocol(t *testing.T) {
	n := peering()
	alice := n.Add(t, "alice", ilptest.NewLink())
	for destination, word := range map[string]string{
		"peer.config":        "config to alice",
		"peer.route.control": "route to alice",
		"peer.route.update":  "route to alice",
		"peer.route":         "route to alice",
		"peer.routes":        "route to alice",
	} {
		reply := n.Send("alice", ilptest.Prepare(destination, 0, peerCondition))
		if !reply.Fulfilled() || string(reply.Data()) != word {
			t.Errorf("%s: got %s, want %q", destination, describe(reply), word)
		}
	}
	if got := alice.Counters.Incoming.Of(account.Fulfilled); got != 5 {
		t.Errorf("%d packets were counted", got)
	}
}

func TestPeerPacketIsRefusedRatherThanForwarded(t *testing.T) {
	n := peering()
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Fulfilling())
	n.Route("peer", "bob")
	n.Route("peer.config", "bob")
	n.Route("", "bob")
	const badCondition, unknown = "condition must be peer protocol condition.", "unknown peer protocol."
	for _, c := range []struct {
		name, from, destination string
		condition               [ilp.ConditionBytes]byte
		message                 string
	}{
		{"another condition", "alice", "peer.config", ilptest.Condition, badCondition},
		{"another condition comes before unknown", "alice", "peer.nothing", ilptest.Condition, badCondition},
		{"unknown", "alice", "peer.nothing", ilp.PeerCondition, unknown},
		{"below an exact address", "alice", "peer.config.x", ilp.PeerCondition, unknown},
		{"beginning with an exact address", "alice", "peer.configs", ilp.PeerCondition, unknown},
		{"a protocol that is not for the account", "bob", "peer.config", ilp.PeerCondition, unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			reply := n.Send(c.from, ilptest.Prepare(c.destination, 3, ilptest.WithCondition(c.condition)))
			want(t, reply, ilp.F01, c.message)
		})
	}
	want(t, n.Originate(ilptest.Prepare("peer.config", 0, peerCondition)), ilp.F01, unknown)
	if sent := n.Link("bob").Sent(); len(sent) != 0 {
		t.Errorf("%d packets were forwarded", len(sent))
	}
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("g.peer.config", 0)))
}

// The amount of a packet to ourselves is held and posted like any other's.
func TestPeerPacketPassesTheIncomingLimits(t *testing.T) {
	n := peering()
	alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(10))
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("peer.config", 10, peerCondition)))
	wantPosted(t, alice, "10")
	want(t, n.Send("alice", ilptest.Prepare("peer.config", 1, peerCondition)), ilp.T04, "exceeded maximum balance.")
}

func TestLocalMayAnswerLaterAndRefuse(t *testing.T) {
	later := make(chan ilp.ReplyWriter, 1)
	n := enginetest.New(enginetest.WithLocal("peer.config", localFunc(func(up ilp.ReplyWriter, _ ilp.Prepare) { later <- up })))
	alice := n.Add(t, "alice", ilptest.NewLink())
	r := n.Start("alice", ilptest.Prepare("peer.config", 4, peerCondition))
	if n.InFlight() != 1 {
		t.Errorf("%d packets in flight", n.InFlight())
	}
	(<-later).WriteReply(ilp.Fail(ilp.F00, "not for you"))
	reply := r.Reply()
	want(t, reply, ilp.F00, "not for you")
	if string(reply.TriggeredBy()) != enginetest.Address {
		t.Errorf("triggered by %q", reply.TriggeredBy())
	}
	wantPosted(t, alice, "0")
}

// localFunc answers every account alike.
type localFunc ilp.HandlerFunc

func (f localFunc) For(*account.Account) ilp.Handler { return ilp.HandlerFunc(f) }

var (
	_ engine.Local = saying("")
	_ engine.Local = localFunc(nil)
)
