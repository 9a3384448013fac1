package dedupe_test

import (
	"encoding/binary"
	"strconv"
	"testing"
	"testing/synctest"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine/middleware/dedupe"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

const crowded = "too many duplicates are waiting."

// tally counts the answers to many packets.
type tally struct{ fulfilled, crowded, other int }

func (c *tally) WriteReply(reply ilp.Reply) {
	switch {
	case reply.Fulfilled():
		c.fulfilled++
	case reply.Code() == ilp.T03 && string(reply.Message()) == crowded:
		c.crowded++
	default:
		c.other++
	}
}

func wantParked(t *testing.T, n *enginetest.Node, count int) {
	t.Helper()
	got, bytes := n.Duplicates.Parked()
	if got != count || (bytes == 0) != (count == 0) {
		t.Errorf("%d duplicates of %d bytes wait, want %d", got, bytes, count)
	}
}

// TestDuplicatesOfOneOriginalThatWaitAreBounded holds for an original whose place a better
// packet takes as well: each has its own duplicates.
func TestDuplicatesOfOneOriginalThatWaitAreBounded(t *testing.T) {
	const most = dedupe.ParkedPerOriginalMax
	synctest.Test(t, func(t *testing.T) {
		n := deduping(t)
		alice, carol, bob := n.Registry.Find("alice"), n.Registry.Find("carol"), n.Registry.Find("bob")
		var waiting tally
		for _, amount := range []uint64{1, 2} {
			for range 1 + most {
				n.Ports["alice"].HandlePrepare(&waiting, same(amount))
			}
			beyond := n.Start("carol", same(amount))
			if beyond.Calls() != 1 {
				t.Fatalf("%d duplicates of one packet wait", most+1)
			}
			enginetest.WantRefused(t, beyond.Reply(), ilp.T03, crowded)
		}
		if waiting != (tally{}) {
			t.Errorf("answered before the originals: %+v", waiting)
		}
		if got := carol.Counters.Incoming.Of(account.Failed); got != 2 {
			t.Errorf("%d refused duplicates are counted", got)
		}
		enginetest.WantPosted(t, carol, "0")
		wantParked(t, n, 2*most)

		first, better := n.Link("bob").Take(), n.Link("bob").Take()
		if got := n.Link("bob").Kept(); got != 0 {
			t.Errorf("%d duplicates were sent", got)
		}
		better.Up.WriteReply(ilptest.Fulfill())
		wantParked(t, n, most)
		first.Up.WriteReply(ilptest.Fulfill())
		wantParked(t, n, 0)
		if waiting != (tally{fulfilled: 2 + 2*most}) {
			t.Errorf("answered: %+v", waiting)
		}
		enginetest.WantFulfilled(t, n.Send("carol", same(2)))
		enginetest.WantPosted(t, alice, strconv.Itoa(3+3*most))
		enginetest.WantPosted(t, bob, "-3")
	})
}

// TestDuplicatesThatWaitAreBoundedTogether holds however many originals they have. Once
// these are answered there is room again.
func TestDuplicatesThatWaitAreBoundedTogether(t *testing.T) {
	for _, c := range []struct {
		name string
		data int
		most func(prepareBytes int) int
	}{
		{"count", 8, func(int) int { return dedupe.ParkedMax }},
		{"bytes", 32_000, func(prepareBytes int) int { return dedupe.ParkedBytesMax / prepareBytes }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := deduping(t)
				data := make([]byte, c.data)
				first := same(1, ilptest.Data(data))
				most := c.most(len(first.Bytes()))
				originals := most/dedupe.ParkedPerOriginalMax + 1
				for round := range 2 {
					var all tally
					for i := range originals {
						binary.BigEndian.PutUint64(data, uint64(round*originals+i))
						for range 1 + dedupe.ParkedPerOriginalMax {
							n.Ports["alice"].HandlePrepare(&all, same(1, ilptest.Data(data)))
						}
					}
					wantParked(t, n, most)
					refused := originals*dedupe.ParkedPerOriginalMax - most
					if all != (tally{crowded: refused}) || n.Link("bob").Kept() != originals {
						t.Fatalf("of %d originals %d wait; answered: %+v", originals, n.Link("bob").Kept(), all)
					}
					for range originals {
						n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
					}
					wantParked(t, n, 0)
					if all != (tally{fulfilled: originals + most, crowded: refused}) {
						t.Errorf("answered: %+v", all)
					}
				}
				enginetest.WantPosted(t, n.Registry.Find("bob"), strconv.Itoa(-2*originals))
			})
		})
	}
}
