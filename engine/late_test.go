package engine_test

import (
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

// TestAnswerAfterTheExpiryIsLateThoughTheWheelStands is for a process that was stopped
// and goes on: the answer is read before the wheel turns.
func TestAnswerAfterTheExpiryIsLateThoughTheWheelStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New() // Run is not called
		alice := n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", ilptest.NewLink())
		for _, wait := range []time.Duration{2 * time.Second, time.Hour} { // the outgoing expiry, to the nanosecond
			r := n.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresIn(3*time.Second)))
			time.Sleep(wait)
			n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
			want(t, r.Reply(), ilp.R00, "packet expired.")
			wantHeard(t, n, "late bob fulfilled 7")
		}
		wantPosted(t, alice, "0")
		wantPosted(t, bob, "0")
		if got := bob.Counters.Late.Of(account.Fulfilled); got != 2 {
			t.Errorf("%d late Fulfills", got)
		}
		if n.InFlight() != 0 || n.Ports["bob"].InFlight() != 0 {
			t.Error("something is in flight")
		}
	})
}

// TestFulfillHandedUpAfterItsExpiryIsTold is for an answer that came in time and was parked,
// by a disk that hangs for instance.
func TestFulfillHandedUpAfterItsExpiryIsTold(t *testing.T) {
	for _, c := range []struct {
		parked time.Duration
		want   []string
	}{
		{3*time.Second - 1, nil},
		{3 * time.Second, []string{"overdue alice 7 by 0s"}},
		{8 * time.Second, []string{"overdue alice 7 by 5s"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := make(parked, 1)
			n, _ := traced(t, ilptest.Fulfilling(), func(_, out []*trace) { out[1].reply = h.park })
			r := n.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresIn(3*time.Second)))
			time.Sleep(c.parked)
			(<-h).ResumeReply(nil)
			wantFulfilled(t, r.Reply())
			wantHeard(t, n, c.want...)
			alice := n.Registry.Find("alice")
			wantPosted(t, alice, "7") // it has moved all the same
			late := &alice.Counters.LateFulfills
			if late.Count.Load() != uint64(len(c.want)) || late.Value.String() != map[bool]string{true: "7", false: "0"}[len(c.want) > 0] {
				t.Errorf("%d late Fulfills of %s are counted", late.Count.Load(), late.Value.String())
			}
		})
	}
}

// TestStepOfTheWallClockMovesNoDeadline steps it both ways while packets are under way:
// the wall time of a batch jumps, its steady time does not.
func TestStepOfTheWallClockMovesNoDeadline(t *testing.T) {
	for _, step := range []time.Duration{-10 * time.Hour, 10 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			n := enginetest.New()
			n.Run(t)
			n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.NewLink())
			stepped := func() *ilp.ReadBatch {
				now := clock.Now()
				now.Wall += int64(step)
				return at(now)
			}
			// Before and after the step, answered in time.
			for i, read := range []func() *ilp.ReadBatch{func() *ilp.ReadBatch { return at(clock.Now()) }, stepped} {
				batch := read()
				prepare := ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresAt(batch.Now().Millis()+3000), ilptest.Data([]byte{byte(i)}))
				prepare.Batch = batch
				r := n.Start("alice", prepare)
				time.Sleep(2*time.Second - time.Millisecond)
				fulfill := ilptest.Fulfill()
				fulfill.Batch = stepped()
				n.Link("bob").Take().Up.WriteReply(fulfill)
				wantFulfilled(t, r.Reply())
				wantHeard(t, n)
			}
			// Not answered: it expires when it should.
			prepare := ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresAt(stepped().Now().Millis()+3000))
			prepare.Batch = stepped()
			began := time.Now()
			want(t, n.Send("alice", prepare), ilp.R00, "packet expired.")
			if took := time.Since(began); took < 2*time.Second || took > 2*time.Second+tick {
				t.Errorf("expired after %v", took)
			}
		})
	}
}

// TestFirmFulfillCannotBeReplaced holds for all ways in which a middleware of the incoming
// chain can try: the next account is owed for it. One of the outgoing chain may, before
// any balance moves.
func TestFirmFulfillCannotBeReplaced(t *testing.T) {
	for name, replace := range map[string]func(*engine.Packet) engine.Verdict{
		"refuse": refuse,
		"resume with": func(p *engine.Packet) engine.Verdict {
			verdict := p.Park()
			p.ResumeWith(ilp.Fail(ilp.T99, "refused here"))
			return verdict
		},
		"another fulfillment": func(p *engine.Packet) engine.Verdict {
			verdict := p.Park()
			p.ResumeWith(ilptest.WrongFulfill())
			return verdict
		},
	} {
		for place := range 3 {
			n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) { in[place].reply = replace })
			wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)))
			if heard := n.Watched.Heard(); len(heard) != 1 || heard[0][:len("kept alice ")] != "kept alice " {
				t.Errorf("%s: heard %q", name, heard)
			}
			wantPosted(t, n.Registry.Find("alice"), "4")
			wantPosted(t, n.Registry.Find("bob"), "-4")
			if got := n.Registry.Find("alice").Counters.KeptFulfills.Load(); got != 1 {
				t.Errorf("%s: %d are counted", name, got)
			}
		}
	}
	n, _ := traced(t, ilptest.Fulfilling(), func(_, out []*trace) { out[1].reply = refuse })
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)), ilp.T99, "refused here")
	wantHeard(t, n)
	wantPosted(t, n.Registry.Find("alice"), "0")
	wantPosted(t, n.Registry.Find("bob"), "0")
}

// TestSameFulfillMayCarryOtherData holds that what pays is the fulfillment alone.
func TestSameFulfillMayCarryOtherData(t *testing.T) {
	n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) {
		in[1].reply = func(p *engine.Packet) engine.Verdict {
			verdict := p.Park()
			p.ResumeWith(ilptest.Fulfill(9))
			return verdict
		}
	})
	reply := n.Send("alice", ilptest.Prepare("test.us.bob", 4))
	if !reply.Fulfilled() || string(reply.Data()) != "\x09" {
		t.Errorf("got %s", describe(reply))
	}
	wantHeard(t, n)
}

// TestRejectMayBeReplaced holds in the incoming chain too.
func TestRejectMayBeReplaced(t *testing.T) {
	n, _ := traced(t, ilptest.Answering(ilptest.Reject(ilp.F99, "theirs")), func(in, _ []*trace) { in[1].reply = refuse })
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 4)), ilp.T99, "refused here")
	wantHeard(t, n)
}
