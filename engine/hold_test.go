package engine_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// held is where a middleware in the middle of a chain leaves what it holds.
type held chan *engine.Packet

func (h held) hold(p *engine.Packet) engine.Verdict {
	verdict := p.Hold()
	h <- p
	return verdict
}

// stations are the four places where the middleware in the middle of a chain can
// hold a packet, and which calls that leaves when a packet is held there.
var stations = []struct {
	name  string
	place func(in, out []*trace, h held)
	reply bool // it is the answer that is held
	// unwound is what is called when the packet is answered where it is held.
	unwound string
}{
	{"incoming Prepare", func(in, _ []*trace, h held) { in[1].prepare = h.hold }, false, "in0"},
	{"outgoing Prepare", func(_, out []*trace, h held) { out[1].prepare = h.hold }, false, "out0 in2 in1 in0"},
	{"outgoing Reply", func(_, out []*trace, h held) { out[1].reply = h.hold }, true, "out0 in2 in1 in0"},
	{"incoming Reply", func(in, _ []*trace, h held) { in[1].reply = h.hold }, true, "in0"},
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
			h := make(held, 1)
			n, calls := traced(t, ilptest.Answering(ilptest.Fulfill(9, 9)), func(in, out []*trace) { s.place(in, out, h) })
			prepare := ilptest.Prepare("test.us.bob", 4, ilptest.Data([]byte("borrowed")))
			r := n.Start("alice", prepare)
			p := <-h
			if r.Calls() != 0 || n.InFlight() != 1 {
				t.Fatalf("%d answers, %d in flight while it is held", r.Calls(), n.InFlight())
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
			wantPosted(t, n.Book.Find("alice"), "4")
			wantPosted(t, n.Book.Find("bob"), "-4")
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
				h := make(held, 1)
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
				if enginetest.Pending(n.Book.Find("alice")) || enginetest.Pending(n.Book.Find("bob")) {
					t.Errorf("%s: something is still pending", c.name)
				}
			}
		})
	}
}

func TestPacketMayBeHeldAgainAndAgain(t *testing.T) {
	h := make(held, 1)
	n, calls := traced(t, ilptest.Answering(ilptest.Fulfill([]byte("answer")...)), func(in, out []*trace) {
		for _, m := range append(in, out...) {
			m.prepare, m.reply = h.hold, h.hold
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
	wantPosted(t, n.Book.Find("alice"), "4")
}

// A refusal can be held as well, and so can the packet that a ping was made into.
func TestRefusalAndRewrittenPacketMayBeHeld(t *testing.T) {
	h := make(held, 1)
	n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) {
		in[0].prepare = func(p *engine.Packet) engine.Verdict {
			if err := p.Rewrite("test.us.bob.rewritten", p.Prepare().Data()); err != nil {
				t.Error(err)
			}
			return h.hold(p)
		}
		in[0].reply = h.hold
	})
	n.Link("bob").Answer = func(prepare ilp.Prepare) ilp.Reply { return ilp.Fail(ilp.T99, string(prepare.Destination())) }
	r := n.Start("alice", ilptest.Prepare("test.us.x", 4))
	(<-h).Resume()
	(<-h).Resume()
	want(t, r.Reply(), ilp.T99, "test.us.bob.rewritten")
}

// A packet that was held is late by that time; what is left of its own is counted
// from when it goes on.
func TestTimeInHoldIsThePacketsOwn(t *testing.T) {
	for _, c := range []struct {
		held time.Duration
		want string
	}{
		{27 * time.Second, ""},
		{29 * time.Second, "source transfer expires too soon to complete payment. actualSourceExpiry=2000-01-01T00:00:30.000Z" +
			" requiredSourceExpiry=2000-01-01T00:00:31.000Z currentTime=2000-01-01T00:00:29.000Z"},
		{31 * time.Second, "source transfer has already expired. sourceExpiry=2000-01-01T00:00:30.000Z currentTime=2000-01-01T00:00:31.000Z"},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := make(held, 1)
			n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) { in[1].prepare = h.hold })
			r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
			time.Sleep(c.held)
			(<-h).Resume()
			if reply := r.Reply(); c.want == "" {
				wantFulfilled(t, reply)
				if _, sum, _ := n.Book.Find("bob").Counters.Latency.Read(); sum != 0 {
					t.Errorf("the time in hold was taken for the account's: %v", sum)
				}
			} else {
				want(t, reply, ilp.R02, c.want)
			}
		})
	}
}

// The outgoing expiry stands when the outgoing chain holds a packet. One that
// comes out after it is not sent: its counterparty could fulfill it at once.
func TestPacketHeldBeyondItsExpiryIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := make(held, 1)
		n, calls := traced(t, ilptest.Fulfilling(), func(_, out []*trace) { out[1].prepare = h.hold })
		n.Run(t)
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		time.Sleep(29 * time.Second)
		*calls = nil
		(<-h).Resume()
		want(t, r.Reply(), ilp.R00, "packet expired.")
		if len(n.Link("bob").Sent()) != 0 {
			t.Error("it was sent")
		}
		wantPosted(t, n.Book.Find("alice"), "0")
		wantPosted(t, n.Book.Find("bob"), "0")
	})
}

func TestAnswerHeldBeyondTheExpiryIsStillTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := make(held, 1)
		n, _ := traced(t, ilptest.Fulfilling(), func(_, out []*trace) { out[1].reply = h.hold })
		n.Run(t)
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		time.Sleep(time.Minute)
		synctest.Wait()
		if r.Calls() != 0 {
			t.Fatal("it was answered while it was held")
		}
		(<-h).Resume()
		wantFulfilled(t, r.Reply())
		wantPosted(t, n.Book.Find("bob"), "-4")
	})
}

func TestHeldTimeoutGoesOnAsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := make(held, 1)
		n, _ := traced(t, ilptest.NewLink(), func(_, out []*trace) { out[1].reply = h.hold })
		n.Run(t)
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		p := <-h
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill()) // too late, while it is held
		p.Resume()
		want(t, r.Reply(), ilp.R00, "packet expired.")
		wantPosted(t, n.Book.Find("bob"), "0")
	})
}

func TestPacketIsNotFulfilledOutOfAHoldBeyondItsExpiry(t *testing.T) {
	for _, c := range []struct {
		name  string
		edits []func(*enginetest.Config)
		lives func(*ilp.Draft)
		late  bool
	}{
		{"expired", nil, ilptest.ExpiresIn(5 * time.Second), true},
		{"in time", nil, ilptest.ExpiresIn(7 * time.Second), false},
		{"in the year 9999", nil, ilptest.ExpiresAt(253402300799999), false},
		{"expired, which is disabled", []func(*enginetest.Config){enginetest.Without("expire")}, ilptest.ExpiresIn(5 * time.Second), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := make(held, 1)
				n := enginetest.New(append(c.edits, enginetest.Incoming("alice", engine.PrepareFunc(h.hold)))...)
				alice := n.Add(t, "alice", ilptest.NewLink())
				r := n.Start("alice", ilptest.Prepare("test.us.bob", 4, c.lives))
				time.Sleep(6 * time.Second)
				(<-h).ResumeWith(ilptest.Fulfill())
				if !c.late {
					wantFulfilled(t, r.Reply())
					return
				}
				want(t, r.Reply(), ilp.R00, "packet expired.")
				wantPosted(t, alice, "0")
			})
		})
	}
}

// batches notes the batch that each answer comes with.
type batches struct{ got chan *ilp.Batch }

func (b batches) WriteReply(reply ilp.Reply) { b.got <- reply.Batch }

// A batch is over when the read that it stands for is: an answer that was held
// must not touch it any more.
func TestHeldAnswerLeavesItsBatch(t *testing.T) {
	for _, destination := range []string{"g.nowhere", "test.us.bob"} {
		h := make(held, 1)
		n, _ := traced(t, ilptest.NewLink(), func(in, _ []*trace) { in[2].reply, in[0].reply = h.hold, refuse })
		prepare := ilptest.Prepare(destination, 4)
		var batch ilp.Batch
		batch.Begin(time.Now().UnixNano())
		prepare.Batch = &batch
		up := batches{make(chan *ilp.Batch, 1)}
		n.Ports["alice"].HandlePrepare(up, prepare)
		if destination != "g.nowhere" {
			reply := ilptest.Fulfill()
			reply.Batch = &batch
			n.Link("bob").Take().Up.WriteReply(reply)
		}
		(<-h).Resume()
		if got := <-up.got; got != nil {
			t.Errorf("%s: the answer comes with a batch that is over", destination)
		}
	}
}

// An answer that is not held leaves with the read that brought it.
func TestAnswerComesWithTheBatchThatBroughtIt(t *testing.T) {
	n, _ := traced(t, ilptest.NewLink(), func(_, out []*trace) { out[1].reply = refuse })
	var asking, answering ilp.Batch
	asking.Begin(time.Now().UnixNano())
	answering.Begin(time.Now().UnixNano())
	for destination, want := range map[string]*ilp.Batch{"g.nowhere": &asking, "test.us.bob": &answering, "peer.x": &asking} {
		prepare := ilptest.Prepare(destination, 4)
		prepare.Batch = &asking
		up := batches{make(chan *ilp.Batch, 1)}
		n.Ports["alice"].HandlePrepare(up, prepare)
		if n.Link("bob").Kept() > 0 {
			reply := ilptest.Fulfill()
			reply.Batch = &answering
			n.Link("bob").Take().Up.WriteReply(reply)
		}
		if got := <-up.got; got != want {
			t.Errorf("%s: the answer comes with another batch", destination)
		}
	}
}
