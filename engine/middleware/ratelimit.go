package middleware

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// rateLimit bounds how many packets an account may send in a time. Every packet
// counts, whatever it is: routing messages and garbage too.
type rateLimit struct {
	account *account.Account
	bucket
}

// Name returns the cause of its refusals.
func (*rateLimit) Name() string { return "rate_limit" }

func newRateLimit(a *account.Account) *rateLimit {
	r := &rateLimit{account: a}
	r.init(a.RateLimit.Count, a.RateLimit.Capacity, a.RateLimit.Period)
	return r
}

// Prepare takes a token.
func (r *rateLimit) Prepare(p *engine.Packet) engine.Verdict {
	if !r.take(p.Arrived().Steady, 1) {
		r.account.Counters.RateLimited.Add(1)
		return p.RefuseFor(r, ilp.Failure{Code: ilp.T05, Message: "too many requests, throttling."})
	}
	return engine.Pass
}

// Reply gives nothing back: a token is spent whatever becomes of the packet.
func (r *rateLimit) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

// AdmitMoney takes a token for money that the account of a chain tells us of, if the incoming chain
// has a rate limit: as in the reference, money shares it with packets. It reports whether the money
// is within the limit, and counts it otherwise. now is steady time. It does not block.
func AdmitMoney(incoming []engine.Middleware, now int64) bool {
	for _, m := range incoming {
		if r, ok := m.(*rateLimit); ok && !r.take(now, 1) {
			r.account.Counters.RateLimitedMoney.Add(1)
			return false
		}
	}
	return true
}

var (
	_ engine.Middleware = (*rateLimit)(nil)
	_ engine.Cause      = (*rateLimit)(nil)
)
