package link

import (
	"sync"
	"time"
)

// Rule says when Repeats are an alert: when there were so many within a time. The alert ends when
// there was none for Quiet.
type Rule struct {
	Often         int
	Within, Quiet time.Duration
}

// Repeats watches for something that peers can bring about again and again. If that happens too
// often, it is an alert, raised once.
type Repeats struct {
	mu     sync.Mutex
	times  []time.Time // when it happened, oldest first, at most Often
	raised bool        // the alert is, and operators may have dismissed it
	ending *time.Timer // ends the alert, nil if none was raised
}

// Again records that it has happened. It calls raise if that is an alert, and end later, when it
// has not happened for so long. Both are called with the lock of r.
func (r *Repeats) Again(is Rule, raise, end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.times = append(r.times, now)
	if n := len(r.times); n > is.Often {
		r.times = append(r.times[:0], r.times[n-is.Often:]...)
	}
	if r.ending != nil {
		r.ending.Reset(is.Quiet)
	}
	if len(r.times) < is.Often || now.Sub(r.times[0]) > is.Within {
		return
	}
	r.times = r.times[:0]
	if r.raised { // once is enough, however long it goes on
		return
	}
	r.raised = true
	raise()
	if r.ending == nil {
		r.ending = time.AfterFunc(is.Quiet, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.raised = false
			end()
		})
	}
}

// Stop stops the timer of the alert.
func (r *Repeats) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending != nil {
		r.ending.Stop()
	}
}
