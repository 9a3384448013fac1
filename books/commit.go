package books

import (
	"context"
	"fmt"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// Run writes what waits, until ctx ends and nothing waits any more. It is called once.
func (b *Books) Run(ctx context.Context) {
	var batch ilp.ReadBatch
	for {
		select {
		case <-b.wake:
			b.commit(&batch)
		case <-ctx.Done():
			b.mu.Lock()
			b.closed = true
			b.mu.Unlock()
			b.commit(&batch)
			return
		}
	}
}

// commit writes all that waits, in one step, and tells everybody.
func (b *Books) commit(batch *ilp.ReadBatch) {
	b.mu.Lock()
	entries := b.waiting
	b.waiting = b.spare[:0]
	b.mu.Unlock()
	if len(entries) > 0 {
		err := b.Err()
		if err == nil {
			err = b.write(entries)
		}
		b.written(len(entries))
		batch.Begin(clock.Now())
		for i := range entries {
			if e := &entries[i]; e.waiter != nil {
				e.waiter.Written(batch, err)
			}
		}
		b.flush(batch)
	}
	clear(entries) // their packets are used again
	b.spare = entries
}

// flush ends the batch. An output that panics does not end the books.
func (b *Books) flush(batch *ilp.ReadBatch) {
	defer func() {
		if cause := recover(); cause != nil && b.Panicked != nil {
			b.Panicked(cause)
		}
	}()
	batch.End()
}

// write makes one batch of the entries. An entry that cannot be is told so and left
// out.
func (b *Books) write(entries []entry) error {
	for i := range entries {
		e := &entries[i]
		if !b.add(e) {
			e.waiter.Written(nil, ErrOverflow)
			e.waiter = nil
			continue
		}
		b.batch = append(b.batch, e.changes...)
	}
	for _, l := range b.touched {
		b.batch = append(b.batch, l.change())
	}
	err := b.apply()
	for _, l := range b.touched {
		l.settle(err == nil)
	}
	clear(b.batch)
	b.batch, b.touched = b.batch[:0], b.touched[:0]
	if err != nil {
		return b.broken(err)
	}
	return nil
}

// apply writes the batch. A store that panics has failed.
func (b *Books) apply() (err error) {
	if len(b.batch) == 0 {
		return nil
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the store panicked: %v", cause)
		}
	}()
	return b.Store.Apply(b.batch)
}

// broken ends the books.
func (b *Books) broken(err error) error {
	err = fmt.Errorf("books: %w", err)
	b.err.Store(&err)
	b.Failed(err)
	return err
}

// add adds an entry to its lines. It reports false, and changes nothing, if a balance
// would overflow.
func (b *Books) add(e *entry) bool {
	delta := e.delta
	if e.in > 0 {
		delta = balance.FromUint64(e.in)
	}
	if e.from != nil && !b.move(e.from, delta) {
		return false
	}
	if e.to != nil {
		owed, _ := balance.FromUint64(e.out).Neg() // fits, as it is above the lowest
		if !b.move(e.to, owed) {
			if e.from != nil {
				back, _ := delta.Neg()
				b.move(e.from, back)
			}
			return false
		}
	}
	return true
}

func (b *Books) move(l *Line, delta balance.Amount) bool {
	next, fits := l.next.Add(delta)
	if !fits {
		return false
	}
	l.next = next
	if !l.touched {
		l.touched = true
		b.touched = append(b.touched, l)
	}
	return true
}
