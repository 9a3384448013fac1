package middleware_test

import (
	"encoding/binary"
	"math"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

func TestPacketOverTheMaximumAmountIsRefusedWithBothAmounts(t *testing.T) {
	for _, c := range []struct {
		limit, amount uint64
		message       string // empty if it passes
	}{
		{100, 100, ""},
		{100, 101, "packet size too large. maxAmount=100 actualAmount=101"},
		{1, math.MaxUint64, "packet size too large. maxAmount=1 actualAmount=18446744073709551615"},
		{math.MaxUint64, math.MaxUint64, ""},
		{0, math.MaxUint64, ""}, // no limit
	} {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.NewLink(), func(s *account.Settings) { s.PacketAmountMax = c.limit })
		n.Add(t, "bob", ilptest.Fulfilling())
		reply := n.Send("alice", ilptest.Prepare("test.us.bob", c.amount))
		if c.message == "" {
			enginetest.WantFulfilled(t, reply)
			continue
		}
		enginetest.WantRefused(t, reply, ilp.F08, c.message)
		data := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, c.amount), c.limit)
		if string(reply.Data()) != string(data) {
			t.Errorf("data is %x, want %x", reply.Data(), data)
		}
		enginetest.WantPosted(t, alice, "0")
	}
}

// The limit is for what comes from an account, in its own units.
func TestMaximumAmountIsForIncomingPackets(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink(), enginetest.Scale(6))
	n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Scale(9), func(s *account.Settings) { s.PacketAmountMax = 1 })
	enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1000)))
	enginetest.WantRefused(t, n.Send("bob", ilptest.Prepare("test.us.bob", 2)), ilp.F08, "packet size too large. maxAmount=1 actualAmount=2")
}
