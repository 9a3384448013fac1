package middleware_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

// paper is a ledger under the hand of a test: it shows what it was told to write down,
// and has written it when the test says so.
type paper struct {
	entries []string
	waiting []ledger.Waiter
	changes store.Batch // of the last entry
	state   ledger.State
}

func (l *paper) Enter(t ledger.Transfer, w ledger.Waiter, _ *ilp.ReadBatch) {
	payee := "nobody"
	if t.To != nil {
		payee = t.To.ID
	}
	l.entries = append(l.entries, fmt.Sprintf("%s %d, %s %d", t.From.ID, t.In, payee, t.Out))
	l.waiting, l.changes = append(l.waiting, w), t.Changes
}

func (l *paper) State(int64) ledger.State { return l.state }

// write ends the oldest write.
func (l *paper) write(err error) {
	if len(l.waiting) == 0 {
		return // wantEntries says so
	}
	w := l.waiting[0]
	l.waiting = l.waiting[1:]
	w.Written(new(ilp.ReadBatch), err)
}

var _ middleware.Ledger = (*paper)(nil)

// recording is a node with a ledger, the senders alice and carol, and bob, who answers
// with reply.
func recording(t *testing.T, reply ilp.Reply) (*enginetest.Node, *paper) {
	l := new(paper)
	n := enginetest.New(func(c *enginetest.Config) { c.Ledger = l })
	for _, id := range []string{"alice", "carol", "bob"} {
		n.Add(t, id, ilptest.NewLink())
	}
	n.Link("bob").Answer = func(ilp.Prepare) ilp.Reply { return reply }
	return n, l
}

// answer is the answer that is there already.
func answer(t *testing.T, r *ilptest.Recorder) ilp.Reply {
	t.Helper()
	if r.Calls() == 0 {
		t.Fatal("the packet is not answered")
	}
	return r.Reply()
}

// same is the same packet each time, but for the edits.
func same(amount uint64, edits ...func(*ilp.Draft)) ilp.Prepare {
	return ilptest.Prepare("test.us.bob", amount, append([]func(*ilp.Draft){ilptest.Data([]byte("same"))}, edits...)...)
}

func wantEntries(t *testing.T, l *paper, want ...string) {
	t.Helper()
	if got := fmt.Sprintf("%q", l.entries); got != fmt.Sprintf("%q", want) {
		t.Errorf("written down is %s, want %q", got, want)
	}
}

func TestFulfillWaitsUntilItIsWritten(t *testing.T) {
	n, l := recording(t, ilptest.Fulfill(7))
	r := n.Start("alice", same(10))
	wantEntries(t, l, "alice 10, bob 10")
	if r.Calls() != 0 {
		t.Fatal("the sender has it before")
	}
	l.write(nil)
	enginetest.WantFulfilled(t, answer(t, r))
	wantEntries(t, l, "alice 10, bob 10") // once
	enginetest.WantPosted(t, n.Registry.Find("alice"), "10")
	enginetest.WantPosted(t, n.Registry.Find("bob"), "-10")
}

// A duplicate that comes while the original's Fulfill is held waits for it, is not sent,
// and then waits for its own entry.
func TestDuplicateOfAHeldFulfillIsWrittenByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // packets of one millisecond
		n, l := recording(t, ilptest.Fulfill(7))
		first, second := n.Start("alice", same(10)), n.Start("carol", same(9))
		wantEntries(t, l, "alice 10, bob 10")
		if first.Calls() != 0 || second.Calls() != 0 {
			t.Fatal("somebody has it before")
		}
		l.write(nil)
		enginetest.WantFulfilled(t, answer(t, first))
		wantEntries(t, l, "alice 10, bob 10", "carol 9, nobody 0")
		if second.Calls() != 0 {
			t.Fatal("the duplicate's sender has it before")
		}
		l.write(nil)
		enginetest.WantFulfilled(t, answer(t, second))
		third := n.Start("carol", same(8)) // of a packet that was answered
		wantEntries(t, l, "alice 10, bob 10", "carol 9, nobody 0", "carol 8, nobody 0")
		l.write(nil)
		enginetest.WantFulfilled(t, answer(t, third))
		if got := len(n.Link("bob").Sent()); got != 1 {
			t.Errorf("it was sent %d times", got)
		}
		enginetest.WantPosted(t, n.Registry.Find("carol"), "17")
		enginetest.WantPosted(t, n.Registry.Find("bob"), "-10")
	})
}

func TestWhatMovesNoMoneyIsNotWritten(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer ilp.Reply
		amount uint64
		code   ilp.Code
	}{
		{"a reject", ilptest.Reject(ilp.F99, "no"), 10, ilp.F99},
		{"a failure", ilp.Fail(ilp.F02, "failed to send packet: x"), 10, ilp.F02},
		{"a wrong fulfillment", ilptest.WrongFulfill(), 10, ilp.F05},
		{"a fulfill of nothing", ilptest.Fulfill(), 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, l := recording(t, c.answer)
			if reply := answer(t, n.Start("alice", same(c.amount))); reply.Code() != c.code {
				t.Errorf("got %s", enginetest.Describe(reply))
			}
			wantEntries(t, l)
			enginetest.WantPosted(t, n.Registry.Find("alice"), "0")
			enginetest.WantPosted(t, n.Registry.Find("bob"), "0")
		})
	}
}

// What could not be written is refused to whoever sent it. Who gave the Fulfill was
// promised the money all the same.
func TestFulfillThatIsNotWrittenIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // packets of one millisecond
		n, l := recording(t, ilptest.Fulfill(7))
		first, second := n.Start("alice", same(10)), n.Start("carol", same(10))
		l.write(errors.New("the disk is broken"))
		enginetest.WantRefused(t, answer(t, first), ilp.T00, "internal error.")
		enginetest.WantRefused(t, answer(t, second), ilp.T00, "internal error.")
		wantEntries(t, l, "alice 10, bob 10")
		enginetest.WantPosted(t, n.Registry.Find("alice"), "0")
		enginetest.WantPosted(t, n.Registry.Find("carol"), "0")
		enginetest.WantPosted(t, n.Registry.Find("bob"), "-10")
	})
}

func TestDuplicateThatIsNotWrittenIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // packets of one millisecond
		n, l := recording(t, ilptest.Fulfill(7))
		first, second := n.Start("alice", same(10)), n.Start("carol", same(10))
		l.write(nil)
		l.write(errors.New("the disk is broken"))
		enginetest.WantFulfilled(t, answer(t, first))
		enginetest.WantRefused(t, answer(t, second), ilp.T00, "internal error.")
		enginetest.WantPosted(t, n.Registry.Find("carol"), "0")
	})
}

func TestMoneyIsNotSentOnceNothingCanBeWritten(t *testing.T) {
	n, l := recording(t, ilptest.Fulfill(7))
	l.state = ledger.Failed
	enginetest.WantRefused(t, answer(t, n.Start("alice", same(10))), ilp.T00, "internal error.")
	enginetest.WantPosted(t, n.Registry.Find("alice"), "0")
	if got := len(n.Link("bob").Sent()); got != 0 {
		t.Errorf("it was sent %d times", got)
	}
	enginetest.WantFulfilled(t, answer(t, n.Start("alice", same(0, ilptest.Data([]byte("other"))))))
	wantEntries(t, l)
}

// TestMoneyIsNotSentWhileTheLedgerLagsBehind holds whether the money is ours to get or to
// give; what is worth nothing passes.
func TestMoneyIsNotSentWhileTheLedgerLagsBehind(t *testing.T) {
	n, l := recording(t, ilptest.Fulfill(7))
	l.state = ledger.Busy
	enginetest.WantRefused(t, answer(t, n.Start("alice", same(10))), ilp.T03, "connector is busy.")
	if reply := n.Originate(same(10)); reply.Code() != ilp.T03 {
		t.Errorf("a packet of our own: %s", reply.Code())
	}
	if got := len(n.Link("bob").Sent()); got != 0 {
		t.Errorf("%d packets were sent", got)
	}
	enginetest.WantPosted(t, n.Registry.Find("alice"), "0")
	enginetest.WantFulfilled(t, answer(t, n.Start("alice", same(0, ilptest.Data([]byte("other"))))))
	l.state = ledger.Ready
	r := n.Start("alice", same(10))
	l.write(nil)
	enginetest.WantFulfilled(t, answer(t, r))
}

// The next account has fulfilled and the disk has failed: that is no fault of its link.
func TestFailureOfTheLedgerIsCountedAsSuch(t *testing.T) {
	n, l := recording(t, ilptest.Fulfill())
	n.Start("alice", ilptest.Prepare("test.us.bob", 5))
	l.write(errors.New("the disk is full"))
	if got := n.Watched.Refusals(); len(got) != 1 || got[0] != "alice bob T00 ledger_failed 5 5" {
		t.Errorf("operators heard of %q", got)
	}
}
