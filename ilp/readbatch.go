package ilp

import "github.com/ilp-go/connector/clock"

// ReadBatch stands for one read of a socket. It travels with the views of the packets in
// that read. So each output that the packets touch is written once, when all of them are
// handled, and the clock is read only once.
//
// A ReadBatch belongs to one goroutine, and is valid as long as the view that carries it.
// A packet that did not come from a socket has a nil ReadBatch.
type ReadBatch struct {
	now   clock.Reading
	dirty []Flusher
}

// Flusher is an output that holds bytes back until it is flushed. Flush does
// not block.
type Flusher interface{ Flush() }

// Begin starts a new batch at the given time.
func (b *ReadBatch) Begin(now clock.Reading) {
	b.now = now
	b.dirty = b.dirty[:0]
}

// Now returns the time at which the batch was read. For a nil batch it is none.
func (b *ReadBatch) Now() clock.Reading {
	if b == nil {
		return clock.Reading{}
	}
	return b.now
}

// Time returns the time at which the batch was read, or the time of the clock if there is none.
func (b *ReadBatch) Time() clock.Reading {
	if b == nil || b.now.None() {
		return clock.Now()
	}
	return b.now
}

// Touch adds f to the outputs that End flushes. It reports false for a nil batch: then the
// caller must flush f.
func (b *ReadBatch) Touch(f Flusher) bool {
	if b == nil {
		return false
	}
	b.dirty = append(b.dirty, f)
	return true
}

// End flushes the outputs that were touched. If one of them panics, End flushes the others
// before the panic continues.
func (b *ReadBatch) End() {
	next := 0
	defer func() {
		if next < len(b.dirty) {
			b.dirty = b.dirty[next:]
			b.End()
		}
	}()
	for next < len(b.dirty) { // a flush may touch another
		f := b.dirty[next]
		b.dirty[next] = nil
		next++
		f.Flush()
	}
	b.dirty, next = b.dirty[:0], 0
}

// EndGuarded ends the batch, and calls panicked with the cause if an output panics. If
// panicked is nil, the panic continues.
func (b *ReadBatch) EndGuarded(panicked func(cause any)) {
	if panicked != nil {
		defer func() {
			if cause := recover(); cause != nil {
				panicked(cause)
			}
		}()
	}
	b.End()
}
