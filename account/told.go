package account

import (
	"maps"
	"math"
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/ilp"
)

// Stat is a metric of the reference that an npm middleware can add to or set, by its api.stats.
type Stat uint8

// The metrics. The first six are sums, the others the latest value.
const (
	StatIncomingPackets Stat = iota
	StatIncomingValue
	StatOutgoingPackets
	StatOutgoingValue
	StatRateLimited
	StatRateLimitedMoney
	StatIncomingMoney
	StatOutgoingMoney
	StatBalance
)

// Sums reports whether the metric is a sum.
func (s Stat) Sums() bool { return s <= StatRateLimitedMoney }

// Sample names one value of a Stat. Result is a label of the reference, and Code is empty but for
// rejected packets to the account.
type Sample struct {
	Stat         Stat
	Result, Code string
}

// otherLabel stands for the values of labels that the reference has not: a module may invent any.
const otherLabel = "other"

// SampleOf returns the sample for what a module says. Whatever that is, there are less than 60 samples
// for an account.
func SampleOf(stat Stat, result, code string) Sample {
	s := Sample{Stat: stat}
	switch stat {
	case StatRateLimited, StatRateLimitedMoney, StatBalance:
		return s
	case StatIncomingMoney, StatOutgoingMoney:
		s.Result = known(result, "succeeded", "failed")
		return s
	}
	s.Result = known(result, Fulfilled.String(), Rejected.String(), Failed.String())
	if stat == StatOutgoingPackets && s.Result == Rejected.String() {
		s.Code = otherLabel
		if c, ok := ilp.ParseCode(code); ok && c.Known() {
			s.Code = code
		}
	}
	return s
}

func known(label string, labels ...string) string {
	for _, l := range labels {
		if l == label {
			return l
		}
	}
	return otherLabel
}

// Told holds what npm middlewares have said of an account for its metrics. The values are for display
// alone, so they are floats. The zero value is ready, and safe for concurrent use.
type Told struct{ values atomic.Pointer[toldValues] } // nil before the first: most accounts have none

type toldValues struct {
	mu sync.Mutex
	of map[Sample]float64
}

// toldMax bounds a value. The largest balance has 39 digits.
const toldMax = 1e39

// Tell adds a value to a sum, or sets another one. It returns false, and changes nothing, if the value is no
// number within bounds, or would make a sum fall.
func (t *Told) Tell(s Sample, value float64) bool {
	if math.IsNaN(value) || math.Abs(value) > toldMax || s.Stat.Sums() && value < 0 {
		return false
	}
	v := t.values.Load()
	for v == nil {
		t.values.CompareAndSwap(nil, &toldValues{of: make(map[Sample]float64)})
		v = t.values.Load()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if s.Stat.Sums() {
		value += v.of[s]
	}
	v.of[s] = value
	return true
}

// Read returns a copy of the values, nil if there are none.
func (t *Told) Read() map[Sample]float64 {
	v := t.values.Load()
	if v == nil {
		return nil
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.of)
}

// add adds the sums of another account. What is no sum stays its own.
func (t *Told) add(other *Told) {
	for s, value := range other.Read() {
		if s.Stat.Sums() {
			t.Tell(s, min(value, toldMax))
		}
	}
}
