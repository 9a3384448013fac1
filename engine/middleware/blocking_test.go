package middleware_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// chains are the two places of a Blocking middleware on the way from alice to bob.
var chains = map[string]func(engine.Middleware) func(*enginetest.Config){
	"incoming": func(m engine.Middleware) func(*enginetest.Config) { return enginetest.Incoming("alice", m) },
	"outgoing": func(m engine.Middleware) func(*enginetest.Config) { return enginetest.Outgoing("bob", m) },
}

// blockingNode is a node with f between alice and bob, who keeps what he is sent.
func blockingNode(t *testing.T, chain string, f middleware.BlockingFunc) *enginetest.Node {
	n := enginetest.New(chains[chain](middleware.Blocking(f)))
	n.Run(t)
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.NewLink())
	return n
}

// inBothChains runs a test in a bubble for each chain.
func inBothChains(t *testing.T, test func(t *testing.T, chain string)) {
	for chain := range chains {
		t.Run(chain, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, chain) })
		})
	}
}

func TestBlockingSeesThePacketAndItsAnswer(t *testing.T) {
	inBothChains(t, func(t *testing.T, chain string) {
		var asked, told string
		n := blockingNode(t, chain, func(_ context.Context, p *engine.Packet, next func() ilp.Reply) ilp.Reply {
			time.Sleep(time.Second)
			asked = string(p.Prepare().Data())
			reply := next()
			time.Sleep(time.Second)
			told = string(reply.Data())
			again := next()
			if string(again.Bytes()) != string(reply.Bytes()) || string(p.Reply().Bytes()) != string(reply.Bytes()) {
				t.Error("next returned another answer when called again")
			}
			return reply
		})
		prepare := ilptest.Prepare("test.us.bob", 7, ilptest.Data([]byte("question")))
		r := n.Start("alice", prepare)
		clear(prepare.Bytes()) // it was borrowed
		answer := ilptest.Fulfill([]byte("answer")...)
		kept, _ := answer.Clone(nil)
		n.Link("bob").Take().Up.WriteReply(kept)
		clear(kept.Bytes())
		reply := r.Reply()
		if asked != "question" || told != "answer" || string(reply.Bytes()) != string(answer.Bytes()) {
			t.Errorf("asked %q, told %q, got %s", asked, told, enginetest.Describe(reply))
		}
		enginetest.WantPosted(t, n.Registry.Find("alice"), "7")
		enginetest.WantPosted(t, n.Registry.Find("bob"), "-7")
	})
}

func TestWhatBlockingReturnsIsTheAnswer(t *testing.T) {
	for _, c := range []struct {
		name   string
		f      middleware.BlockingFunc
		sent   int
		code   ilp.Code // 0 for a Fulfill
		posted string
	}{
		{"refused before", func(context.Context, *engine.Packet, func() ilp.Reply) ilp.Reply {
			return ilp.Fail(ilp.T99, "no")
		}, 0, ilp.T99, "0"},
		{"fulfilled before", func(context.Context, *engine.Packet, func() ilp.Reply) ilp.Reply {
			return ilptest.Fulfill()
		}, 0, 0, "7"},
		{"refused after", func(_ context.Context, _ *engine.Packet, next func() ilp.Reply) ilp.Reply {
			next()
			return ilp.Fail(ilp.T99, "no")
		}, 1, ilp.T99, "0"},
		{"rejected after", func(_ context.Context, _ *engine.Packet, next func() ilp.Reply) ilp.Reply {
			next()
			return ilptest.Reject(ilp.F99, "no")
		}, 1, ilp.F99, "0"},
		{"refused with the answer's data", func(_ context.Context, _ *engine.Packet, next func() ilp.Reply) ilp.Reply {
			reply := next()
			return ilp.Failure{Code: ilp.T99, Message: strings.Repeat("long ", 9), Data: reply.Data()[:10]}.Reply()
		}, 1, ilp.T99, "0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inBothChains(t, func(t *testing.T, chain string) {
				n := blockingNode(t, chain, c.f)
				n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply {
					return ilptest.Fulfill(append([]byte("0123456789"), make([]byte, 500)...)...)
				}
				reply := n.Send("alice", ilptest.Prepare("test.us.bob", 7))
				if c.sent > 0 && chain == "incoming" { // bob is owed for it already
					enginetest.WantFulfilled(t, reply)
					enginetest.WantPosted(t, n.Registry.Find("alice"), "7")
					if heard := n.Watched.Heard(); len(heard) != 1 || heard[0] != "kept alice "+c.code.String() {
						t.Errorf("heard %q", heard)
					}
					return
				}
				if reply.Code() != c.code || len(n.Link("bob").Sent()) != c.sent {
					t.Errorf("got %s, sent %d", enginetest.Describe(reply), len(n.Link("bob").Sent()))
				}
				if len(reply.Data()) > 0 && string(reply.Data()) != "0123456789" {
					t.Errorf("the data is %q", reply.Data())
				}
				enginetest.WantPosted(t, n.Registry.Find("alice"), c.posted)
			})
		})
	}
}

func TestBlockedPacketHoldsUpNoOther(t *testing.T) {
	inBothChains(t, func(t *testing.T, chain string) {
		gate := make(chan struct{})
		n := blockingNode(t, chain, func(_ context.Context, p *engine.Packet, next func() ilp.Reply) ilp.Reply {
			if p.Incoming() == 1 {
				<-gate
			}
			return next()
		})
		n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
		first := n.Start("alice", ilptest.Prepare("test.us.bob", 1))
		enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 2)))
		if first.Calls() != 0 {
			t.Error("the first was answered")
		}
		close(gate)
		enginetest.WantFulfilled(t, first.Reply())
	})
}

func TestContextEndsWithThePacket(t *testing.T) {
	inBothChains(t, func(t *testing.T, chain string) {
		var ctxs []context.Context
		n := blockingNode(t, chain, func(ctx context.Context, p *engine.Packet, next func() ilp.Reply) ilp.Reply {
			ctxs = append(ctxs, ctx)
			if p.Incoming() == 1 {
				return next()
			}
			<-ctx.Done()
			return ilptest.Fulfill() // too late for that
		})
		n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
		lives := map[string]time.Duration{"incoming": 20 * time.Second, "outgoing": 19 * time.Second}[chain]
		enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1, ilptest.ExpiresIn(20*time.Second))))
		synctest.Wait()
		if deadline, ok := ctxs[0].Deadline(); !ok || time.Until(deadline) != lives || ctxs[0].Err() == nil {
			t.Errorf("the context ends in %v, and should have ended with the packet: %v", time.Until(deadline), ctxs[0].Err())
		}
		start := time.Now()
		enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us.bob", 2, ilptest.ExpiresIn(20*time.Second))), ilp.R00, "packet expired.")
		if waited := time.Since(start); waited != lives {
			t.Errorf("it took %v", waited)
		}
		enginetest.WantPosted(t, n.Registry.Find("alice"), "1")
	})
}

func TestNextReturnsWhenThePacketExpires(t *testing.T) {
	inBothChains(t, func(t *testing.T, chain string) {
		n := blockingNode(t, chain, func(_ context.Context, _ *engine.Packet, next func() ilp.Reply) ilp.Reply {
			reply := next()
			if reply.Code() == ilp.R00 {
				return ilp.Fail(ilp.T99, "seen")
			}
			return reply
		})
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 1))
		sent := n.Link("bob").Take()
		enginetest.WantRefused(t, r.Reply(), ilp.T99, "seen")
		sent.Up.WriteReply(ilptest.Fulfill())
		if got := n.Registry.Find("bob").Counters.Late.Of(account.Fulfilled); got != 1 {
			t.Errorf("%d late answers were counted", got)
		}
		enginetest.WantPosted(t, n.Registry.Find("alice"), "0")
	})
}

func TestNextAfterTheExpiryDoesNotSend(t *testing.T) {
	inBothChains(t, func(t *testing.T, chain string) {
		n := blockingNode(t, chain, func(ctx context.Context, _ *engine.Packet, next func() ilp.Reply) ilp.Reply {
			<-ctx.Done()
			time.Sleep(time.Millisecond)
			return next()
		})
		code := map[string]ilp.Code{"incoming": ilp.R02, "outgoing": ilp.R00}[chain]
		if reply := n.Send("alice", ilptest.Prepare("test.us.bob", 1)); reply.Code() != code {
			t.Errorf("got %s, want %s", enginetest.Describe(reply), code)
		}
		if got := n.Link("bob").Kept(); got != 0 {
			t.Errorf("%d packets were sent", got)
		}
	})
}

func TestRefusalFurtherOnIsWhatNextReturns(t *testing.T) {
	n := blockingNode(t, "incoming", func(_ context.Context, _ *engine.Packet, next func() ilp.Reply) ilp.Reply {
		reply := next()
		return ilp.Fail(ilp.T99, fmt.Sprintf("%s %s", reply.Code(), reply.Message()))
	})
	enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("g.x", 1)), ilp.T99, "F02 no route found. source=alice destination=g.x")
}

func TestMalformedPacketPassesBlockingBy(t *testing.T) {
	n := blockingNode(t, "incoming", func(context.Context, *engine.Packet, func() ilp.Reply) ilp.Reply {
		t.Error("it was called")
		return ilp.Fail(ilp.T99, "no")
	})
	enginetest.WantRefused(t, n.Send("alice", ilp.Malformed(ilp.TypeError(13), nil)), ilp.F01, "invalid packet type received. type=13")
}

// One value may serve both chains of an account: a reflected packet meets it twice.
func TestOneBlockingMayServeBothChains(t *testing.T) {
	for _, turnedBack := range []int{0, 1, 2} {
		var calls []string
		m := middleware.Blocking(func(_ context.Context, p *engine.Packet, next func() ilp.Reply) ilp.Reply {
			chain := "in"
			if p.To() != nil {
				chain = "out"
			}
			calls = append(calls, chain)
			if len(calls) == turnedBack {
				return ilp.Fail(ilp.T99, "no")
			}
			reply := next()
			calls = append(calls, chain+" again")
			return reply
		})
		n := enginetest.New(enginetest.Incoming("alice", m), enginetest.Outgoing("alice", m))
		n.Add(t, "alice", ilptest.Fulfilling())
		reply := n.Send("alice", ilptest.Prepare("test.us.alice", 1))
		wanted := map[int][]string{0: {"in", "out", "out again", "in again"}, 1: {"in"}, 2: {"in", "out", "in again"}}[turnedBack]
		if reply.Fulfilled() != (turnedBack == 0) || !slices.Equal(calls, wanted) {
			t.Errorf("got %s after %q, want %q", enginetest.Describe(reply), calls, wanted)
		}
	}
}

func TestBlockingUnderLoadMixesUpNothing(t *testing.T) {
	wait := middleware.Blocking(func(ctx context.Context, p *engine.Packet, next func() ilp.Reply) ilp.Reply {
		asked := string(p.Prepare().Data())
		reply := next()
		if string(reply.Data()) != asked {
			return ilp.Fail(ilp.T99, "mixed up")
		}
		return reply
	})
	n := enginetest.New(enginetest.Incoming("alice", wait), enginetest.Outgoing("bob", wait))
	n.Run(t)
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink())
	n.Link("bob").Answer = func(prepare ilp.Prepare) ilp.Reply { return ilptest.Fulfill(prepare.Data()...) }
	var sending sync.WaitGroup
	for s := range 4 {
		sending.Go(func() {
			var recorders []*ilptest.Recorder
			for i := range 500 {
				prepare := ilptest.Prepare("test.us.bob", 1, ilptest.Data(fmt.Append(nil, s, i)))
				recorders = append(recorders, n.Start("alice", prepare))
				clear(prepare.Bytes())
			}
			for i, r := range recorders {
				if reply := r.Reply(); !reply.Fulfilled() || string(reply.Data()) != fmt.Sprint(s, i) {
					t.Errorf("packet %d %d got %s", s, i, enginetest.Describe(reply))
				}
			}
		})
	}
	sending.Wait()
	enginetest.WantPosted(t, alice, "2000")
	enginetest.WantPosted(t, bob, "-2000")
}

// TestPanicOfBlockingIsItsAccounts holds for a panic before the packet is sent and after
// its answer has come: the packet is refused, or answered, and only the account whose
// chain it is takes no more packets.
func TestPanicOfBlockingIsItsAccounts(t *testing.T) {
	for _, after := range []bool{false, true} {
		inBothChains(t, func(t *testing.T, chain string) {
			n := blockingNode(t, chain, func(_ context.Context, _ *engine.Packet, next func() ilp.Reply) ilp.Reply {
				if after {
					next()
				}
				panic("a bug")
			})
			n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return ilptest.Fulfill() }
			reply := n.Send("alice", ilptest.Prepare("test.us.bob", 7))
			failed := map[string]string{"incoming": "alice", "outgoing": "bob"}[chain]
			if heard := n.Watched.Heard(); len(heard) != 1 || heard[0] != "panic "+failed+" a bug" {
				t.Errorf("heard %q", heard)
			}
			if after {
				enginetest.WantFulfilled(t, reply)
				enginetest.WantPosted(t, n.Registry.Find("alice"), "7")
				enginetest.WantPosted(t, n.Registry.Find("bob"), "-7")
			} else {
				enginetest.WantRefused(t, reply, ilp.T00, "internal error.")
				enginetest.WantPosted(t, n.Registry.Find("alice"), "0")
				enginetest.WantPosted(t, n.Registry.Find("bob"), "0")
			}
			if n.Ports["alice"].Connected() != (failed != "alice") || n.Ports["bob"].Connected() != (failed != "bob") {
				t.Error("the wrong account is taken down")
			}
		})
	}
}

// TestPanicBesideNextWaitsForTheAnswer is for a function that has another goroutine call
// next: the packet is under way when it panics.
func TestPanicBesideNextWaitsForTheAnswer(t *testing.T) {
	inBothChains(t, func(t *testing.T, chain string) {
		n := blockingNode(t, chain, func(_ context.Context, _ *engine.Packet, next func() ilp.Reply) ilp.Reply {
			go next()
			time.Sleep(time.Second)
			panic("a bug")
		})
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 7))
		sent := n.Link("bob").Take()
		time.Sleep(2 * time.Second)
		if r.Calls() != 0 {
			t.Fatal("answered while it is under way")
		}
		sent.Up.WriteReply(ilptest.Fulfill())
		enginetest.WantFulfilled(t, r.Reply())
		enginetest.WantPosted(t, n.Registry.Find("bob"), "-7")
	})
}
