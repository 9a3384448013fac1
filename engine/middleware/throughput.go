package middleware

import (
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// throughput bounds how much money may pass in a time, in units of the account.
// What a packet took is spent, also if it is rejected later.
type throughput struct {
	bucket
	amount func(*engine.Packet) uint64
}

// Name returns the cause of its refusals.
func (*throughput) Name() string { return "throughput" }

func newThroughput(a *account.Account) (in, out engine.Middleware) {
	t := a.Throughput
	if t.Incoming != 0 {
		in = throughputOf(t.Incoming, t.Period, (*engine.Packet).Incoming)
	}
	if t.Outgoing != 0 {
		out = throughputOf(t.Outgoing, t.Period, (*engine.Packet).Outgoing)
	}
	return in, out
}

func throughputOf(most uint64, period time.Duration, amount func(*engine.Packet) uint64) *throughput {
	t := &throughput{amount: amount}
	t.init(most, most, period)
	return t
}

// Prepare takes a token for each unit of the amount.
func (t *throughput) Prepare(p *engine.Packet) engine.Verdict {
	if !t.take(p.Arrived().Steady, t.amount(p)) {
		return p.RefuseFor(t, ilp.Failure{Code: ilp.T04, Message: "exceeded money bandwidth, throttling."})
	}
	return engine.Pass
}

// Reply passes.
func (t *throughput) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

var (
	_ engine.Middleware = (*throughput)(nil)
	_ engine.Cause      = (*throughput)(nil)
)
