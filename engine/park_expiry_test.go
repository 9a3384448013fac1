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

// A packet that was parked is late by that time; what is left of its own is counted
// from when it goes on.
func TestTimeInHoldIsThePacketsOwn(t *testing.T) {
	for _, c := range []struct {
		parked time.Duration
		want   string
	}{
		{27 * time.Second, ""},
		{29 * time.Second, "source transfer expires too soon to complete payment. actualSourceExpiry=2000-01-01T00:00:30.000Z" +
			" requiredSourceExpiry=2000-01-01T00:00:31.000Z currentTime=2000-01-01T00:00:29.000Z"},
		{31 * time.Second, "source transfer has already expired. sourceExpiry=2000-01-01T00:00:30.000Z currentTime=2000-01-01T00:00:31.000Z"},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := make(parked, 1)
			n, _ := traced(t, ilptest.Fulfilling(), func(in, _ []*trace) { in[1].prepare = h.park })
			r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
			time.Sleep(c.parked)
			(<-h).Resume()
			if reply := r.Reply(); c.want == "" {
				wantFulfilled(t, reply)
				if _, sum, _ := n.Registry.Find("bob").Counters.Latency.Read(); sum != 0 {
					t.Errorf("the time parked was taken for the account's: %v", sum)
				}
			} else {
				want(t, reply, ilp.R02, c.want)
			}
		})
	}
}

// The outgoing expiry stands when the outgoing chain parks a packet. One that
// comes out after it is not sent: its counterparty could fulfill it at once.
func TestPacketHeldBeyondItsExpiryIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := make(parked, 1)
		n, calls := traced(t, ilptest.Fulfilling(), func(_, out []*trace) { out[1].prepare = h.park })
		n.Run(t)
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		time.Sleep(29 * time.Second)
		*calls = nil
		(<-h).Resume()
		want(t, r.Reply(), ilp.R00, "packet expired.")
		if len(n.Link("bob").Sent()) != 0 {
			t.Error("it was sent")
		}
		wantPosted(t, n.Registry.Find("alice"), "0")
		wantPosted(t, n.Registry.Find("bob"), "0")
	})
}

func TestAnswerHeldBeyondTheExpiryIsStillTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := make(parked, 1)
		n, _ := traced(t, ilptest.Fulfilling(), func(_, out []*trace) { out[1].reply = h.park })
		n.Run(t)
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		time.Sleep(time.Minute)
		synctest.Wait()
		if r.Calls() != 0 {
			t.Fatal("it was answered while it was parked")
		}
		(<-h).Resume()
		wantFulfilled(t, r.Reply())
		wantPosted(t, n.Registry.Find("bob"), "-4")
	})
}

func TestHeldAnswerMayBeReplacedBeyondTheExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := make(parked, 1)
		n, _ := traced(t, ilptest.Fulfilling(), func(_, out []*trace) { out[1].reply = h.park })
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		time.Sleep(time.Minute)
		(<-h).ResumeWith(ilptest.Fulfill(1))
		wantFulfilled(t, r.Reply())
		wantPosted(t, n.Registry.Find("alice"), "4")
	})
}

func TestHeldTimeoutGoesOnAsATimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := make(parked, 1)
		n, _ := traced(t, ilptest.NewLink(), func(_, out []*trace) { out[1].reply = h.park })
		n.Run(t)
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 4))
		p := <-h
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill()) // too late, while it is parked
		p.Resume()
		want(t, r.Reply(), ilp.R00, "packet expired.")
		wantPosted(t, n.Registry.Find("bob"), "0")
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
				h := make(parked, 1)
				n := enginetest.New(append(c.edits, enginetest.Incoming("alice", engine.PrepareFunc(h.park)))...)
				alice := n.Add(t, "alice", ilptest.NewLink())
				var answers []ilp.Reply
				up := ilp.ReplyFunc(func(reply ilp.Reply) { answers = append(answers, reply) })
				n.Ports["alice"].HandlePrepare(up, ilptest.Prepare("test.us.bob", 4, c.lives))
				time.Sleep(6 * time.Second)
				fulfill := ilptest.Fulfill()
				fulfill.Batch = new(ilp.ReadBatch)
				(<-h).ResumeWith(fulfill)
				if len(answers) != 1 || answers[0].Batch != fulfill.Batch {
					t.Fatalf("%d answers, or with another batch", len(answers))
				}
				if !c.late {
					wantFulfilled(t, answers[0])
					return
				}
				want(t, answers[0], ilp.R00, "packet expired.")
				wantPosted(t, alice, "0")
			})
		})
	}
}
