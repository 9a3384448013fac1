package ilp

import "github.com/ilp-go/connector/clock"

// ReadBatch is what one read of a socket brought. It travels with the views cut
// from that read, so that every output which the read's packets touch is
// written once, at its end, and so that the clock is read once.
//
// A ReadBatch belongs to one goroutine and is valid as long as the view that
// carries it. A nil ReadBatch is that of a packet which came some other way.
type ReadBatch struct {
	now   clock.Reading
	dirty []Flusher
}

// Flusher is an output that holds bytes back until it is flushed. Flush does
// not block.
type Flusher interface{ Flush() }

// Begin starts the batch anew at the given time.
func (b *ReadBatch) Begin(now clock.Reading) {
	b.now = now
	b.dirty = b.dirty[:0]
}

// Now returns the time the batch was read, none for a nil batch.
func (b *ReadBatch) Now() clock.Reading {
	if b == nil {
		return clock.Reading{}
	}
	return b.now
}

// Touch has the batch flush f at its end. It reports whether it will: on a nil
// batch it does not, and the caller flushes by itself.
func (b *ReadBatch) Touch(f Flusher) bool {
	if b == nil {
		return false
	}
	b.dirty = append(b.dirty, f)
	return true
}

// End flushes what was touched. If one of the outputs panics, the others are flushed
// before the panic goes on.
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
