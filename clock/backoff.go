package clock

import (
	"math/rand/v2"
	"time"
)

// Backoff says how long to wait before the next try. It takes one step after the other,
// and then the last one again. It is not safe for concurrent use.
type Backoff struct {
	steps []time.Duration
	tries int
}

// DefaultSteps are the steps of a Backoff that is made without any.
var DefaultSteps = []time.Duration{
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
}

// NewBackoff returns a Backoff with these steps, or DefaultSteps if there are none.
func NewBackoff(steps ...time.Duration) *Backoff {
	if len(steps) == 0 {
		steps = DefaultSteps
	}
	return &Backoff{steps: steps}
}

// Doubling returns the steps from first to most, each twice the one before.
func Doubling(first, most time.Duration) (steps []time.Duration) {
	for ; first < most; first *= 2 {
		steps = append(steps, first)
	}
	return append(steps, most)
}

// Next returns the wait before the next try: a random time between half of the step and
// all of it, so that clients that lost the same server do not return at the same moment.
// It has three digits, as operators read it in the log.
func (b *Backoff) Next() time.Duration {
	step := b.steps[min(b.tries, len(b.steps)-1)]
	b.tries++
	return max(step/2, rounded(step-rand.N(step/2+1)))
}

// rounded returns d without its digits behind the third.
func rounded(d time.Duration) time.Duration {
	unit := time.Duration(1)
	for d/unit >= 1000 {
		unit *= 10
	}
	return d.Truncate(unit)
}

// Reset starts again with the first step, after a try that went well.
func (b *Backoff) Reset() { b.tries = 0 }
