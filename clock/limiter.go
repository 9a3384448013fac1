package clock

import (
	"sync/atomic"
	"time"
)

// Limiter lets a bounded number of events through in each second of steady time. It is for
// lines of a log that strangers can cause. It is safe for concurrent use, and the zero value is
// ready.
type Limiter struct {
	second atomic.Int64
	passed atomic.Int64 // in that second
	held   atomic.Int64 // since the last event that passed
}

// Pass reports whether an event is one of the first most in this second. held is the number of
// events that did not pass before it.
func (l *Limiter) Pass(most int64) (pass bool, held int64) {
	second := Now().Steady / int64(time.Second)
	if last := l.second.Load(); last != second && l.second.CompareAndSwap(last, second) {
		l.passed.Store(0)
	}
	if l.passed.Add(1) > most {
		l.held.Add(1)
		return false, 0
	}
	return true, l.held.Swap(0)
}
