package settle

import (
	"context"
	"math/rand/v2"
	"time"
)

// The waits between two tries. RFC 38 allows at most an hour.
const (
	waitMin = time.Second
	waitMax = 10 * time.Minute
)

// backoff says how long to wait before the next try: twice as long each time.
type backoff struct{ tries int }

// next is between half of the wait and all of it, so that many accounts of one dead
// engine do not come back at once.
func (b *backoff) next() time.Duration {
	wait := min(waitMin<<min(b.tries, 20), waitMax)
	b.tries++
	return wait - rand.N(wait/2+1)
}

func (b *backoff) reset() { b.tries = 0 }

// pause waits, until it is hurried or ctx ends.
func pause(ctx context.Context, wait time.Duration, hurry <-chan struct{}) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-hurry:
	case <-ctx.Done():
	}
}

// await waits until it is hurried or ctx ends.
func await(ctx context.Context, hurry <-chan struct{}) {
	select {
	case <-hurry:
	case <-ctx.Done():
	}
}
