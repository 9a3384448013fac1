package dedupe_test

import (
	"context"
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine/middleware/dedupe"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// counting is a link that answers at once and counts what it is sent.
type counting struct {
	reply ilp.Reply
	sent  int
}

func (*counting) Connected() bool { return true }

func (l *counting) HandlePrepare(up ilp.ReplyWriter, _ ilp.Prepare) {
	l.sent++
	up.WriteReply(l.reply)
}

// oneShard makes packets that meet in one shard of the memory.
type oneShard struct {
	memory *dedupe.Memory
	next   uint64
	expiry int64
}

func newOneShard(n *enginetest.Node) *oneShard {
	return &oneShard{memory: n.Duplicates, expiry: time.Now().Add(30 * time.Second).UnixMilli()}
}

func (s *oneShard) prepare(id string) ilp.Prepare {
	p := ilptest.Prepare("test.us."+id, 1, ilptest.ExpiresAt(s.expiry), ilptest.Data(make([]byte, 8)))
	for {
		s.next++
		binary.BigEndian.PutUint64(p.Data(), s.next)
		if s.memory.InFirstShard(p) {
			return p
		}
	}
}

// again is the same packet once more: the engine has patched the first.
func (s *oneShard) again(p ilp.Prepare) ilp.Prepare {
	p, _ = p.Clone(nil)
	p.SetExpiry(s.expiry - 1) // which is no later, whatever the clock says by now
	return p
}

// At the bound it is the oldest answered packets that give way, even if a still
// older one waits for its answer.
func TestFullMemoryForgetsTheOldestAnswered(t *testing.T) {
	n := enginetest.New(func(c *enginetest.Config) { c.Settings.MaxHoldTime = 1e9 })
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "slow", ilptest.NewLink())
	fast := &counting{reply: ilptest.Fulfill()}
	n.Add(t, "fast", fast)
	packets := newOneShard(n)
	waiting := n.Start("alice", packets.prepare("slow"))

	oldest := packets.prepare("fast")
	enginetest.WantFulfilled(t, n.Send("alice", oldest))
	for range dedupe.OriginalsMax - 2 {
		p := packets.prepare("fast")
		for n.Duplicates.SameBucket(p, oldest) { // too many of these would push it out
			p = packets.prepare("fast")
		}
		n.Send("alice", p)
	}
	if got := n.Duplicates.Len(); got != dedupe.OriginalsMax {
		t.Fatalf("%d packets are known, want %d", got, dedupe.OriginalsMax)
	}
	sent := fast.sent
	enginetest.WantFulfilled(t, n.Send("alice", packets.again(oldest)))
	if fast.sent != sent {
		t.Error("the oldest is forgotten before the memory is over its bound")
	}
	newest := packets.prepare("fast")
	enginetest.WantFulfilled(t, n.Send("alice", newest))
	if got := n.Duplicates.Len(); got > dedupe.OriginalsMax {
		t.Errorf("%d packets are known, at most %d should be", got, dedupe.OriginalsMax)
	}
	sent = fast.sent
	enginetest.WantFulfilled(t, n.Send("alice", packets.again(newest)))
	if fast.sent != sent {
		t.Error("the newest was sent again")
	}
	enginetest.WantFulfilled(t, n.Send("alice", packets.again(oldest)))
	if fast.sent != sent+1 {
		t.Error("the oldest is still known")
	}
	n.Link("slow").Take().Up.WriteReply(ilptest.Fulfill())
	enginetest.WantFulfilled(t, waiting.Reply())
}

// While every packet that is known waits for its answer, others are sent without
// being remembered.
func TestPacketThatFindsNoRoomIsSentAllTheSame(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "slow", ilptest.NewLink())
	fast := &counting{reply: ilptest.Fulfill()}
	n.Add(t, "fast", fast)
	packets := newOneShard(n)
	for range dedupe.OriginalsMax {
		n.Start("alice", packets.prepare("slow"))
	}
	extra := packets.prepare("fast")
	enginetest.WantFulfilled(t, n.Send("alice", extra))
	enginetest.WantFulfilled(t, n.Send("alice", packets.again(extra)))
	if fast.sent != 2 || n.Duplicates.Len() != dedupe.OriginalsMax {
		t.Errorf("sent %d times, %d packets are known", fast.sent, n.Duplicates.Len())
	}
	for range dedupe.OriginalsMax {
		n.Link("slow").Take().Up.WriteReply(ilptest.Fulfill())
	}
	enginetest.WantFulfilled(t, n.Send("alice", extra))
	enginetest.WantFulfilled(t, n.Send("alice", packets.again(extra)))
	if fast.sent != 3 {
		t.Error("it was not remembered, although there is room again")
	}
	enginetest.WantPosted(t, n.Registry.Find("slow"), "-16384")
}

func TestLargeAnswersAreBoundedTogether(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.NewLink())
	packets := newOneShard(n)
	large := ilptest.Fulfill(make([]byte, 32767)...)
	const count = 3 * dedupe.OriginalsBytesMax / 32767
	var last ilp.Prepare
	for range count {
		last = packets.prepare("bob")
		n.Start("alice", last)
	}
	for i := range count {
		n.Link("bob").Take().Up.WriteReply(large)
		if got := n.Duplicates.Bytes(); got > dedupe.OriginalsBytesMax {
			t.Fatalf("%d bytes are kept after %d answers", got, i+1)
		}
	}
	if got := n.Duplicates.Bytes(); got < dedupe.OriginalsBytesMax*9/10 {
		t.Errorf("only %d bytes are kept", got)
	}
	reply := n.Send("alice", packets.again(last))
	if len(reply.Data()) != 32767 {
		t.Errorf("the last answer came back with %d bytes", len(reply.Data()))
	}
	// Smaller answers take their places, and the bytes are given back.
	bob := &counting{reply: ilptest.Fulfill()}
	n.Attach(n.Registry.Find("bob"), bob)
	for range dedupe.OriginalsMax {
		n.Send("alice", packets.prepare("bob"))
	}
	if got := n.Duplicates.Bytes(); got > dedupe.OriginalsMax*1024 {
		t.Errorf("%d bytes are kept for %d small answers", got, n.Duplicates.Len())
	}
	if got := n.Duplicates.FreeBytes(); got > 1<<20 {
		t.Errorf("%d bytes are kept for nothing", got)
	}
}

func TestAnswersAreForgottenALifetimeAfterTheExpiry(t *testing.T) {
	const lifetime, sweep = 7 * time.Second, time.Second
	lives := func(s *account.Settings) { s.DedupeLifetime = lifetime }
	for _, c := range []struct {
		name string
		slow bool // the original is not answered before it expires
	}{{"answered", false}, {"expired", true}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := enginetest.New()
				n.Run(t)
				ctx, cancel := context.WithCancel(context.Background())
				done := make(chan struct{})
				go func() { n.Duplicates.Start(ctx, sweep); close(done) }()
				n.Add(t, "alice", ilptest.NewLink())
				n.Add(t, "bob", ilptest.NewLink(), lives)
				n.Start("alice", same(1, ilptest.ExpiresIn(11*time.Second)))
				if !c.slow {
					n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
				}
				time.Sleep(10*time.Second + lifetime)
				synctest.Wait()
				if got := n.Duplicates.Len(); got != 1 {
					t.Errorf("%d packets are known within the lifetime", got)
				}
				time.Sleep(sweep)
				synctest.Wait()
				if got := n.Duplicates.Len(); got != 0 {
					t.Errorf("%d packets are known after it", got)
				}
				cancel()
				<-done
			})
		})
	}
}

// Even without the sweep, packets that come push out those that are too old.
func TestOldAnswersAreForgottenInPassing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", &counting{reply: ilptest.Fulfill()})
		packets := newOneShard(n)
		for range 100 {
			n.Send("alice", packets.prepare("bob"))
		}
		time.Sleep(2 * time.Minute)
		packets.expiry = time.Now().Add(30 * time.Second).UnixMilli()
		for range 20 {
			n.Send("alice", packets.prepare("bob"))
		}
		if got := n.Duplicates.Len(); got != 20 {
			t.Errorf("%d packets are known", got)
		}
	})
}
