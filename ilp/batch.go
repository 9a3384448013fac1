package ilp

// Batch is what one read of a socket brought. It travels with the views cut
// from that read, so that every output which the read's packets touch is
// written once, at its end, and so that the clock is read once.
//
// A Batch belongs to one goroutine and is valid as long as the view that
// carries it. A nil Batch is that of a packet which came some other way.
type Batch struct {
	now   int64
	dirty []Flusher
}

// Flusher is an output that holds bytes back until it is flushed. Flush does
// not block.
type Flusher interface{ Flush() }

// Begin starts the batch anew at the given time in Unix nanoseconds.
func (b *Batch) Begin(now int64) {
	b.now = now
	b.dirty = b.dirty[:0]
}

// Now is the time the batch was read, in Unix nanoseconds, 0 for a nil batch.
func (b *Batch) Now() int64 {
	if b == nil {
		return 0
	}
	return b.now
}

// Touch has the batch flush f at its end. It reports whether it will: on a nil
// batch it does not, and the caller flushes by itself.
func (b *Batch) Touch(f Flusher) bool {
	if b == nil {
		return false
	}
	b.dirty = append(b.dirty, f)
	return true
}

// End flushes what was touched.
func (b *Batch) End() {
	for i := 0; i < len(b.dirty); i++ { // a flush may touch another
		f := b.dirty[i]
		b.dirty[i] = nil
		f.Flush()
	}
	b.dirty = b.dirty[:0]
}
