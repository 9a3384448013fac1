package btplink

import (
	"sync"
	"time"
)

// repeats watches for something that peers can bring about again and again. If it happens often
// within a time, that is an alert, raised once. The alert ends when it has not happened for quiet.
type repeats struct {
	often         int
	within, quiet time.Duration

	mu     sync.Mutex
	times  []time.Time // when it happened, oldest first, at most often
	raised bool        // the alert is, and operators may have dismissed it
	ending *time.Timer // ends the alert, nil if none was raised
}

// again records that it has happened. It calls raise if that is an alert, and end later, when it
// has not happened for so long. Both are called with the lock of r.
func (r *repeats) again(raise, end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.times = append(r.times, now)
	if n := len(r.times); n > r.often {
		r.times = append(r.times[:0], r.times[n-r.often:]...)
	}
	if r.ending != nil {
		r.ending.Reset(r.quiet)
	}
	if len(r.times) < r.often || now.Sub(r.times[0]) > r.within {
		return
	}
	r.times = r.times[:0]
	if r.raised { // once is enough, however long it goes on
		return
	}
	r.raised = true
	raise()
	if r.ending == nil {
		r.ending = time.AfterFunc(r.quiet, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.raised = false
			end()
		})
	}
}

// stop stops the timer of the alert.
func (r *repeats) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending != nil {
		r.ending.Stop()
	}
}
