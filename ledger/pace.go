package ledger

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
)

// pace measures how far the store lags behind. A disk can hang, and the process can be
// stopped and continued. Fulfills that come meanwhile wait and go up late. So the ledger is
// Busy, and no new money is let out, until the store keeps up again.
type pace struct {
	since atomic.Int64 // steady time at which the oldest change that is not written was entered, 0 for none
	count atomic.Int64 // changes that are not written
	timer *time.Timer  // runs while a change waits, and fires when it has waited too long

	telling sync.Mutex
	stalled bool // what Stalled was told last; guarded by telling
}

// lags reports whether a change has waited for Stall at a steady time, or too many wait.
func (l *Ledger) lags(now int64) bool {
	since := l.since.Load()
	return since != 0 && now-since >= int64(l.Stall) || l.count.Load() >= EntriesMax
}

// beginLocked notes that a change waits, where none did. It was entered at a steady time.
func (l *Ledger) beginLocked(now int64) {
	if l.since.CompareAndSwap(0, now) { // else one is being written
		l.timer.Reset(l.Stall)
	}
}

// written notes that n changes have been written.
func (l *Ledger) written(n int) {
	l.mu.Lock()
	l.count.Add(-int64(n))
	if len(l.waiting) == 0 {
		l.since.Store(0)
		l.timer.Stop()
	} else {
		l.since.Store(l.first)
		l.timer.Reset(l.Stall)
	}
	l.mu.Unlock()
	l.tell()
}

// look runs when a change may have waited for too long. It wakes the writer as well: the
// goroutine that should have done so may have panicked.
func (l *Ledger) look() {
	l.Flush()
	l.tell()
}

// tell calls Stalled if its answer has changed.
func (l *Ledger) tell() {
	if l.Stalled == nil {
		return
	}
	l.telling.Lock()
	defer l.telling.Unlock()
	if stalled := l.lags(clock.Now().Steady); stalled != l.stalled {
		l.stalled = stalled
		l.Stalled(stalled)
	}
}
