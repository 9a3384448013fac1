package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// told is what a receipt was told.
type told []ilp.Outcome

func (o *told) Resolve(outcome ilp.Outcome) { *o = append(*o, outcome) }

func TestReceiptIsToldWhatBecomesOfAFulfill(t *testing.T) {
	refusing := engine.ReplyFunc(func(p *engine.Packet) engine.Verdict { return p.Refuse(ilp.F99, "no") })
	for _, c := range []struct {
		name   string
		amount uint64
		wait   time.Duration
		answer ilp.Reply
		edits  []func(*enginetest.Config)
		want   ilp.Outcome
		code   ilp.Code
	}{
		{"in time", 7, 0, ilptest.Fulfill(), nil, ilp.Counted, 0},
		{"without an amount", 0, 0, ilptest.Fulfill(), nil, ilp.Counted, 0},
		{"of another condition", 7, 0, ilptest.WrongFulfill(), nil, ilp.Void, ilp.F05},
		{"late", 7, 40 * time.Second, ilptest.Fulfill(), nil, ilp.Void, ilp.R00},
		{"refused on its way back", 7, 0, ilptest.Fulfill(), []func(*enginetest.Config){enginetest.Outgoing("bob", refusing)}, ilp.Void, ilp.F99},
		{"refused after it counts", 7, 0, ilptest.Fulfill(), []func(*enginetest.Config){enginetest.Incoming("alice", refusing)}, ilp.Counted, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := enginetest.New(c.edits...)
				stop := n.Run(t)
				n.Add(t, "alice", ilptest.NewLink())
				n.Add(t, "bob", ilptest.NewLink())
				r := n.Start("alice", ilptest.Prepare("test.us.bob", c.amount))
				sent := n.Link("bob").Take()
				time.Sleep(c.wait)
				var got told
				sent.Up.(ilp.ReceiptWriter).WriteFulfill(c.answer, &got)
				if reply := r.Reply(); reply.Code() != c.code {
					t.Errorf("got %s", enginetest.Describe(reply))
				}
				if len(got) != 1 || got[0] != c.want {
					t.Errorf("told %v, want %v", got, c.want)
				}
				stop()
			})
		})
	}
}

// A process that was stopped reads the answer before the wheel turns.
func TestReceiptOfALateFulfillThoughTheWheelStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New() // Run is not called
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.NewLink())
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 7))
		sent := n.Link("bob").Take()
		time.Sleep(time.Minute)
		var got told
		sent.Up.(ilp.ReceiptWriter).WriteFulfill(ilptest.Fulfill(), &got)
		want(t, r.Reply(), ilp.R00, "packet expired.")
		if len(got) != 1 || got[0] != ilp.Void {
			t.Errorf("told %v", got)
		}
	})
}
