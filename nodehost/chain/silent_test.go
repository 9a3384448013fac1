package chain_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// A process that does not answer takes no packets, and holds up none.
func TestSilentProcessHoldsUpNoPacket(t *testing.T) {
	atEveryPlace(t, func(t *testing.T, h *hosted, x *process, _ bool) {
		x.run(t)
		sent := byte(0)
		prepare := func() ilp.Prepare { // each is another packet
			sent++
			return ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresIn(30*time.Second), ilptest.Data([]byte{sent}))
		}
		waits, beyond, back := h.Start("alice", prepare()), h.Start("alice", prepare()), h.Start("alice", prepare())
		first, second, third := x.take(t), x.take(t), x.take(t)
		x.Next(second.id, nil, nil)
		x.Next(third.id, nil, nil)
		far := h.Link("bob").Take()
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		x.outcome(t)

		x.Silent(true)
		enginetest.WantRefused(t, waits.Reply(), ilp.T01, "middleware is not available.")
		enginetest.WantFulfilled(t, back.Reply())
		enginetest.WantRefused(t, h.Start("alice", prepare()).Reply(), ilp.T01, "middleware is not available.")
		if beyond.Calls() != 0 {
			t.Fatal("a packet that is on its way has ended")
		}
		far.Up.WriteReply(ilptest.Fulfill())
		enginetest.WantFulfilled(t, beyond.Reply())
		x.Next(first.id, nil, nil) // it has slept, and goes on
		slices.Sort(x.over)
		if want := []uint32{first.id, first.id, second.id, third.id}; !slices.Equal(x.over, want) {
			t.Errorf("over: %v, want %v", x.over, want)
		}
		h.wantBooks(t, "14", "-14")

		x.Silent(false)
		answer := h.Start("alice", prepare())
		x.Next(x.take(t).id, nil, nil)
		h.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		x.Answer(x.outcome(t).id, fulfillOf(ilptest.Preimage), nil)
		enginetest.WantFulfilled(t, answer.Reply())
		x.idle(t)
	})
}
