package engine_test

import (
	"strings"
	"testing"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// parked is where a middleware in the middle of a chain leaves what it parks.
type parked chan *engine.Packet

func (h parked) park(p *engine.Packet) engine.Verdict {
	verdict := p.Park()
	h <- p
	return verdict
}

// stations are the four places where the middleware in the middle of a chain can
// hold a packet, and which calls that leaves when a packet is parked there.
var stations = []struct {
	name  string
	place func(in, out []*trace, h parked)
	reply bool // it is the answer that is parked
	// unwound is what is called when the packet is answered where it is parked.
	unwound string
}{
	{"incoming Prepare", func(in, _ []*trace, h parked) { in[1].prepare = h.park }, false, "in0"},
	{"outgoing Prepare", func(_, out []*trace, h parked) { out[1].prepare = h.park }, false, "out0 in2 in1 in0"},
	{"outgoing Reply", func(_, out []*trace, h parked) { out[1].reply = h.park }, true, "out0 in2 in1 in0"},
	{"incoming Reply", func(in, _ []*trace, h parked) { in[1].reply = h.park }, true, "in0"},
}

// everyCall is what the middlewares see of a packet that is fulfilled.
var everyCall = []string{
	"in0 prepare", "in1 prepare", "in2 prepare", "out0 prepare", "out1 prepare", "out2 prepare",
	"out2 reply fulfill", "out1 reply fulfill", "out0 reply fulfill",
	"in2 reply fulfill", "in1 reply fulfill", "in0 reply fulfill",
}

func TestHeldPacketResumesWhereItWasHeld(t *testing.T) {
	for _, s := range stations {
		t.Run(s.name, func(t *testing.T) {
			h := make(parked, 1)
			n, calls := traced(t, ilptest.Answering(ilptest.Fulfill(9, 9)), func(in, out []*trace) { s.place(in, out, h) })
			prepare := ilptest.Prepare("test.us.bob", 4, ilptest.Data([]byte("borrowed")))
			r := n.Start("alice", prepare)
			p := <-h
			if r.Calls() != 0 || n.InFlight() != 1 {
				t.Fatalf("%d answers, %d in flight while it is parked", r.Calls(), n.InFlight())
			}
			clear(prepare.Bytes()) // the bytes were borrowed
			p.Resume()
			reply := r.Reply()
			wantFulfilled(t, reply)
			if string(reply.Data()) != "\x09\x09" {
				t.Errorf("data came back as %x", reply.Data())
			}
			if sent := n.Link("bob").Sent()[0].Prepare; string(sent.Data()) != "borrowed" {
				t.Errorf("sent %q", sent.Data())
			}
			wantCalls(t, calls, everyCall...)
			wantPosted(t, n.Registry.Find("alice"), "4")
			wantPosted(t, n.Registry.Find("bob"), "-4")
		})
	}
}

func TestHeldPacketIsAnsweredWithWhatItIsResumedWith(t *testing.T) {
	for _, s := range stations {
		t.Run(s.name, func(t *testing.T) {
			for _, c := range []struct {
				name string
				with ilp.Reply
				kind string
			}{
				{"a reject", ilptest.Reject(ilp.T99, "not now"), "T99"},
				{"a failure", ilp.Fail(ilp.T99, "not now"), "T99"},
				{"a fulfill", ilptest.Fulfill(1), "fulfill"},
			} {
				h := make(parked, 1)
				n, calls := traced(t, ilptest.Answering(ilptest.Reject(ilp.F99, "theirs")), func(in, out []*trace) { s.place(in, out, h) })
				r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
				p := <-h
				*calls = nil
				p.ResumeWith(c.with)
				reply := r.Reply()
				if got := kind(&reply); got != c.kind {
					t.Errorf("%s: got %s", c.name, describe(reply))
				}
				var want []string
				for name := range strings.FieldsSeq(s.unwound) {
					want = append(want, name+" reply "+c.kind)
				}
				wantCalls(t, calls, want...)
				if enginetest.Pending(n.Registry.Find("alice")) || enginetest.Pending(n.Registry.Find("bob")) {
					t.Errorf("%s: something is still pending", c.name)
				}
			}
		})
	}
}

func TestPacketMayBeHeldAgainAndAgain(t *testing.T) {
	h := make(parked, 1)
	n, calls := traced(t, ilptest.Answering(ilptest.Fulfill([]byte("answer")...)), func(in, out []*trace) {
		for _, m := range append(in, out...) {
			m.prepare, m.reply = h.park, h.park
		}
	})
	r := n.Start("alice", ilptest.Prepare("test.us.bob", 4, ilptest.Data([]byte("question"))))
	for range everyCall {
		(<-h).Resume()
	}
	reply := r.Reply()
	if string(reply.Data()) != "answer" || string(n.Link("bob").Sent()[0].Prepare.Data()) != "question" {
		t.Errorf("got %q", reply.Data())
	}
	wantCalls(t, calls, everyCall...)
	wantPosted(t, n.Registry.Find("alice"), "4")
}

// A refusal can be parked as well, and so can the packet that a ping was made into.
func TestRefusalAndRewrittenPacketMayBeHeld(t *testing.T) {
	h := make(parked, 1)
	n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) {
		in[0].prepare = func(p *engine.Packet) engine.Verdict {
			if err := p.Rewrite("test.us.bob.rewritten", p.Prepare().Data()); err != nil {
				t.Error(err)
			}
			return h.park(p)
		}
		in[0].reply = h.park
	})
	n.Link("bob").Answer = func(prepare ilp.Prepare) ilp.Reply { return ilp.Fail(ilp.T99, string(prepare.Destination())) }
	r := n.Start("alice", ilptest.Prepare("test.us.x", 4))
	(<-h).Resume()
	(<-h).Resume()
	want(t, r.Reply(), ilp.T99, "test.us.bob.rewritten")
}

// A link that answers with nothing has answered all the same.
func TestHeldEmptyAnswerIsNotSentAgain(t *testing.T) {
	h := make(parked, 1)
	n, _ := traced(t, ilptest.Answering(ilp.Reply{}), func(_, out []*trace) { out[1].reply = h.park })
	r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
	(<-h).Resume()
	if reply := r.Reply(); reply.Fulfilled() || len(n.Link("bob").Sent()) != 1 {
		t.Errorf("got %s, sent %d times", describe(reply), len(n.Link("bob").Sent()))
	}
	wantPosted(t, n.Registry.Find("alice"), "0")
}
