package chain_test

import (
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/nodehost/chain"
)

// hasty is a process whose methods run on goroutines of their own and do anything, sometimes before the
// carrier has returned.
type hasty struct {
	*chain.Chain
	running sync.WaitGroup
}

func (x *hasty) do(f func()) {
	if rand.IntN(4) == 0 {
		f()
		return
	}
	x.running.Go(f)
}

func (x *hasty) Stage(_, id uint32, packet []byte, _ *ilp.ReadBatch) bool {
	p, _ := ilp.ParsePrepare(append([]byte(nil), packet...))
	switch rand.IntN(10) {
	case 0:
		return false
	case 1: // never answered
	case 2:
		x.do(func() { x.Fail(id, ilp.Failure{Message: "no"}, nil) })
	case 3:
		x.do(func() { x.Answer(id, fulfillOf(ilptest.Preimage), nil) })
	case 4:
		x.do(func() { x.Next(id, nil, nil); x.Answer(id, fulfillOf(ilptest.Preimage), nil) })
	case 5:
		x.running.Go(func() { x.Next(id, nil, nil) })
		x.running.Go(func() { x.Next(id, []byte("garbage"), nil) })
	default:
		x.do(func() { x.Next(id, edit(p, amount(p.Amount()-p.Amount()%2)), nil) })
	}
	return true
}

func (x *hasty) Outcome(_, id uint32, reply *ilp.Reply, _ *ilp.ReadBatch) bool {
	kept, _ := reply.Clone(nil)
	switch rand.IntN(8) {
	case 0:
		return false
	case 1: // never answered
	case 2:
		x.do(func() { x.Fail(id, ilp.Failure{Message: "no"}, nil) })
	default:
		x.do(func() {
			if kept.Failed() {
				x.Fail(id, kept.Failure(), nil)
			} else {
				x.Answer(id, kept.Bytes(), nil)
			}
		})
	}
	return true
}

func (*hasty) Over(_, _ uint32) {}

// TestEveryPacketIsAnsweredOnce has many packets, processes that come and go, and methods that do anything
// at once. Every packet has one answer, and the balances are what is written.
func TestEveryPacketIsAnsweredOnce(t *testing.T) {
	h := newHosted(t)
	link := &instant{Link: ilptest.NewLink()}
	h.Add(t, "carol", link, everything)
	var processes []*hasty
	arrange := func() {
		var x [2]*hasty
		for i := range x {
			x[i] = new(hasty)
			x[i].Chain = chain.New(x[i])
			processes = append(processes, x[i])
			x[i].running.Go(func() { x[i].Run(t.Context()) })
		}
		stages := make(map[at][]*chain.Stage)
		for i, place := range []at{everywhere[0].at, everywhere[5].at, everywhere[8].at, everywhere[9].at, everywhere[13].at, everywhere[13].at} {
			if place.account == "bob" {
				place.account = "carol"
			}
			stages[place] = append(stages[place], x[i%2].Chain.Stage(uint32(i), "module"))
		}
		for _, id := range []string{"alice", "carol"} {
			h.arrange(t, id, stages)
		}
	}
	arrange()
	const packets = 4000
	counts := make([]counting, packets)
	var senders sync.WaitGroup
	var next atomic.Int64
	for range 4 {
		senders.Go(func() {
			for i := next.Add(1) - 1; i < packets; i = next.Add(1) - 1 {
				h.Ports["alice"].HandlePrepare(&counts[i], ilptest.Prepare("test.us.carol", uint64(i%50),
					ilptest.Data(binary.BigEndian.AppendUint32(nil, uint32(i))), ilptest.ExpiresIn(2100*time.Millisecond)))
			}
		})
	}
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for i := 0; i < 4; i++ {
		for range 10 {
			<-ticker.C
		}
		former := processes[len(processes)-2:]
		for _, id := range []string{"alice", "carol"} {
			h.accounts.Of(id).Absent("module")
		}
		former[i%2].Lost()
		arrange()
	}
	senders.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; {
		<-ticker.C
		open := 0
		for i := range counts {
			if counts[i].n.Load() == 0 {
				open++
			}
		}
		if open == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d packets have no answer", open)
		}
	}
	for _, x := range processes {
		x.Lost()
	}
	for i := range counts {
		if n := counts[i].n.Load(); n != 1 {
			t.Errorf("packet %d has %d answers", i, n)
		}
	}
	for _, id := range []string{"alice", "carol"} {
		enginetest.WantPosted(t, h.Registry.Find(id), h.books.of(id))
	}
	for _, x := range processes {
		if n := x.Calls(); n != 0 {
			t.Errorf("%d calls are left", n)
		}
	}
	t.Cleanup(func() {
		for _, x := range processes {
			x.running.Wait()
		}
	})
}

// counting counts the answers to a packet.
type counting struct{ n atomic.Int32 }

func (c *counting) WriteReply(ilp.Reply) { c.n.Add(1) }

// instant is a link that answers each packet at once, on another goroutine, or never.
type instant struct {
	*ilptest.Link
}

func (l *instant) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	switch prepare.Amount() % 4 {
	case 0:
		up.WriteReply(ilptest.Fulfill())
	case 1:
		up.WriteReply(ilptest.Reject(ilp.F99, "no"))
	case 2:
		go up.WriteReply(ilptest.Fulfill())
	}
}
