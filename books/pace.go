package books

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/clock"
)

// pace is how far the store lags behind. A disk can hang, and the process can be stopped
// and go on. What is fulfilled meanwhile waits here, and its Fulfill goes up late. So no
// new money is let out until the store keeps up again.
type pace struct {
	since atomic.Int64 // steady time at which the oldest change was entered that is not written; 0 for none
	count atomic.Int64 // changes that are not written
	timer *time.Timer  // runs while there is one, and looks whether it has waited too long

	telling sync.Mutex
	stalled bool // what Stalled was told last; guarded by telling
}

// Lags reports whether changes wait for longer than Stall at a steady time, or are too
// many: then no new money must be let out. It does not block.
func (b *Books) Lags(now int64) bool {
	since := b.since.Load()
	return since != 0 && now-since >= int64(b.Stall) || b.count.Load() >= EntriesMax
}

// beginLocked notes that a change waits, entered at a steady time, where none did.
func (b *Books) beginLocked(now int64) {
	if b.since.CompareAndSwap(0, now) { // else one is being written
		b.timer.Reset(b.Stall)
	}
}

// written notes that n changes do not wait any more.
func (b *Books) written(n int) {
	b.mu.Lock()
	b.count.Add(-int64(n))
	if len(b.waiting) == 0 {
		b.since.Store(0)
		b.timer.Stop()
	} else {
		b.since.Store(b.first)
		b.timer.Reset(b.Stall)
	}
	b.mu.Unlock()
	b.tell()
}

// look is called when a change may have waited for too long. Whoever should have flushed
// it may have died, so it is flushed.
func (b *Books) look() {
	b.Flush()
	b.tell()
}

// tell tells Stalled whether changes wait for too long, if that is news.
func (b *Books) tell() {
	if b.Stalled == nil {
		return
	}
	b.telling.Lock()
	defer b.telling.Unlock()
	if stalled := b.Lags(clock.Now().Steady); stalled != b.stalled {
		b.stalled = stalled
		b.Stalled(stalled)
	}
}
