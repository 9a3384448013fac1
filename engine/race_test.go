package engine_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// numbered is the data of packet i.
func numbered(i int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(i)) }

// timely is a link that answers each packet on a goroutine of its own, around
// its expiry, with a Fulfill of the packet's data or a Reject.
type timely struct {
	answers sync.WaitGroup
	jitter  time.Duration
}

func (l *timely) Connected() bool { return true }

func (l *timely) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	kept, _ := prepare.Clone(nil)
	at := time.Until(kept.ExpiresAt()) + rand.N(2*l.jitter) - l.jitter
	l.answers.Add(1)
	time.AfterFunc(at, func() {
		defer l.answers.Done()
		if kept.Amount()%3 == 0 {
			up.WriteReply(ilptest.Reject(ilp.F99, string(kept.Data())))
		} else {
			up.WriteReply(ilptest.Fulfill(kept.Data()...))
		}
	})
}

func TestAnswerAndExpiryRaceForEachPacketOnce(t *testing.T) {
	const packets = 6000
	n := enginetest.New(func(c *enginetest.Config) { c.Settings.MinMessageWindow = 0 })
	stop := n.Run(t)
	link := &timely{jitter: 30 * time.Millisecond}
	alice, bob := n.Add(t, "alice", ilptest.NewLink()), n.Add(t, "bob", link)
	recorders := make([]*ilptest.Recorder, packets)
	for i := range recorders {
		lives := ilptest.ExpiresIn(150*time.Millisecond + time.Duration(i%50)*time.Millisecond)
		recorders[i] = n.Start("alice", ilptest.Prepare("test.us.bob", uint64(i), ilptest.Data(numbered(i)), lives))
	}
	var fulfilled, rejected, expired, unsent, sum uint64
	for i, r := range recorders {
		reply := r.Reply()
		switch {
		case reply.Fulfilled() && string(reply.Data()) == string(numbered(i)):
			fulfilled++
			sum += uint64(i)
		case !reply.Fulfilled() && reply.Code() == ilp.F99 && string(reply.Message()) == string(numbered(i)):
			rejected++
		case !reply.Fulfilled() && reply.Code() == ilp.R00:
			expired++
		case !reply.Fulfilled() && reply.Code() == ilp.R02: // it was old before it was sent, on a busy machine
			unsent++
		default:
			t.Errorf("packet %d got %s", i, describe(reply))
		}
	}
	link.answers.Wait()
	stop()
	for i, r := range recorders {
		if r.Calls() != 1 {
			t.Errorf("packet %d was answered %d times", i, r.Calls())
		}
	}
	if fulfilled == 0 || rejected == 0 || expired == 0 {
		t.Errorf("%d fulfilled, %d rejected, %d expired: there was no race", fulfilled, rejected, expired)
	}
	wantPosted(t, alice, fmt.Sprint(sum))
	wantPosted(t, bob, fmt.Sprintf("-%d", sum))
	in, out, late := &alice.Counters.Incoming, &bob.Counters.Outgoing, &bob.Counters.Late
	for results, failed := range map[*account.Results]uint64{in: expired + unsent, out: expired} {
		if results.Of(account.Fulfilled) != fulfilled || results.Of(account.Rejected) != rejected || results.Of(account.Failed) != failed {
			t.Errorf("counted %d, %d, %d", results.Of(account.Fulfilled), results.Of(account.Rejected), results.Of(account.Failed))
		}
	}
	if got := late.Of(account.Fulfilled) + late.Of(account.Rejected); got != expired {
		t.Errorf("%d late answers for %d expired packets", got, expired)
	}
	if n.InFlight() != 0 {
		t.Errorf("%d packets in flight", n.InFlight())
	}
}

// shuffling is a link that answers packets with their own data, on another
// goroutine, some time and in any order.
type shuffling struct{ kept chan ilptest.Sent }

func (l *shuffling) Connected() bool { return true }

func (l *shuffling) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	kept, _ := prepare.Clone(nil)
	l.kept <- ilptest.Sent{Prepare: kept, Up: up}
}

func (l *shuffling) answer() {
	var some []ilptest.Sent
	for sent := range l.kept {
		some = append(some, sent)
		if len(some) < 16 && len(l.kept) > 0 {
			continue
		}
		rand.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		for _, s := range some {
			s.Up.WriteReply(ilptest.Fulfill(s.Prepare.Data()...))
		}
		some = some[:0]
	}
}

// Packets are used again as soon as they are answered. Each must come back with
// its own answer, also if middlewares keep its bytes for a while.
func TestReusedPacketsAreNeverMixedUp(t *testing.T) {
	const senders, packets = 4, 3000
	resuming := make(chan *engine.Packet, senders*packets)
	var count atomic.Int64
	sometimes := func(p *engine.Packet) engine.Verdict {
		if count.Add(1)%5 != 0 {
			return engine.Pass
		}
		verdict := p.Park()
		resuming <- p
		return verdict
	}
	n := enginetest.New(
		enginetest.Incoming("alice", engine.PrepareFunc(sometimes)), enginetest.Outgoing("bob", engine.ReplyFunc(sometimes)),
		enginetest.Outgoing("bob", engine.PrepareFunc(sometimes)), enginetest.Incoming("alice", engine.ReplyFunc(sometimes)))
	n.Run(t)
	link := &shuffling{make(chan ilptest.Sent, senders*packets)}
	alice, bob := n.Add(t, "alice", ilptest.NewLink()), n.Add(t, "bob", link)

	var background sync.WaitGroup
	for range 2 {
		background.Go(link.answer)
		background.Go(func() {
			for p := range resuming {
				p.Resume()
			}
		})
	}
	var sending sync.WaitGroup
	for s := range senders {
		sending.Go(func() {
			recorders := make([]*ilptest.Recorder, packets)
			for i := range recorders {
				buf := numbered(s*packets + i)
				prepare := ilptest.Prepare("test.us.bob", 1, ilptest.Data(buf))
				recorders[i] = n.Start("alice", prepare)
				clear(prepare.Bytes())
			}
			for i, r := range recorders {
				if reply := r.Reply(); !reply.Fulfilled() || string(reply.Data()) != string(numbered(s*packets+i)) {
					t.Errorf("packet %d got %s", s*packets+i, describe(reply))
				}
			}
		})
	}
	sending.Wait()
	close(resuming)
	close(link.kept)
	background.Wait()
	wantPosted(t, alice, fmt.Sprint(senders*packets))
	wantPosted(t, bob, fmt.Sprint(-senders*packets))
}

func TestPacketsInFlightHaveNoGoroutines(t *testing.T) {
	n := enginetest.New()
	n.Run(t)
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.NewLink())
	before := runtime.NumGoroutine()
	var recorders []*ilptest.Recorder
	for i := range 10_000 {
		recorders = append(recorders, n.Start("alice", ilptest.Prepare("test.us.bob", 1, ilptest.Data(numbered(i)))))
	}
	if after := runtime.NumGoroutine(); n.InFlight() != 10_000 || after > before+2 {
		t.Errorf("%d goroutines became %d with %d packets in flight", before, after, n.InFlight())
	}
	for _, sent := range n.Link("bob").Sent() {
		sent.Up.WriteReply(ilptest.Fulfill())
	}
	for _, r := range recorders {
		wantFulfilled(t, r.Reply())
	}
}
