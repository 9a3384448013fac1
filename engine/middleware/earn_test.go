package middleware_test

import (
	"fmt"
	"math"
	"math/big"
	"testing"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/rate"
)

// earned is an Earner, or a ledger that writes at once, which keeps what packets moved.
type earned struct{ moved []string }

func (e *earned) Earn(t ledger.Transfer) {
	kept, _ := balance.FromUint64(t.AtMid).Sub(balance.FromUint64(t.Out))
	e.moved = append(e.moved, fmt.Sprintf("%s->%s %s", t.From.ID, t.To.ID, kept))
}

type earningLedger struct{ earned }

func (l *earningLedger) Enter(t ledger.Transfer, w ledger.Waiter, _ *ilp.ReadBatch) {
	if t.To != nil {
		l.Earn(t)
	}
	w.Written(new(ilp.ReadBatch), nil)
}

func (*earningLedger) State(int64) ledger.State { return ledger.Ready }

// spread returns a table in which a dollar is worth three XYZ, less a spread.
func spread(t *testing.T, part *big.Rat) *rate.Table {
	t.Helper()
	s, err := rate.NewSpread(part)
	if err != nil {
		t.Fatal(err)
	}
	return rate.NewTable(time.Time{}, rate.Prices{"USD": big.NewRat(1, 1), "XYZ": big.NewRat(3, 1)}.Quote, s)
}

// What is counted is what the packet would have been worth without the spread, less what it was
// worth, once, and only of packets that were fulfilled.
func TestSpreadOfAFulfilledPacketIsCounted(t *testing.T) {
	var memory earned
	var durable earningLedger
	for name, c := range map[string]struct {
		got  *[]string
		edit func(*enginetest.Config)
	}{
		"in memory": {&memory.moved, func(c *enginetest.Config) { c.Earner = &memory }},
		"durable":   {&durable.moved, func(c *enginetest.Config) { c.Ledger, c.Earner = &durable, &memory }},
	} {
		t.Run(name, func(t *testing.T) {
			memory.moved = nil
			n := enginetest.New(c.edit)
			n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.Fulfilling(), enginetest.Asset("XYZ"))
			for i, p := range []struct {
				part    *big.Rat
				amount  uint64
				want    string
				refused bool
			}{
				{big.NewRat(1, 100), 1050, "32", false},                              // 3150 and 3118.5
				{big.NewRat(1, 100), 33, "1", false},                                 // 99 and 98.01
				{big.NewRat(1, 1), 7, "21", false},                                   // nothing is paid out
				{big.NewRat(-1, 100), 1050, "-31", false},                            // 3181.5: we add to it
				{new(big.Rat), 1050, "0", false},                                     // all is paid out
				{big.NewRat(1, 2), math.MaxUint64 / 2, "4611686018427387905", false}, // at most the largest packet
				{big.NewRat(1, 100), math.MaxUint64, "", true},
			} {
				*c.got = nil
				n.SetRates(spread(t, p.part))
				reply := n.Send("alice", ilptest.Prepare("test.us.bob", p.amount, ilptest.Data([]byte{byte(i)})))
				if got := fmt.Sprint(*c.got); reply.Fulfilled() == p.refused || p.refused && got != "[]" || !p.refused && got != "[alice->bob "+p.want+"]" {
					t.Errorf("%d at a spread of %s earns %s, want %s: %s", p.amount, p.part, got, p.want, enginetest.Describe(reply))
				}
			}
			*c.got = nil
			n.SetRates(spread(t, big.NewRat(1, 2)))
			n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Reject(ilp.F99, "no") }
			n.Send("alice", ilptest.Prepare("test.us.bob", 10, ilptest.Data([]byte("rejected"))))
			n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.WrongFulfill() }
			n.Send("alice", ilptest.Prepare("test.us.bob", 11, ilptest.Data([]byte("wrong"))))
			if len(*c.got) != 0 {
				t.Errorf("packets that were not fulfilled earn %s", *c.got)
			}
			n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
			expiry := time.Now().Add(20 * time.Second).UnixMilli()
			for range 2 { // the second is a duplicate, since it expires with the first
				n.Send("alice", ilptest.Prepare("test.us.bob", 12, ilptest.Data([]byte("same")), ilptest.ExpiresAt(expiry)))
			}
			if len(*c.got) != 1 {
				t.Errorf("a packet and its duplicate earn %s", *c.got)
			}
			if name == "durable" && memory.moved != nil {
				t.Errorf("they are counted twice: %s", memory.moved)
			}
		})
	}
}

var (
	_ middleware.Earner = (*earned)(nil)
	_ middleware.Ledger = (*earningLedger)(nil)
)
