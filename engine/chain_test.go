package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// refusing refuses packets of the amount 13 with everything a failure can have.
type refusing struct{}

func (refusing) Prepare(p *engine.Packet) engine.Verdict {
	if p.Incoming() != 13 {
		return engine.Pass
	}
	return p.RefuseWith(ilp.Failure{Code: ilp.T99, Message: "unlucky", Name: "UnluckyError", Data: []byte("13")})
}

func (refusing) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

// trace notes when a middleware is called, and gives the verdicts it is told.
type trace struct {
	name  string
	calls *[]string

	prepare, reply func(p *engine.Packet) engine.Verdict
}

func (m *trace) Prepare(p *engine.Packet) engine.Verdict { return m.call("prepare", p, m.prepare) }

func (m *trace) Reply(p *engine.Packet) engine.Verdict {
	return m.call(fmt.Sprintf("reply %s", kind(p.Reply())), p, m.reply)
}

func (m *trace) call(phase string, p *engine.Packet, f func(p *engine.Packet) engine.Verdict) engine.Verdict {
	*m.calls = append(*m.calls, m.name+" "+phase)
	if f == nil {
		return engine.Pass
	}
	return f(p)
}

func kind(r *ilp.Reply) string {
	if r.Fulfilled() {
		return "fulfill"
	}
	return r.Code().String()
}

// traced is a node with three middlewares on either side of a packet from alice
// to bob, and the list of what they are called with.
func traced(t *testing.T, link *ilptest.Link, edits ...func(in, out []*trace)) (*enginetest.Node, *[]string) {
	calls := new([]string)
	var in, out []*trace
	for i := range 3 {
		in = append(in, &trace{name: fmt.Sprint("in", i), calls: calls})
		out = append(out, &trace{name: fmt.Sprint("out", i), calls: calls})
	}
	for _, edit := range edits {
		edit(in, out)
	}
	n := enginetest.New(func(c *enginetest.Config) {
		for i := range in {
			enginetest.Incoming("alice", in[i])(c)
			enginetest.Outgoing("bob", out[i])(c)
		}
	})
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", link)
	return n, calls
}

func wantCalls(t *testing.T, got *[]string, want ...string) {
	t.Helper()
	if !slices.Equal(*got, want) {
		t.Errorf("calls were\n%q, want\n%q", *got, want)
	}
}

func TestAnswerPassesBothChainsInReverse(t *testing.T) {
	n, calls := traced(t, ilptest.Fulfilling())
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)))
	wantCalls(t, calls,
		"in0 prepare", "in1 prepare", "in2 prepare", "out0 prepare", "out1 prepare", "out2 prepare",
		"out2 reply fulfill", "out1 reply fulfill", "out0 reply fulfill",
		"in2 reply fulfill", "in1 reply fulfill", "in0 reply fulfill")
}

func refuse(p *engine.Packet) engine.Verdict { return p.Refuse(ilp.T99, "refused here") }

func TestRefusedPrepareUnwindsExactlyThoseItPassed(t *testing.T) {
	t.Run("incoming", func(t *testing.T) {
		n, calls := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) { in[1].prepare = refuse })
		want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.T99, "refused here")
		wantCalls(t, calls, "in0 prepare", "in1 prepare", "in0 reply T99")
	})
	t.Run("outgoing", func(t *testing.T) {
		n, calls := traced(t, ilptest.Fulfilling(), func(_, out []*trace) { out[1].prepare = refuse })
		want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.T99, "refused here")
		wantCalls(t, calls, "in0 prepare", "in1 prepare", "in2 prepare", "out0 prepare", "out1 prepare",
			"out0 reply T99", "in2 reply T99", "in1 reply T99", "in0 reply T99")
		wantPosted(t, n.Registry.Find("alice"), "0")
		wantPosted(t, n.Registry.Find("bob"), "0")
	})
	t.Run("no route", func(t *testing.T) {
		n, calls := traced(t, ilptest.Fulfilling())
		want(t, n.Send("alice", ilptest.Prepare("g.x", 1)), ilp.F02, "no route found. source=alice destination=g.x")
		wantCalls(t, calls, "in0 prepare", "in1 prepare", "in2 prepare",
			"in2 reply F02", "in1 reply F02", "in0 reply F02")
	})
}

func TestRefusalInReplyReplacesTheAnswerForThoseBehind(t *testing.T) {
	n, calls := traced(t, ilptest.Fulfilling(), func(in, out []*trace) {
		out[1].reply, in[1].reply = refuse, func(p *engine.Packet) engine.Verdict { return p.Refuse(ilp.F99, "again") }
	})
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 1)), ilp.F99, "again")
	wantCalls(t, calls,
		"in0 prepare", "in1 prepare", "in2 prepare", "out0 prepare", "out1 prepare", "out2 prepare",
		"out2 reply fulfill", "out1 reply fulfill", "out0 reply T99",
		"in2 reply T99", "in1 reply T99", "in0 reply F99")
	wantPosted(t, n.Registry.Find("alice"), "0")
}

func TestFulfillOfAMiddlewareEndsThePacket(t *testing.T) {
	n, calls := traced(t, ilptest.NewLink(), func(_, out []*trace) {
		out[1].prepare = func(p *engine.Packet) engine.Verdict { return p.Fulfill(ilptest.Preimage) }
	})
	reply := n.Send("alice", ilptest.Prepare("test.us.bob", 4))
	wantFulfilled(t, reply)
	if [ilp.ConditionBytes]byte(reply.Fulfillment()) != ilptest.Preimage {
		t.Errorf("fulfillment is %x", reply.Fulfillment())
	}
	wantCalls(t, calls, "in0 prepare", "in1 prepare", "in2 prepare", "out0 prepare", "out1 prepare",
		"out0 reply fulfill", "in2 reply fulfill", "in1 reply fulfill", "in0 reply fulfill")
	if n.Link("bob").Kept() != 0 {
		t.Error("the packet was sent")
	}
	wantPosted(t, n.Registry.Find("alice"), "4")
	wantPosted(t, n.Registry.Find("bob"), "-4")
}

// What a middleware may ask of a packet, at each of its four stations.
func TestPacketTellsWhatItIs(t *testing.T) {
	type facts struct {
		from, to            string
		incoming, outgoing  uint64
		conditionOK, expiry bool
	}
	got := make(map[string]facts)
	look := func(station string) func(p *engine.Packet) engine.Verdict {
		return func(p *engine.Packet) engine.Verdict {
			f := facts{from: p.From().ID, incoming: p.Incoming(), outgoing: p.Outgoing(), expiry: p.Expiry() != 0,
				conditionOK: *p.Condition() == ilptest.Condition}
			if p.To() != nil {
				f.to = p.To().ID
			}
			if p.Arrived().None() || p.Now().Steady < p.Arrived().Steady || p.Address() != enginetest.Address || p.Fault() != nil {
				t.Errorf("%s: arrived %+v, now %+v, we are %q", station, p.Arrived(), p.Now(), p.Address())
			}
			got[station] = f
			return engine.Pass
		}
	}
	n, _ := traced(t, ilptest.Fulfilling(), func(in, out []*trace) {
		in[0].prepare, out[0].prepare = look("in"), look("out")
		in[0].reply, out[0].reply = look("in reply"), look("out reply")
	})
	n.Send("alice", ilptest.Prepare("test.us.bob", 4))
	onward := facts{"alice", "bob", 4, 4, true, true}
	for station, want := range map[string]facts{
		"in": {from: "alice", incoming: 4, conditionOK: true}, "out": onward, "out reply": onward, "in reply": onward,
	} {
		if got[station] != want {
			t.Errorf("%s: %+v, want %+v", station, got[station], want)
		}
	}
}

func TestRewrittenPacketGoesWhereItSays(t *testing.T) {
	longer := func(p *engine.Packet) engine.Verdict {
		data := p.Prepare().Data()
		if err := p.Rewrite(string(p.Prepare().Destination())+".and-on", data); err != nil {
			t.Error(err)
		}
		return engine.Pass
	}
	n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) {
		for _, m := range in {
			m.prepare = longer
		}
	})
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4, ilptest.Data([]byte("keep this")))))
	sent := n.Link("bob").Sent()[0].Prepare
	if string(sent.Destination()) != "test.us.bob.and-on.and-on.and-on" || string(sent.Data()) != "keep this" || sent.Amount() != 4 {
		t.Errorf("sent %d to %s with %q", sent.Amount(), sent.Destination(), sent.Data())
	}
}

func TestRewriteToNoAddressLeavesThePacketAsItWas(t *testing.T) {
	n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) {
		in[1].prepare = func(p *engine.Packet) engine.Verdict {
			for range 2 { // the first moves the bytes into the packet's own
				if err := p.Rewrite("test.us.bob.x", []byte("kept")); err != nil {
					t.Error(err)
				}
				if err := p.Rewrite("no address", []byte("lost")); err == nil {
					t.Error("it was rewritten")
				}
			}
			return engine.Pass
		}
	})
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)))
	sent := n.Link("bob").Sent()[0].Prepare
	if string(sent.Destination()) != "test.us.bob.x" || string(sent.Data()) != "kept" {
		t.Errorf("sent to %s with %q", sent.Destination(), sent.Data())
	}
}

func TestNotesBelongToTheirOwners(t *testing.T) {
	n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) {
		for _, m := range in {
			m.prepare = func(p *engine.Packet) engine.Verdict {
				p.Note(m, m.name+" first")
				p.Note(m, m.name)
				return engine.Pass
			}
			m.reply = func(p *engine.Packet) engine.Verdict {
				if got := p.Noted(m); got != m.name {
					t.Errorf("%s finds the note %v", m.name, got)
				}
				return engine.Pass
			}
		}
	})
	for range 3 { // the packet is used again
		wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)))
	}
}

func TestPrepareFuncAndReplyFuncSeeOnePhase(t *testing.T) {
	var prepares, replies int
	n := enginetest.New(
		enginetest.Incoming("alice", engine.PrepareFunc(func(*engine.Packet) engine.Verdict { prepares++; return engine.Pass })),
		enginetest.Outgoing("bob", engine.ReplyFunc(func(*engine.Packet) engine.Verdict { replies++; return engine.Pass })),
		func(c *enginetest.Config) {
			c.Custom = append(c.Custom, middleware.Named{Name: "nothing", New: func(*account.Account) (in, out engine.Middleware) {
				return nil, nil
			}})
		})
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Fulfilling())
	wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)))
	if prepares != 1 || replies != 1 {
		t.Errorf("%d prepares and %d replies", prepares, replies)
	}
}
