package middleware_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

const overBandwidth = "exceeded money bandwidth, throttling."

func throughput(incoming, outgoing uint64) func(*account.Settings) {
	return func(s *account.Settings) {
		s.Throughput = account.Throughput{Period: time.Second, Incoming: incoming, Outgoing: outgoing}
	}
}

// numbered is a packet that is no duplicate of one with another number.
func numbered(destination string, amount uint64, number byte) ilp.Prepare {
	return ilptest.Prepare(destination, amount, ilptest.Data([]byte{number}))
}

func TestIncomingThroughputIsInIncomingUnits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.NewLink(), enginetest.Scale(6), throughput(100, 0))
		n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Scale(9))
		enginetest.WantFulfilled(t, n.Send("alice", numbered("test.us.bob", 60, 1)))
		enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 41, 2)), ilp.T04, overBandwidth)
		enginetest.WantFulfilled(t, n.Send("alice", numbered("test.us.bob", 40, 3)))
		enginetest.WantFulfilled(t, n.Send("alice", numbered("test.us.bob", 0, 4)))
		enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 1, 5)), ilp.T04, overBandwidth)
		time.Sleep(10 * time.Millisecond)
		enginetest.WantFulfilled(t, n.Send("alice", numbered("test.us.bob", 1, 6)))
		enginetest.WantPosted(t, alice, "101")
	})
}

func TestOutgoingThroughputIsInOutgoingUnits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.Fulfilling(), enginetest.Scale(6))
		bob := n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Scale(9), throughput(0, 100_000))
		enginetest.WantFulfilled(t, n.Send("alice", numbered("test.us.bob", 60, 1)))
		enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 41, 2)), ilp.T04, overBandwidth)
		if got := len(n.Link("bob").Sent()); got != 1 {
			t.Errorf("%d packets were sent", got)
		}
		enginetest.WantFulfilled(t, n.Send("bob", numbered("test.us.alice", 100_000_000, 3)))
		enginetest.WantPosted(t, alice, "-99940")
		enginetest.WantPosted(t, bob, "99940000")
	})
}

func TestThroughputIsSpentThoughThePacketIsRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink(), throughput(100, 0))
		n.Add(t, "bob", ilptest.Answering(ilptest.Reject(ilp.F99, "no")), throughput(0, 50))
		enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 50, 1)), ilp.F99, "no")
		enginetest.WantRefused(t, n.Send("alice", numbered("test.us.bob", 50, 2)), ilp.T04, overBandwidth) // bob's
		enginetest.WantRefused(t, n.Send("alice", numbered("g.nowhere", 1, 3)), ilp.T04, overBandwidth)    // alice's
	})
}
