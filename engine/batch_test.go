package engine_test

import (
	"testing"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// batches notes the batch that each answer comes with.
type batches struct{ got chan *ilp.ReadBatch }

func (b batches) WriteReply(reply ilp.Reply) { b.got <- reply.Batch }

// A batch is over when the read that it stands for is: an answer that was parked
// must not touch it any more.
func TestHeldAnswerLeavesItsBatch(t *testing.T) {
	for _, destination := range []string{"g.nowhere", "test.us.bob"} {
		h := make(parked, 1)
		n, _ := traced(t, ilptest.NewLink(), func(in, _ []*trace) { in[2].reply, in[0].reply = h.park, refuse })
		prepare := ilptest.Prepare(destination, 4)
		var batch ilp.ReadBatch
		batch.Begin(clock.Now())
		prepare.Batch = &batch
		up := batches{make(chan *ilp.ReadBatch, 1)}
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

// The link gets the batch that brought the Prepare, also of one that was rewritten,
// and none after it was parked.
func TestPrepareGoesOnWithTheBatchThatBroughtIt(t *testing.T) {
	rewrite := engine.PrepareFunc(func(p *engine.Packet) engine.Verdict {
		if err := p.Rewrite("test.us.bob.x", nil); err != nil {
			t.Error(err)
		}
		return engine.Pass
	})
	park := engine.PrepareFunc(func(p *engine.Packet) engine.Verdict {
		verdict := p.Park()
		p.Resume()
		return verdict
	})
	for name, c := range map[string]struct {
		middleware engine.Middleware
		batch      bool
	}{
		"passed": {nil, true}, "rewritten": {rewrite, true}, "parked": {park, false},
	} {
		n := enginetest.New(enginetest.Incoming("alice", c.middleware))
		n.Add(t, "alice", ilptest.NewLink())
		link := new(batchLink)
		n.Add(t, "bob", link)
		prepare := ilptest.Prepare("test.us.bob", 1)
		prepare.Batch = new(ilp.ReadBatch)
		prepare.Batch.Begin(clock.Now())
		n.Ports["alice"].HandlePrepare(ilptest.NewRecorder(), prepare)
		if got := link.batch == prepare.Batch; got != c.batch {
			t.Errorf("%s: it came with its batch: %t", name, got)
		}
	}
}

// batchLink fulfills everything and notes the batch it came with.
type batchLink struct{ batch *ilp.ReadBatch }

func (*batchLink) Connected() bool { return true }

func (l *batchLink) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	l.batch = prepare.Batch
	up.WriteReply(ilptest.Fulfill())
}

// An answer that is not parked leaves with the read that brought it.
func TestAnswerComesWithTheBatchThatBroughtIt(t *testing.T) {
	n, _ := traced(t, ilptest.NewLink(), func(_, out []*trace) { out[1].reply = refuse })
	var asking, answering ilp.ReadBatch
	asking.Begin(clock.Now())
	answering.Begin(clock.Now())
	for destination, want := range map[string]*ilp.ReadBatch{"g.nowhere": &asking, "test.us.bob": &answering, "peer.x": &asking} {
		prepare := ilptest.Prepare(destination, 4)
		prepare.Batch = &asking
		up := batches{make(chan *ilp.ReadBatch, 1)}
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
