package dedupe_test

import (
	"context"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// deduping is a node with the senders alice and carol, and bob, who keeps what he
// is sent.
func deduping(t *testing.T) *enginetest.Node {
	n := enginetest.New()
	n.Run(t)
	for _, id := range []string{"alice", "carol", "bob"} {
		n.Add(t, id, ilptest.NewLink())
	}
	return n
}

// same is the same packet each time, but for the edits.
func same(amount uint64, edits ...func(*ilp.Draft)) ilp.Prepare {
	return ilptest.Prepare("test.us.bob", amount, append([]func(*ilp.Draft){ilptest.Data([]byte("same"))}, edits...)...)
}

func TestDuplicateInFlightWaitsForTheOriginalsAnswer(t *testing.T) {
	for _, c := range enginetest.Outcomes {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := deduping(t)
				all := []*ilptest.Recorder{
					n.Start("alice", same(10)), n.Start("alice", same(10)), n.Start("alice", same(1)), n.Start("carol", same(10)),
				}
				for _, r := range all {
					if r.Calls() != 0 || n.Link("bob").Kept() != 1 {
						t.Fatalf("%d packets were sent, and %d answered", n.Link("bob").Kept(), r.Calls())
					}
				}
				n.Link("bob").Take().Up.WriteReply(c.Answer)
				wantSame(t, c.Code, all)
				alice, carol, bob := "21", "10", "-10"
				if c.Code != 0 {
					alice, carol, bob = "0", "0", "0"
				}
				enginetest.WantPosted(t, n.Registry.Find("alice"), alice)
				enginetest.WantPosted(t, n.Registry.Find("carol"), carol)
				enginetest.WantPosted(t, n.Registry.Find("bob"), bob)
			})
		})
	}
}

// wantSame checks that all were answered with the same bytes.
func wantSame(t *testing.T, code ilp.Code, all []*ilptest.Recorder) {
	t.Helper()
	var first string
	for i, r := range all {
		reply := r.Reply()
		if reply.Code() != code || reply.Failed() {
			t.Errorf("got %s, want %s", enginetest.Describe(reply), code)
		}
		if i == 0 {
			first = string(reply.Bytes())
		} else if string(reply.Bytes()) != first {
			t.Errorf("got %x, the first %x", reply.Bytes(), first)
		}
	}
}

func TestDuplicateOfAnAnsweredPacketIsAnsweredAtOnce(t *testing.T) {
	for _, c := range enginetest.Outcomes {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := deduping(t)
				n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return c.Answer }
				wantSame(t, c.Code, []*ilptest.Recorder{
					n.Start("alice", same(10)), n.Start("alice", same(10)), n.Start("carol", same(9)),
				})
				if got := len(n.Link("bob").Sent()); got != 1 {
					t.Errorf("it was sent %d times", got)
				}
			})
		})
	}
}

func TestDuplicateMovesAndCountsTheOutgoingLegOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := deduping(t)
		n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
		for range 4 {
			enginetest.WantFulfilled(t, n.Send("alice", same(10)))
		}
		alice, bob := n.Registry.Find("alice"), n.Registry.Find("bob")
		enginetest.WantPosted(t, alice, "40")
		enginetest.WantPosted(t, bob, "-10")
		if in, out := alice.Counters.Incoming.Of(account.Fulfilled), bob.Counters.Outgoing.Of(account.Fulfilled); in != 4 || out != 1 {
			t.Errorf("counted %d in and %d out", in, out)
		}
		if got := bob.Counters.OutgoingValue[account.Fulfilled].Float(); got != 10 {
			t.Errorf("the value out is %v", got)
		}
	})
}

func TestWhatIsADuplicate(t *testing.T) {
	other := ilptest.Condition
	other[0]++
	expires := func(d time.Duration) func(*ilp.Draft) { return ilptest.ExpiresIn(20*time.Second + d) }
	for _, c := range []struct {
		name   string
		amount uint64
		edit   func(*ilp.Draft)
		hit    bool
	}{
		{"the same", 10, expires(0), true},
		{"lower amount", 9, expires(0), true},
		{"amount zero", 0, expires(0), true},
		{"higher amount", 11, expires(0), false},
		{"earlier expiry", 10, expires(-time.Millisecond), true},
		{"later expiry", 10, expires(time.Millisecond), false},
		{"lower amount, later expiry", 9, expires(time.Millisecond), false},
		{"other data", 10, ilptest.Data([]byte("Same")), false},
		{"longer data", 10, ilptest.Data([]byte("same.")), false},
		{"other condition", 10, ilptest.WithCondition(other), false},
		{"other destination", 10, func(d *ilp.Draft) { d.Destination += ".x" }, false},
	} {
		for _, answered := range []bool{true, false} {
			t.Run(c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := deduping(t)
					n.Start("alice", same(10, expires(0)))
					first := n.Link("bob").Take()
					if answered {
						first.Up.WriteReply(ilptest.Fulfill())
					}
					n.Start("carol", same(c.amount, expires(0), c.edit))
					if hit := n.Link("bob").Kept() == 0; hit != c.hit {
						t.Errorf("taken for a duplicate, the first being answered %t: %t", answered, hit)
					}
				})
			})
		}
	}
}

// A packet that is worth more takes the original's place. The original's own
// duplicates still get the original's answer.
func TestBetterPacketTakesTheOriginalsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := deduping(t)
		first, parked := n.Start("alice", same(10)), n.Start("alice", same(10))
		better, parkedToo := n.Start("alice", same(20)), n.Start("alice", same(15))
		one, two := n.Link("bob").Take(), n.Link("bob").Take()
		two.Up.WriteReply(ilptest.Fulfill(2))
		one.Up.WriteReply(ilptest.Reject(ilp.F99, "one"))
		wantSame(t, ilp.F99, []*ilptest.Recorder{first, parked})
		wantSame(t, 0, []*ilptest.Recorder{better, parkedToo, n.Start("carol", same(20))})
		enginetest.WantPosted(t, n.Registry.Find("alice"), "35")
		enginetest.WantPosted(t, n.Registry.Find("bob"), "-20")
		if known, bytes := n.Duplicates.Len(), n.Duplicates.Bytes(); known != 1 || bytes > 4096 {
			t.Errorf("%d packets are known, with room for %d bytes", known, bytes)
		}
	})
}

// What we refused ourselves was never sent. The sender may well try it again, as
// soon as there is liquidity.
func TestPacketThatWasNotSentIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.Fulfilling(), func(s *account.Settings) {
			s.Throughput = account.Throughput{Period: time.Second, Outgoing: 10}
		})
		carol := n.Add(t, "carol", ilptest.Fulfilling(), enginetest.Minimum(-10))
		expiry := time.Now().Add(25 * time.Second).UnixMilli()
		send := func(to, data string) ilp.Reply {
			return n.Send("alice", ilptest.Prepare("test.us."+to, 10, ilptest.ExpiresAt(expiry), ilptest.Data([]byte(data))))
		}
		enginetest.WantFulfilled(t, send("bob", "first"))
		enginetest.WantRefused(t, send("bob", "second"), ilp.T04, "exceeded money bandwidth, throttling.")
		if got := n.Duplicates.Len(); got != 1 {
			t.Errorf("%d packets are known", got)
		}
		time.Sleep(time.Second)
		enginetest.WantFulfilled(t, send("bob", "second"))
		if got := n.Duplicates.Len(); got != 2 {
			t.Errorf("%d packets are known", got)
		}

		enginetest.WantFulfilled(t, send("carol", "first"))
		enginetest.WantRefused(t, send("carol", "second"), ilp.T04, "exceeded minimum balance.")
		if err := carol.Balance.Adjust(balance.FromInt64(10)); err != nil {
			t.Fatal(err)
		}
		enginetest.WantFulfilled(t, send("carol", "second"))
	})
}

// A duplicate has an expiry of its own. If the original is fulfilled only after
// that, whoever sent the duplicate may have given up, and owes us nothing.
func TestDuplicateIsNotFulfilledAfterItsOwnExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := deduping(t)
		first := n.Start("alice", same(10, ilptest.ExpiresIn(20*time.Second)))
		second := n.Start("carol", same(10, ilptest.ExpiresIn(5*time.Second)))
		time.Sleep(10 * time.Second)
		synctest.Wait()
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		enginetest.WantFulfilled(t, first.Reply())
		enginetest.WantRefused(t, second.Reply(), ilp.R00, "packet expired.")
		enginetest.WantPosted(t, n.Registry.Find("alice"), "10")
		enginetest.WantPosted(t, n.Registry.Find("carol"), "0")
	})
}

func TestOriginalThatExpiresTakesItsDuplicatesAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := deduping(t)
		start := time.Now()
		wantSame(t, ilp.R00, []*ilptest.Recorder{n.Start("alice", same(10)), n.Start("carol", same(10))})
		if waited := time.Since(start); waited > 29*time.Second+10*time.Millisecond {
			t.Errorf("after %v", waited)
		}
		enginetest.WantPosted(t, n.Registry.Find("carol"), "0")
	})
}

// A routing loop brings our own packet back to us. It waits for itself until the
// first of its expiries ends it. Nothing hangs, and nothing is left over.
func TestPacketRoutedBackToUsEndsWithItsExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Run(t)
		n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", &looping{n})
		start := time.Now()
		reply := n.Send("alice", ilptest.Prepare("test.us.bob", 10))
		enginetest.WantRefused(t, reply, ilp.R00, "packet expired.")
		if waited := time.Since(start); waited > 29*time.Second+10*time.Millisecond {
			t.Errorf("after %v", waited)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		enginetest.WantPosted(t, n.Registry.Find("alice"), "0")
		enginetest.WantPosted(t, bob, "0")
		if n.InFlight() != 0 {
			t.Errorf("%d packets in flight", n.InFlight())
		}
	})
}

// looping is the link to a connector that routes everything back to us, taking a
// second of each packet's time.
type looping struct{ node *enginetest.Node }

func (*looping) Connected() bool { return true }

func (l *looping) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	kept, _ := prepare.Clone(nil)
	kept.SetExpiry(kept.Expiry() - 1000)
	l.node.Ports["bob"].HandlePrepare(up, kept)
}

// A duplicate outlives the read that brought it, and answers with another.
func TestParkedDuplicateLeavesItsBatch(t *testing.T) {
	refuse := engine.ReplyFunc(func(p *engine.Packet) engine.Verdict { return p.Refuse(ilp.T99, "no") })
	n := enginetest.New(enginetest.Incoming("carol", refuse))
	for _, id := range []string{"alice", "carol", "bob"} {
		n.Add(t, id, ilptest.NewLink())
	}
	n.Start("alice", same(10))
	prepare := same(9, ilptest.ExpiresIn(20*time.Second))
	prepare.Batch = new(ilp.ReadBatch)
	prepare.Batch.Begin(clock.Now())
	var answers int
	n.Ports["carol"].HandlePrepare(ilp.ReplyFunc(func(reply ilp.Reply) {
		if answers++; reply.Batch != nil || reply.Code() != ilp.T99 {
			t.Errorf("got %s with the batch %p", enginetest.Describe(reply), reply.Batch)
		}
	}), prepare)
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	if answers != 1 {
		t.Errorf("%d answers", answers)
	}
}

func TestPacketsPassSinglyWithoutDeduplication(t *testing.T) {
	n := enginetest.New(enginetest.Without("deduplicate"))
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Fulfilling())
	for range 3 {
		enginetest.WantFulfilled(t, n.Send("alice", same(10)))
	}
	enginetest.WantPosted(t, n.Registry.Find("bob"), "-30")
}

// TestPacketIsRememberedHoweverLongItsLifetime holds up to the largest that can be
// configured.
func TestPacketIsRememberedHoweverLongItsLifetime(t *testing.T) {
	for _, lifetime := range []time.Duration{time.Hour, 250 * 365 * 24 * time.Hour, math.MaxInt64} {
		synctest.Test(t, func(t *testing.T) {
			n := enginetest.New()
			n.Run(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go n.Duplicates.Start(ctx, time.Second)
			n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.Fulfilling(), func(s *account.Settings) { s.DedupeLifetime = lifetime })
			prepare := same(4)
			for range 2 {
				enginetest.WantFulfilled(t, n.Send("alice", prepare))
				time.Sleep(2 * time.Second)
			}
			if got := len(n.Link("bob").Sent()); got != 1 {
				t.Errorf("lifetime %v: sent %d times", lifetime, got)
			}
		})
	}
}
