package middleware_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/ilptest/enginetest"
)

const throttled = "too many requests, throttling."

func rateLimited(count, capacity uint64) func(*account.Settings) {
	return func(s *account.Settings) {
		s.RateLimit = account.RateLimit{Period: time.Minute, Count: count, Capacity: capacity}
	}
}

// As in the reference, money takes tokens of the same bucket.
func TestMoneyCountsAgainstTheRateLimitOfPackets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := account.Settings{}
		rateLimited(60, 5)(&s)
		a := account.New("alice", s)
		in, _ := middleware.NewSet(middleware.Services{}, nil, nil).Chains(a)
		now := clock.Now().Steady
		for i := range 7 {
			if got, want := middleware.AdmitMoney(in, now), i < 5; got != want {
				t.Errorf("payment %d is admitted: %t, want %t", i, got, want)
			}
		}
		if !middleware.AdmitMoney(in, now+int64(time.Second)) {
			t.Error("a second later there is no token")
		}
		if got := a.Counters.RateLimitedMoney.Load(); got != 2 || a.Counters.RateLimited.Load() != 0 {
			t.Errorf("counted %d as money, %d as packets", got, a.Counters.RateLimited.Load())
		}
		in, _ = middleware.NewSet(middleware.Services{}, []middleware.Name{middleware.RateLimit}, nil).Chains(a)
		if !middleware.AdmitMoney(in, now) {
			t.Error("it is limited although rateLimit is disabled")
		}
	})
}

func TestEveryPacketCountsAgainstTheRateLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		alice := n.Add(t, "alice", ilptest.NewLink(), rateLimited(60, 5))
		n.Add(t, "bob", ilptest.Fulfilling())
		spend := []func() ilp.Prepare{
			func() ilp.Prepare { return ilptest.Prepare("test.us.bob", 5) },
			func() ilp.Prepare { return ilptest.Prepare("test.us.bob", 5) }, // a duplicate
			func() ilp.Prepare { return ilptest.Prepare("g.nowhere", 0) },
			func() ilp.Prepare { return ilptest.Prepare("peer.config", 0) },
			func() ilp.Prepare { return ilp.Malformed(errors.New("garbage"), nil) },
		}
		for i, prepare := range spend {
			if reply := n.Send("alice", prepare()); reply.Code() == ilp.T05 {
				t.Errorf("packet %d got %s", i, enginetest.Describe(reply))
			}
		}
		for i, prepare := range spend {
			if i%2 == 0 {
				enginetest.WantRefused(t, n.Send("alice", prepare()), ilp.T05, throttled)
			}
		}
		if got := alice.Counters.RateLimited.Load(); got != 3 {
			t.Errorf("%d packets were counted", got)
		}
		enginetest.WantPosted(t, alice, "10")
	})
}

func TestRateLimitRefillsExactly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink(), rateLimited(60, 2))
		n.Add(t, "bob", ilptest.Fulfilling())
		passes := func() bool {
			reply := n.Send("alice", ilptest.Prepare("test.us.bob", 0))
			return reply.Code() != ilp.T05
		}
		if !passes() || !passes() || passes() {
			t.Fatal("the capacity is not two packets")
		}
		time.Sleep(time.Second - 1)
		if passes() {
			t.Error("a token came too soon")
		}
		time.Sleep(1)
		if !passes() || passes() {
			t.Error("after a second it is not one token")
		}
		time.Sleep(time.Hour)
		if !passes() || !passes() || passes() {
			t.Error("after an hour it is not the capacity")
		}
	})
}

func TestRateLimitIsEachAccountsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := enginetest.New()
		n.Add(t, "alice", ilptest.NewLink(), rateLimited(1, 1))
		n.Add(t, "bob", ilptest.Fulfilling(), rateLimited(1, 1))
		enginetest.WantFulfilled(t, n.Send("alice", ilptest.Prepare("test.us.bob", 0)))
		enginetest.WantRefused(t, n.Send("alice", ilptest.Prepare("test.us.bob", 0)), ilp.T05, throttled)
		enginetest.WantFulfilled(t, n.Send("bob", ilptest.Prepare("test.us.bob", 0)))
		enginetest.WantFulfilled(t, n.Originate(ilptest.Prepare("test.us.bob", 0)))
	})
}
