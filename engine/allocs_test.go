//go:build !race

// The race detector allocates by itself and has the pool forget, so these tests
// are not for it.

package engine_test

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// deaf is a ReplyWriter that keeps nothing but whether it was a Fulfill.
type deaf struct{ fulfilled, rejected int }

func (d *deaf) WriteReply(reply ilp.Reply) {
	if reply.Fulfilled() {
		d.fulfilled++
	} else {
		d.rejected++
	}
}

// dedupeFull is more packets than the memory of duplicates has room for. Until
// then it grows with each packet.
const dedupeFull = 300_000

func TestForwardingAllocatesNothing(t *testing.T) {
	for _, c := range []struct {
		name  string
		reply ilp.Reply
		edits []func(*enginetest.Config)
		warm  int
	}{
		{"fulfilled", ilptest.Fulfill(make([]byte, 100)...), nil, dedupeFull},
		{"rejected", ilptest.Reject(ilp.F99, "an application error"), nil, dedupeFull},
		{"failed", ilp.Fail(ilp.F02, "failed to send packet"), nil, dedupeFull},
		{"fulfilled, not deduplicated", ilptest.Fulfill(), []func(*enginetest.Config){enginetest.Without("deduplicate")}, 1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := enginetest.New(c.edits...)
			n.Run(t)
			n.Add(t, "alice", ilptest.NewLink(), limited)
			n.Add(t, "bob", instantly(c.reply), limited, enginetest.Scale(6))
			wantNoAllocations(t, n, ilptest.Prepare("test.us.bob.receiver", 1, ilptest.Data(make([]byte, 200))), c.warm)
		})
	}
}

// limited is an edit that sets every limit there is, so high that none is met.
func limited(s *account.Settings) {
	s.PacketAmountMax = 1 << 60
	s.InFlight = account.InFlight{IncomingPackets: 1 << 40, OutgoingPackets: 1 << 40, IncomingAmount: 1 << 60, OutgoingAmount: 1 << 60}
	s.Throughput = account.Throughput{Period: time.Millisecond, Incoming: 1 << 60, Outgoing: 1 << 60}
}

// Nor does a refusal whose message is not made for the packet.
func TestRefusingAllocatesNothing(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink(), enginetest.Maximum(0))
	wantNoAllocations(t, n, ilptest.Prepare("test.us.bob", 1), 1000)
}

// wantNoAllocations sends a packet again and again, with new data each time.
func wantNoAllocations(t *testing.T, n *enginetest.Node, prepare ilp.Prepare, warm int) {
	t.Helper()
	var number uint64
	up := new(deaf)
	port := n.Ports["alice"]
	expiry := time.Now().Add(30 * time.Second).UnixMilli()
	send := func() {
		number++
		prepare.SetAmount(1_000_000)
		prepare.SetExpiry(expiry)
		if len(prepare.Data()) > 0 {
			binary.BigEndian.PutUint64(prepare.Data(), number)
		}
		port.HandlePrepare(up, prepare)
	}
	for range warm {
		send()
	}
	if allocs := testing.AllocsPerRun(20_000, send); allocs != 0 {
		t.Errorf("%v allocations for a packet", allocs)
	}
	if number != uint64(up.fulfilled+up.rejected) {
		t.Errorf("%d packets, %d answers", number, up.fulfilled+up.rejected)
	}
}
