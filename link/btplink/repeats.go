package btplink

import (
	"sync"
	"time"
)

// rule says when repeats are an alert: when there were so many within a time. The alert ends when
// there was none for quiet.
type rule struct {
	often         int
	within, quiet time.Duration
}

// repeats watches for something that peers can bring about again and again. If that happens too
// often, it is an alert, raised once.
type repeats struct {
	mu     sync.Mutex
	times  []time.Time // when it happened, oldest first, at most often
	raised bool        // the alert is, and operators may have dismissed it
	ending *time.Timer // ends the alert, nil if none was raised
}

// again records that it has happened. It calls raise if that is an alert, and end later, when it
// has not happened for so long. Both are called with the lock of r.
func (r *repeats) again(is rule, raise, end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.times = append(r.times, now)
	if n := len(r.times); n > is.often {
		r.times = append(r.times[:0], r.times[n-is.often:]...)
	}
	if r.ending != nil {
		r.ending.Reset(is.quiet)
	}
	if len(r.times) < is.often || now.Sub(r.times[0]) > is.within {
		return
	}
	r.times = r.times[:0]
	if r.raised { // once is enough, however long it goes on
		return
	}
	r.raised = true
	raise()
	if r.ending == nil {
		r.ending = time.AfterFunc(is.quiet, func() {
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
