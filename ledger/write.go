package ledger

import (
	"context"
	"fmt"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// Run writes what waits, until ctx ends and nothing waits any more. It is called once.
func (l *Ledger) Run(ctx context.Context) {
	var batch ilp.ReadBatch
	for {
		select {
		case <-l.wake:
			l.commit(&batch)
		case <-ctx.Done():
			l.mu.Lock()
			l.closed = true
			l.mu.Unlock()
			l.commit(&batch)
			return
		}
	}
}

// commit writes all entries that wait in one step, and tells their waiters.
func (l *Ledger) commit(batch *ilp.ReadBatch) {
	l.mu.Lock()
	entries := l.waiting
	l.waiting = l.spare[:0]
	l.mu.Unlock()
	if len(entries) > 0 {
		err := l.Err()
		if err == nil {
			err = l.write(entries)
		}
		l.written(len(entries))
		batch.Begin(clock.Now())
		for i := range entries {
			if e := &entries[i]; e.waiter != nil {
				e.waiter.Written(batch, err)
			}
		}
		batch.EndGuarded(l.Panicked) // an output that panics does not end the ledger
	}
	clear(entries) // their packets are recycled
	l.spare = entries
}

// write writes the entries in one batch. It leaves out an entry that would overflow a
// balance, and tells its waiter.
func (l *Ledger) write(entries []entry) error {
	for i := range entries {
		e := &entries[i]
		if !l.add(e) {
			e.waiter.Written(nil, ErrOverflow)
			e.waiter = nil
			continue
		}
		l.batch = append(l.batch, e.changes...)
		l.earn(&e.earned)
	}
	for _, x := range l.touched {
		l.batch = append(l.batch, x.change())
	}
	l.batch = l.earnings.append(l.batch)
	err := l.apply()
	l.earnings.finish(err == nil)
	for _, x := range l.touched {
		x.finish(err == nil)
	}
	clear(l.batch)
	l.batch, l.touched = l.batch[:0], l.touched[:0]
	if err != nil {
		return l.broken(err)
	}
	return nil
}

// apply applies the batch to the store. A store that panics has failed.
func (l *Ledger) apply() (err error) {
	if len(l.batch) == 0 {
		return nil
	}
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("the store panicked: %v", cause)
		}
	}()
	return l.store.Apply(l.batch)
}

// broken fails the ledger for good.
func (l *Ledger) broken(err error) error {
	err = fmt.Errorf("ledger: %w", err)
	l.err.Store(&err)
	l.Failed(err)
	return err
}

// add adds an entry to its balances. It changes nothing and returns false if one would
// overflow.
func (l *Ledger) add(e *entry) bool {
	delta := e.delta
	if e.in > 0 {
		delta = balance.FromUint64(e.in)
	}
	if e.from != nil && !l.move(e.from, delta) {
		return false
	}
	if e.to != nil {
		owed, _ := balance.FromUint64(e.out).Neg() // fits, as it is above the lowest
		if e.moves {
			owed, _ = delta.Neg() // fits: it was the balance that is moved
		}
		if !l.move(e.to, owed) {
			if e.from != nil {
				back, _ := delta.Neg()
				l.move(e.from, back)
			}
			return false
		}
	}
	for i, p := range e.also {
		if l.move(p.account, p.delta) {
			continue
		}
		for _, done := range e.also[:i] {
			back, _ := done.delta.Neg()
			l.move(done.account, back)
		}
		return false
	}
	return true
}

// move adds delta to a balance. It changes nothing and returns false if that overflows.
func (l *Ledger) move(x *Account, delta balance.Amount) bool {
	next, fits := x.next.Add(delta)
	if !fits {
		return false
	}
	x.next = next
	if !x.touched {
		x.touched = true
		l.touched = append(l.touched, x)
	}
	return true
}
