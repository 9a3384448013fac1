package middleware_test

import (
	"errors"
	"testing"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

// recorder takes part in a packet, and wants a record of its Fulfill.
type recorder struct {
	*ilptest.Recorder
	key  string
	told []ilp.Outcome
}

func (r *recorder) Changes(fulfill *ilp.Reply) store.Batch {
	return store.Batch{{Key: r.key, Value: fulfill.Fulfillment()}}
}

func (r *recorder) Resolve(o ilp.Outcome) { r.told = append(r.told, o) }

var _ ledger.Recorder = (*recorder)(nil)

// Who waits for a Fulfill and who gave it have their records written with the money, and hear of it
// when it is durable.
func TestRecordsOfAFulfillAreWrittenWithItsMoney(t *testing.T) {
	for _, c := range []struct {
		err  error
		want ilp.Outcome
		code ilp.Code
	}{
		{nil, ilp.Counted, 0},
		{errors.New("the disk is full"), ilp.Unknown, ilp.T00},
		{ledger.ErrClosed, ilp.Unknown, ilp.T00},
		{ledger.ErrOverflow, ilp.Void, ilp.T00},
	} {
		book := new(paper)
		n := enginetest.New(func(c *enginetest.Config) { c.Ledger = book })
		n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.NewLink())
		up, receipt := &recorder{Recorder: ilptest.NewRecorder(), key: "up"}, &recorder{key: "receipt"}
		n.Ports["alice"].HandlePrepare(up, same(10))
		n.Link("bob").Take().Up.(ilp.ReceiptWriter).WriteFulfill(ilptest.Fulfill(), receipt)
		if len(receipt.told) != 0 || up.Calls() != 0 {
			t.Errorf("told %v before it is written", receipt.told)
		}
		if changes := book.changes; len(changes) != 2 || changes[0].Key != "up" || changes[1].Key != "receipt" {
			t.Errorf("written are %v", changes)
		}
		book.write(c.err)
		if len(receipt.told) != 1 || receipt.told[0] != c.want {
			t.Errorf("told %v, want %v", receipt.told, c.want)
		}
		if reply := up.Reply(); reply.Code() != c.code {
			t.Errorf("got %s", enginetest.Describe(reply))
		}
	}
}

// A duplicate moves money of its sender alone, and has a record of its own.
func TestRecordOfADuplicate(t *testing.T) {
	book := new(paper)
	n := enginetest.New(func(c *enginetest.Config) { c.Ledger = book })
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.Fulfilling())
	prepare := same(10) // of one expiry
	n.Ports["alice"].HandlePrepare(ilptest.NewRecorder(), prepare)
	book.write(nil)
	if len(book.changes) != 0 {
		t.Errorf("written are %v", book.changes)
	}
	n.Ports["alice"].HandlePrepare(&recorder{Recorder: ilptest.NewRecorder(), key: "second"}, prepare)
	if changes := book.changes; len(changes) != 1 || changes[0].Key != "second" {
		t.Errorf("written are %v", changes)
	}
	book.write(nil)
}
