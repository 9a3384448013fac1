package link

import (
	"math/rand/v2"
	"time"
)

// Backoff says how long to wait before the next try: each step longer than the one
// before, up to the last. It is not safe for concurrent use.
type Backoff struct {
	steps []time.Duration
	tries int
}

// DefaultSteps are the waits of a Backoff unless told otherwise.
var DefaultSteps = []time.Duration{
	100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
}

// NewBackoff makes a Backoff of the steps given, DefaultSteps if there are none.
func NewBackoff(steps ...time.Duration) *Backoff {
	if len(steps) == 0 {
		steps = DefaultSteps
	}
	return &Backoff{steps: steps}
}

// Next is the wait before the next try: between half of the step and all of it, so
// that many who lost the same peer do not come back at once.
func (b *Backoff) Next() time.Duration {
	step := b.steps[min(b.tries, len(b.steps)-1)]
	b.tries++
	return step - rand.N(step/2+1)
}

// Reset begins anew, after a try that went well.
func (b *Backoff) Reset() { b.tries = 0 }
