package engine_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

func crash(*engine.Packet) engine.Verdict { panic("a bug") }

// TestPanicOfAMiddlewareIsItsAccounts holds at each place of both chains: a Prepare is
// refused, an answer goes on, nothing stays pending, and only the account of the chain
// takes no more packets.
func TestPanicOfAMiddlewareIsItsAccounts(t *testing.T) {
	for _, fulfilled := range []bool{true, false} {
		for _, side := range []string{"in", "out"} {
			for _, phase := range []string{"prepare", "reply"} {
				for place := range 3 {
					t.Run(fmt.Sprint(side, place, " ", phase, " ", fulfilled), func(t *testing.T) {
						link := ilptest.Fulfilling()
						if !fulfilled {
							link = ilptest.Answering(ilptest.Reject(ilp.F99, "theirs"))
						}
						n, _ := traced(t, link, func(in, out []*trace) {
							m := map[string][]*trace{"in": in, "out": out}[side][place]
							if phase == "prepare" {
								m.prepare = crash
							} else {
								m.reply = crash
							}
						})
						testPanic(t, n, map[string]string{"in": "alice", "out": "bob"}[side], phase == "reply", fulfilled)
					})
				}
			}
		}
	}
}

func testPanic(t *testing.T, n *enginetest.Node, failed string, answered, fulfilled bool) {
	reply := n.Send("alice", ilptest.Prepare("test.us.bob", 4))
	wantHeard(t, n, "panic "+failed+" a bug")
	alice, bob := n.Registry.Find("alice"), n.Registry.Find("bob")
	switch {
	case !answered:
		want(t, reply, ilp.T00, "internal error.")
		wantPosted(t, alice, "0")
		wantPosted(t, bob, "0")
	case fulfilled:
		wantFulfilled(t, reply)
		wantPosted(t, alice, "4")
		wantPosted(t, bob, "-4")
	default:
		want(t, reply, ilp.F99, "theirs")
		wantPosted(t, alice, "0")
	}
	again := n.Send("alice", ilptest.Prepare("test.us.bob", 4))
	if failed == "alice" {
		want(t, again, ilp.T00, "internal error.")
	} else {
		want(t, again, ilp.T01, "no connection to account. account=bob")
	}
	wantHeard(t, n) // it is not called again
	if n.InFlight() != 0 || n.Ports["bob"].InFlight() != 0 {
		t.Error("something is in flight")
	}
	n.Add(t, "carol", ilptest.Fulfilling())
	n.Add(t, "dave", ilptest.NewLink())
	wantFulfilled(t, n.Send("dave", ilptest.Prepare("test.us.carol", 4)))
}

// TestPanicInATimeoutStopsNoOther holds that the wheel goes on.
func TestPanicInATimeoutStopsNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, _ := traced(t, ilptest.NewLink(), func(in, out []*trace) { in[1].reply, out[1].reply = crash, crash })
		n.Run(t)
		n.Add(t, "carol", ilptest.NewLink())
		n.Add(t, "dave", ilptest.NewLink())
		first := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		second := n.Start("dave", ilptest.Prepare("test.us.carol", 4))
		want(t, first.Reply(), ilp.R00, "packet expired.")
		want(t, second.Reply(), ilp.R00, "packet expired.")
		wantHeard(t, n, "panic bob a bug", "panic alice a bug")
		wantPosted(t, n.Registry.Find("alice"), "0")
		third := n.Start("dave", ilptest.Prepare("test.us.carol", 4, ilptest.Data([]byte("third"))))
		want(t, third.Reply(), ilp.R00, "packet expired.")
	})
}

// bug is a link, and who waits for an answer, and an output, with a bug.
type bug struct{ engine.Link }

func (bug) HandlePrepare(ilp.ReplyWriter, ilp.Prepare) { panic("a bug") }
func (bug) Connected() bool                            { return true }
func (bug) WriteReply(ilp.Reply)                       { panic("a bug") }
func (bug) Flush()                                     { panic("a bug") }

// TestPanicOfALinkIsItsAccounts holds that the packet waits until it expires, for it may
// have left.
func TestPanicOfALinkIsItsAccounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Run(t)
		alice := n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", bug{})
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		wantHeard(t, n, "panic bob a bug")
		if r.Calls() != 0 {
			t.Error("answered at once")
		}
		want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)), ilp.T01, "no connection to account. account=bob")
		want(t, r.Reply(), ilp.R00, "packet expired.")
		wantPosted(t, alice, "0")
	})
}

// connecting is a link that panics when it is asked whether it is connected.
type connecting struct{ *ilptest.Link }

func (connecting) Connected() bool { panic("a bug") }

func TestPanicOfConnectedIsItsAccounts(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", connecting{ilptest.NewLink()})
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)), ilp.T00, "internal error.")
	wantHeard(t, n, "panic bob a bug")
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)), ilp.T01, "no connection to account. account=bob")
	wantPosted(t, alice, "0")
}

func TestPanicOfWhoeverGetsTheAnswerIsTheSenders(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.Fulfilling())
	n.Ports["alice"].HandlePrepare(bug{}, ilptest.Prepare("test.us.bob", 4))
	wantHeard(t, n, "panic alice a bug")
	wantPosted(t, alice, "4")
	wantPosted(t, bob, "-4")
	if n.InFlight() != 0 || n.Ports["bob"].InFlight() != 0 {
		t.Error("something is in flight")
	}
}

// TestPanicOfALocalProtocolIsTheNeighbors holds that the packet is answered once.
func TestPanicOfALocalProtocolIsTheNeighbors(t *testing.T) {
	for _, answers := range []bool{false, true} {
		h := localFunc(func(up ilp.ReplyWriter, _ ilp.Prepare) {
			if answers {
				up.WriteReply(ilptest.Reject(ilp.F99, "ours"))
			}
			panic("a bug")
		})
		n := enginetest.New(enginetest.WithLocal("peer.x", h))
		alice := n.Add(t, "alice", ilptest.NewLink())
		r := n.Start("alice", ilptest.Prepare("peer.x", 4, ilptest.WithCondition(ilp.PeerCondition)))
		if answers {
			want(t, r.Reply(), ilp.F99, "ours")
		} else {
			want(t, r.Reply(), ilp.T00, "internal error.")
		}
		wantHeard(t, n, "panic alice a bug")
		wantPosted(t, alice, "0")
		if r.Calls() != 1 || n.InFlight() != 0 {
			t.Errorf("%d answers, %d in flight", r.Calls(), n.InFlight())
		}
	}
}

// TestPanicOfAnOutputDoesNotStopTheWheel is for a timeout that is written to an output
// with a bug.
func TestPanicOfAnOutputDoesNotStopTheWheel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Run(t)
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.NewLink())
		up := ilp.ReplyFunc(func(reply ilp.Reply) { reply.Batch.Touch(bug{}) })
		n.Ports["alice"].HandlePrepare(up, ilptest.Prepare("test.us.bob", 4))
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4, ilptest.ExpiresIn(40*time.Second), ilptest.Data([]byte("x"))))
		want(t, r.Reply(), ilp.R00, "packet expired.")
		wantHeard(t, n, "panic (nobody) a bug")
	})
}

// TestPanicBehindAParkTakesThePacketBack holds that it is answered once: by the engine, if
// nobody has resumed it yet, and resuming it then does nothing.
func TestPanicBehindAParkTakesThePacketBack(t *testing.T) {
	for _, s := range stations {
		h := make(parked, 1)
		n, _ := traced(t, ilptest.Fulfilling(), func(in, out []*trace) {
			s.place(in, out, h)
			for _, m := range append(in, out...) {
				for _, f := range []*func(*engine.Packet) engine.Verdict{&m.prepare, &m.reply} {
					if *f != nil {
						*f = func(p *engine.Packet) engine.Verdict {
							h.park(p)
							panic("a bug")
						}
					}
				}
			}
		})
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		if reply := r.Reply(); reply.Fulfilled() != s.reply {
			t.Errorf("%s: answered %s", s.name, describe(reply))
		}
		p := <-h
		n.Send("alice", ilptest.Prepare("test.us.bob", 5)) // another packet must not be the same Packet
		p.Resume()
		p.ResumeWith(ilptest.Fulfill())
		if r.Calls() != 1 || enginetest.Pending(n.Registry.Find("alice")) || n.InFlight() != 0 {
			t.Errorf("%s: %d answers, %d in flight", s.name, r.Calls(), n.InFlight())
		}
	}
}

// TestPanicBehindAnAnswerIsOfNoPacket is for a middleware that panics after the packet was
// resumed or fulfilled: it may be another's by then.
func TestPanicBehindAnAnswerIsOfNoPacket(t *testing.T) {
	for name, f := range map[string]func(in []*trace){
		"prepare": func(in []*trace) {
			in[1].prepare = func(p *engine.Packet) engine.Verdict { p.Fulfill(ilptest.Preimage); panic("a bug") }
		},
		"reply": func(in []*trace) {
			in[1].reply = func(p *engine.Packet) engine.Verdict { p.Park(); p.ResumeReply(nil); panic("a bug") }
		},
	} {
		n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) { f(in) })
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		wantFulfilled(t, r.Reply())
		wantHeard(t, n, "panic (nobody) a bug")
		if r.Calls() != 1 || n.InFlight() != 0 || n.Ports["bob"].InFlight() != 0 {
			t.Errorf("%s: answered %d times, %d in flight", name, r.Calls(), n.InFlight())
		}
	}
}

func TestUnmatchedAnswersAreCountedByKind(t *testing.T) {
	n := enginetest.New()
	bob := n.Add(t, "bob", ilptest.NewLink())
	for _, reply := range []ilp.Reply{ilptest.Fulfill(), ilptest.Reject(ilp.F99, "x"), ilp.Fail(ilp.F00, "x")} {
		n.Ports["bob"].HandleUnmatched(reply)
		if got := bob.Counters.Unmatched.Of(account.ResultOf(&reply)); got != 1 {
			t.Errorf("%d are counted", got)
		}
	}
	wantHeard(t, n, "unmatched bob fulfilled", "unmatched bob rejected", "unmatched bob failed")
}

// TestDrainingPortTakesNothingNew holds for both directions; what is under way ends.
func TestDrainingPortTakesNothingNew(t *testing.T) {
	n := enginetest.New()
	alice := n.Add(t, "alice", ilptest.NewLink())
	bob := n.Add(t, "bob", ilptest.NewLink())
	there := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
	back := n.Start("bob", ilptest.Prepare("test.us.alice", 9))
	port := n.Ports["alice"]
	port.Drain()
	if port.InFlight() != 2 {
		t.Errorf("%d in flight", port.InFlight())
	}
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.T03, "account is being removed.")
	want(t, n.Send("bob", ilptest.Prepare("test.us.alice", 1)), ilp.T03, "account is being removed. account=alice")
	n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
	n.Link("alice").Take().Up.WriteReply(ilptest.Fulfill())
	wantFulfilled(t, there.Reply())
	wantFulfilled(t, back.Reply())
	wantPosted(t, alice, "-5")
	wantPosted(t, bob, "5")
	if port.InFlight() != 0 {
		t.Errorf("%d in flight", port.InFlight())
	}
}

// at is a batch of a time.
func at(now clock.Reading) *ilp.ReadBatch {
	b := new(ilp.ReadBatch)
	b.Begin(now)
	return b
}
