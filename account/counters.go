package account

import (
	"math/big"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// Counters counts what an account has done since the process started. A reader
// may see only a part of the counts of one packet.
type Counters struct {
	Incoming      Results // packets from the account, by how they were answered
	IncomingValue Values  // their amounts, if the account has a balance
	Outgoing      Results // packets to the account, by their answer
	OutgoingValue Values
	Rejects       Codes   // rejected packets to the account, by code
	Late          Results // answers of the account that came after the expiry
	Unmatched     Results // answers of the account that no packet waits for

	LateReceived Amounts       // Fulfills of the account that came after the expiry
	LateFulfills Amounts       // Fulfills handed to the account after its Prepare had expired
	KeptFulfills atomic.Uint64 // Fulfills that a middleware of the account wanted to replace

	RefusedFrom Refusals // packets from the account that we refused
	RefusedTo   Refusals // packets for the account that we refused

	RateLimited      atomic.Uint64 // packets over the rate limit
	RateLimitedMoney atomic.Uint64 // settlements from the account over the same limit

	IncomingMoney Money // settlements from the account
	OutgoingMoney Money // settlements to the account

	Told Told // what npm middlewares count of the account; metrics add it to the counts above

	Latency  Histogram    // from sending a packet to the account until its answer
	InFlight atomic.Int64 // packets from the account that are not answered
	// Outstanding is the number of packets that go to the account and are not answered.
	Outstanding atomic.Int64
	// IncomingInFlight is the money of the packets from the account that are not answered, and
	// OutgoingInFlight that of those to the account, unless inFlight is disabled.
	IncomingInFlight, OutgoingInFlight Flying
	LastSeen                           atomic.Int64 // when the account last sent a packet, Unix nanoseconds
}

// Result says how a packet ended: the counterparty fulfilled it, the counterparty
// rejected it, or we failed to deliver it.
type Result uint8

// The results.
const (
	Fulfilled Result = iota
	Rejected
	Failed
	resultCount
)

// String returns the label of the result in metrics.
func (r Result) String() string {
	return [...]string{"fulfilled", "rejected", "failed"}[r]
}

// ResultOf returns the result of a packet with this answer.
func ResultOf(reply *ilp.Reply) Result {
	switch {
	case reply.Failed() && !reply.Failure().Declined:
		return Failed
	case reply.Fulfilled():
		return Fulfilled
	}
	return Rejected
}

// Results counts packets by result.
type Results [resultCount]atomic.Uint64

// Count adds one.
func (r *Results) Count(result Result) { r[result].Add(1) }

// Of returns the count of a result.
func (r *Results) Of(result Result) uint64 { return r[result].Load() }

// Values sums amounts by result.
type Values [resultCount]Sum

// Add adds an amount.
func (v *Values) Add(result Result, amount uint64) { v[result].Add(amount) }

// All returns the sum over all results, in decimal.
func (v *Values) All() string {
	all := new(big.Int)
	for i := range v {
		all.Add(all, v[i].big())
	}
	return all.String()
}

// Amounts counts packets and sums their amounts.
type Amounts struct {
	Count atomic.Uint64
	Value Sum
}

// Add adds one packet.
func (a *Amounts) Add(amount uint64) {
	a.Count.Add(1)
	a.Value.Add(amount)
}

// Sum is a sum of amounts that may pass 64 bits.
type Sum struct{ low, carries atomic.Uint64 }

// Add adds an amount.
func (s *Sum) Add(amount uint64) {
	if s.low.Add(amount) < amount {
		s.carries.Add(1)
	}
}

// String returns the sum in decimal.
func (s *Sum) String() string { return s.big().String() }

func (s *Sum) big() *big.Int {
	sum := new(big.Int).SetUint64(s.carries.Load())
	return sum.Lsh(sum, 64).Add(sum, new(big.Int).SetUint64(s.low.Load()))
}

// Float returns the sum for metrics, exact to 53 bits.
func (s *Sum) Float() float64 {
	return float64(s.carries.Load())*(1<<64) + float64(s.low.Load())
}

// latencyBounds are the upper bounds of the histogram's buckets.
var latencyBounds = [...]time.Duration{
	100 * time.Microsecond, 250 * time.Microsecond, 500 * time.Microsecond,
	time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond,
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second,
	10 * time.Second, 30 * time.Second,
}

// Histogram counts durations in fixed buckets. It makes them with the first duration: of very many
// accounts, most never send a packet.
type Histogram struct{ counts atomic.Pointer[durations] }

type durations struct {
	buckets [len(latencyBounds) + 1]atomic.Uint64
	sum     atomic.Int64
}

// none is what a histogram without a duration has counted. Nothing is added to it.
var none durations

// Observe counts one duration.
func (h *Histogram) Observe(d time.Duration) {
	i := 0
	for i < len(latencyBounds) && d > latencyBounds[i] {
		i++
	}
	c := h.counted()
	c.buckets[i].Add(1)
	c.sum.Add(int64(d))
}

// counted returns the counts to add to, and makes them if there are none.
func (h *Histogram) counted() *durations {
	c := h.counts.Load()
	for c == nil {
		h.counts.CompareAndSwap(nil, new(durations))
		c = h.counts.Load()
	}
	return c
}

// read returns the counts to read.
func (h *Histogram) read() *durations {
	if c := h.counts.Load(); c != nil {
		return c
	}
	return &none
}

// Read returns the number of durations, their sum, and for each bound the number
// of durations up to it.
func (h *Histogram) Read() (count uint64, sum time.Duration, upTo map[time.Duration]uint64) {
	c := h.read()
	upTo = make(map[time.Duration]uint64, len(latencyBounds))
	for i, bound := range latencyBounds {
		count += c.buckets[i].Load()
		upTo[bound] = count
	}
	count += c.buckets[len(latencyBounds)].Load()
	return count, time.Duration(c.sum.Load()), upTo
}
