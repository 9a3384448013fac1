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
	mu   sync.Mutex
	seen *seen // nil while it has never happened
}

// seen is what Repeats have seen.
type seen struct {
	times  []time.Time // when it happened, oldest first, at most Often
	raised bool        // the alert is, and operators may have dismissed it
	ending *time.Timer // ends the alert, nil if none was raised
}

// Again records that it has happened. It calls raise if that is an alert, and end later, when it
// has not happened for so long. Both are called with the lock of r.
func (r *Repeats) Again(is Rule, raise, end func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = new(seen)
	}
	s, now := r.seen, time.Now()
	s.times = append(s.times, now)
	if n := len(s.times); n > is.Often {
		s.times = append(s.times[:0], s.times[n-is.Often:]...)
	}
	if s.ending != nil {
		s.ending.Reset(is.Quiet)
	}
	if len(s.times) < is.Often || now.Sub(s.times[0]) > is.Within {
		return
	}
	s.times = s.times[:0]
	if s.raised { // once is enough, however long it goes on
		return
	}
	s.raised = true
	raise()
	if s.ending == nil {
		s.ending = time.AfterFunc(is.Quiet, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			s.raised = false
			end()
		})
	}
}

// Stop stops the timer of the alert.
func (r *Repeats) Stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen != nil && r.seen.ending != nil {
		r.seen.ending.Stop()
	}
}
