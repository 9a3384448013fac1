package engine_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

// In a synctest bubble the clock begins at midnight of 2000-01-01 UTC.
const bubbleTime = "2000-01-01T00:00:00.000Z"

// tick is how late a packet may expire.
const tick = 10 * time.Millisecond

func TestInsufficientTimeout(t *testing.T) {
	for _, c := range []struct {
		name    string
		expires time.Duration
		message string // empty if it is forwarded
	}{
		{"long gone", -time.Hour,
			"source transfer has already expired. sourceExpiry=1999-12-31T23:00:00.000Z currentTime=" + bubbleTime},
		{"just gone", -time.Millisecond,
			"source transfer has already expired. sourceExpiry=1999-12-31T23:59:59.999Z currentTime=" + bubbleTime},
		{"this very moment", 0,
			"source transfer expires too soon to complete payment. actualSourceExpiry=" + bubbleTime +
				" requiredSourceExpiry=2000-01-01T00:00:02.000Z currentTime=" + bubbleTime},
		{"a millisecond too soon", 1999 * time.Millisecond,
			"source transfer expires too soon to complete payment. actualSourceExpiry=2000-01-01T00:00:01.999Z" +
				" requiredSourceExpiry=2000-01-01T00:00:02.000Z currentTime=" + bubbleTime},
		{"just in time", 2 * time.Second, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := enginetest.New()
				alice := n.Add(t, "alice", ilptest.NewLink())
				n.Add(t, "bob", ilptest.Fulfilling())
				reply := n.Send("alice", ilptest.Prepare("test.us.bob", 5, ilptest.ExpiresIn(c.expires)))
				if c.message == "" {
					wantFulfilled(t, reply)
					return
				}
				want(t, reply, ilp.R02, c.message)
				wantPosted(t, alice, "0")
				if len(n.Link("bob").Sent()) != 0 {
					t.Error("it was sent")
				}
			})
		})
	}
}

func TestConnectionIsAskedForBeforeTheTimeout(t *testing.T) {
	n := enginetest.New()
	n.Add(t, "alice", ilptest.NewLink())
	n.Add(t, "bob", ilptest.NewLink())
	n.Link("bob").Down.Store(true)
	want(t, n.Send("alice", ilptest.Prepare("test.us.bob", 5, ilptest.ExpiresIn(-time.Hour))),
		ilp.T01, "no connection to account. account=bob")
}

func TestOutgoingExpiryIsShortenedAndCapped(t *testing.T) {
	for _, c := range []struct{ expires, want time.Duration }{
		{2 * time.Second, time.Second},
		{30 * time.Second, 29 * time.Second},
		{31*time.Second - time.Millisecond, 30*time.Second - time.Millisecond},
		{31 * time.Second, 30 * time.Second},
		{31*time.Second + time.Millisecond, 30 * time.Second},
		{24 * time.Hour, 30 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := enginetest.New()
			n.Add(t, "alice", ilptest.NewLink())
			n.Add(t, "bob", ilptest.Fulfilling())
			wantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 5, ilptest.ExpiresIn(c.expires))))
			sent := n.Link("bob").Sent()[0].Prepare
			if got := time.Until(sent.ExpiresAt()); got != c.want {
				t.Errorf("of %v were left %v, want %v", c.expires, got, c.want)
			}
			again, err := ilp.ParsePrepare(sent.Bytes())
			if err != nil || again.Expiry() != sent.Expiry() {
				t.Errorf("the bytes say %v, %v", again.ExpiresAt(), err)
			}
		})
	}
}

// Whatever the phase of the wheel and of the packet, a packet does not expire
// early, and at most one tick late.
func TestUnansweredPacketExpiresInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Run(t)
		alice := n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", ilptest.NewLink())
		for phase := range 25 {
			// This packet gives the wheel its phase, the next has an expiry of its own.
			time.Sleep(tick + time.Duration(phase)*370*time.Microsecond)
			first := n.Start("alice", ilptest.Prepare("test.us.bob", 1, ilptest.ExpiresIn(9*time.Second), ilptest.Data([]byte{byte(phase)})))
			time.Sleep(time.Duration(phase) * 1300 * time.Microsecond)
			expires := time.Now().Add(4*time.Second + time.Duration(phase)*700*time.Microsecond).Truncate(time.Millisecond)
			source := expires.Add(time.Second).UnixMilli()

			reply := n.Send("alice", ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresAt(source)))
			late := time.Since(expires)
			if late < 0 || late > tick {
				t.Errorf("phase %d: expired %v late", phase, late)
			}
			want(t, reply, ilp.R00, "packet expired.")
			if string(reply.TriggeredBy()) != enginetest.Address {
				t.Errorf("triggered by %q", reply.TriggeredBy())
			}
			want(t, first.Reply(), ilp.R00, "packet expired.")
			synctest.Wait()
		}
		wantPosted(t, alice, "0")
		wantPosted(t, bob, "0")
		if got := bob.Counters.Outgoing.Of(account.Failed); got != 50 {
			t.Errorf("%d packets were counted as failed", got)
		}
	})
}

func TestAnswerUpToTheExpiryIsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Run(t)
		alice := n.Add(t, "alice", ilptest.NewLink())
		n.Add(t, "bob", ilptest.NewLink())
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.ExpiresIn(5*time.Second)))
		sent := n.Link("bob").Take()
		time.Sleep(4*time.Second - time.Nanosecond)
		sent.Up.WriteReply(ilptest.Fulfill())
		wantFulfilled(t, r.Reply())
		wantPosted(t, alice, "7")
	})
}

func TestLateAnswerIsCountedApartAndMovesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Run(t)
		alice := n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", ilptest.NewLink())
		late := []struct {
			reply  ilp.Reply
			result account.Result
		}{
			{ilptest.Fulfill(), account.Fulfilled},
			{ilptest.Reject(ilp.T04, "exceeded maximum balance."), account.Rejected},
			{ilp.Fail(ilp.F02, "failed to send packet: timed out"), account.Failed},
		}
		var recorders []*ilptest.Recorder
		for i := range late {
			r := n.Start("alice", ilptest.Prepare("test.us.bob", 7, ilptest.Data([]byte{byte(i)})))
			recorders = append(recorders, r)
		}
		time.Sleep(29*time.Second + tick)
		synctest.Wait()
		for i, c := range late {
			want(t, recorders[i].Reply(), ilp.R00, "packet expired.")
			n.Link("bob").Take().Up.WriteReply(c.reply)
			if got := bob.Counters.Late.Of(c.result); got != 1 {
				t.Errorf("%d late answers were counted as %s", got, c.result)
			}
			if recorders[i].Calls() != 1 {
				t.Errorf("%d answers were given", recorders[i].Calls())
			}
		}
		wantPosted(t, alice, "0")
		wantPosted(t, bob, "0")
		if got := bob.Counters.Outgoing.Of(account.Fulfilled) + bob.Counters.Outgoing.Of(account.Rejected); got != 0 {
			t.Errorf("%d late answers were counted as if they were not", got)
		}
		if bob.Counters.Outgoing.Of(account.Failed) != 3 || alice.Counters.Incoming.Of(account.Failed) != 3 {
			t.Error("the timeouts were not counted once each")
		}
		if count, _, _ := bob.Counters.Latency.Read(); count != 0 {
			t.Errorf("%d latencies of late answers were measured", count)
		}
		wantHeard(t, n, "late bob fulfilled 7", "late bob rejected 7", "late bob failed 7")
	})
}

func TestDisabledExpiryWaitsWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New(enginetest.Without("expire"))
		n.Run(t)
		alice := n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", ilptest.NewLink())
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 7))
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if r.Calls() != 0 || n.InFlight() != 1 {
			t.Fatalf("%d answers, %d in flight", r.Calls(), n.InFlight())
		}
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		wantFulfilled(t, r.Reply())
		wantPosted(t, alice, "7")
		wantPosted(t, bob, "-7")
	})
}

func TestLatencyIsFromSendingToTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink())
		bob := n.Add(t, "bob", ilptest.NewLink())
		r := n.Start("alice", ilptest.Prepare("test.us.bob", 7))
		time.Sleep(40 * time.Millisecond)
		n.Link("bob").Take().Up.WriteReply(ilptest.Fulfill())
		r.Reply()
		if count, sum, _ := bob.Counters.Latency.Read(); count != 1 || sum != 40*time.Millisecond {
			t.Errorf("%d latencies of %v together", count, sum)
		}
	})
}
