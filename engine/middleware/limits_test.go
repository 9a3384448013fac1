package middleware_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/engine/middleware/dedupe"
)

// Each limit of an account says what is left of it. One that bounds nothing says nothing.
func TestLimitsSayWhatIsLeft(t *testing.T) {
	set := middleware.NewSet(middleware.Services{Duplicates: dedupe.NewMemory(), Alerts: account.NewAlerts(time.Now())}, nil, nil)
	a := account.New("alice", account.Settings{
		Limits:          &balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Finite(balance.FromInt64(100))},
		PacketAmountMax: 50,
		RateLimit:       account.RateLimit{Period: time.Minute, Count: 10, Capacity: 10},
		Throughput:      account.Throughput{Period: time.Second, Outgoing: 70},
	})
	a.Balance.Hold(30)
	in, out := set.Chains(a)
	const want = "[{rate_limit false 10 in 1m0s 10} {max_packet_amount false 50 50} {maximum_balance false 100 70} " +
		"{throughput true 70 in 1s 70} {minimum_balance true -Infinity Infinity}]"
	if got := fmt.Sprint(engine.LimitsOf(in, out)); got != want {
		t.Errorf("the limits are\n%s, want\n%s", got, want)
	}
}
