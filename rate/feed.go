package rate

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

const (
	// feedMax is how many packets may wait until an observer is told of them.
	feedMax = 65_536

	// feedPause is between two batches, so that an observer is told of many packets at once.
	feedPause = 10 * time.Millisecond

	// feedLogPause is between two log lines about panics of one observer.
	feedLogPause = time.Second
)

// Feed tells an [Observer] of forwarded packets, on the goroutine that calls Run. Put only enters
// a packet in a list. So an observer that is slow, hangs or panics misses packets, and harms
// none.
type Feed struct {
	observer Observer
	log      *slog.Logger
	said     time.Time // when a panic was logged last
	unsaid   int       // panics since

	woken   chan struct{}   // holds a value if packets wait
	closing chan struct{}   // closed by Close
	ended   chan struct{}   // closed when Run returns
	ctx     context.Context // of Observe
	cancel  context.CancelFunc

	mu      sync.Mutex
	waiting []Forwarded // at most feedMax; never grows
	spare   []Forwarded // the batch before, whose room the next packets get
	told    uint64
	dropped uint64
	since   time.Time // when the call of Observe began that is under way, zero if none is
	closed  bool
}

// FeedState says how much an observer was told.
type FeedState struct {
	// Observer is the type of the observer.
	Observer string
	// Told counts the packets that the observer was told of. Dropped counts those that it never
	// heard of, or during which it panicked or hung.
	Told, Dropped uint64
	// Waiting is the number of packets that it is still to be told of.
	Waiting int
	// Since is when the call began that has not returned yet, zero if none is under way.
	Since time.Time
}

// NewFeed returns the feed of an observer. A nil log discards.
func NewFeed(o Observer, log *slog.Logger) *Feed {
	f := &Feed{
		observer: o, log: orDiscard(log),
		woken: make(chan struct{}, 1), closing: make(chan struct{}), ended: make(chan struct{}),
		waiting: make([]Forwarded, 0, feedMax), spare: make([]Forwarded, 0, feedMax),
	}
	f.ctx, f.cancel = context.WithCancel(context.Background())
	return f
}

// Put enters a packet. It neither waits nor allocates. If 65,536 packets wait already, it drops the
// packet and counts it.
func (f *Feed) Put(p Forwarded) {
	f.mu.Lock()
	if f.closed || len(f.waiting) == cap(f.waiting) {
		f.dropped++
		f.mu.Unlock()
		return
	}
	f.waiting = append(f.waiting, p)
	first := len(f.waiting) == 1
	f.mu.Unlock()
	if first {
		select {
		case f.woken <- struct{}{}:
		default:
		}
	}
}

// Run tells the observer until Close is called, and then of what still waits. It blocks, and is
// called once.
func (f *Feed) Run() {
	defer close(f.ended)
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-f.woken:
		case <-f.closing:
			f.tell()
			return
		}
		f.tell()
		pause.Reset(feedPause)
		select {
		case <-pause.C:
		case <-f.closing:
		}
	}
}

// Close ends Run as soon as the observer has been told of all that waits. After most it ends the
// context of the observer, and gives it up after a tenth of that more: then the rest counts as
// dropped, and Run returns when the observer does. Close is called once, while Run runs.
func (f *Feed) Close(most time.Duration) {
	defer f.cancel()
	close(f.closing)
	for _, patience := range []time.Duration{most, most / 10} {
		timer := time.NewTimer(patience)
		select {
		case <-f.ended:
		case <-timer.C:
		}
		timer.Stop()
		f.cancel()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropped += uint64(len(f.waiting))
	if !f.since.IsZero() {
		f.dropped += uint64(len(f.spare))
	}
	f.waiting, f.closed = nil, true
}

// State returns how much the observer was told. It is safe for concurrent use.
func (f *Feed) State() FeedState {
	f.mu.Lock()
	defer f.mu.Unlock()
	return FeedState{
		Observer: fmt.Sprintf("%T", f.observer), Told: f.told, Dropped: f.dropped, Waiting: len(f.waiting), Since: f.since,
	}
}

// tell tells the observer of the packets that wait. If it panics, it is told of the next ones all
// the same.
func (f *Feed) tell() {
	batch := f.begin()
	if len(batch) == 0 {
		return
	}
	returned := false
	defer func() {
		cause := recover()
		f.end(batch, returned)
		if cause != nil {
			f.panicked(cause, len(batch))
		}
	}()
	f.observer.Observe(f.ctx, batch)
	returned = true
}

// begin takes the packets that wait.
func (f *Feed) begin() []Forwarded {
	f.mu.Lock()
	defer f.mu.Unlock()
	batch := f.waiting
	if len(batch) > 0 {
		f.waiting, f.spare = f.spare[:0], batch
		f.since = time.Now()
	}
	return batch
}

// end notes whether the observer has returned from a batch.
func (f *Feed) end(batch []Forwarded, returned bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.since = time.Time{}
	switch {
	case f.closed: // and they count as dropped
	case returned:
		f.told += uint64(len(batch))
	default:
		f.dropped += uint64(len(batch))
	}
}

// panicked logs that the observer has panicked, at most once in feedLogPause.
func (f *Feed) panicked(cause any, packets int) {
	if time.Since(f.said) < feedLogPause {
		f.unsaid++
		return
	}
	f.log.Error("an observer of forwarded amounts has panicked; it is told of the next ones",
		"observer", fmt.Sprintf("%T", f.observer), "packets", packets, "panic", fmt.Sprint(cause), "notLogged", f.unsaid, "stack", string(debug.Stack()))
	f.said, f.unsaid = time.Now(), 0
}
