// Package books is the durable record of what the accounts owe.
//
//		packets' answers ── Enter ──┐                          ┌──> answers go on
//		settlements, edits ─ Record ┴─> waiting ─ commit ──────┤
//		                                (one goroutine)  store └──> callers return
//
//	  - [Books] takes what has changed since the last commit, whole packets at a time,
//	    writes it in one batch, and then tells everybody who waits that it is durable.
//	    The batch grows with the load, so durability costs a packet the time of a write,
//	    but hardly any work.
//	  - [Line] is the balance of one account as the store has it.
//	  - [Waiter] is who waits: an answer that must not be given before.
//
// What is in memory (account/balance) runs ahead of the books by what is waiting. A
// crash loses that, and nobody has been promised any of it. A write that fails ends
// the books: what was to be written may or may not be there, so nothing that comes
// after it could be trusted. Everybody who waits hears of it, and everybody who comes
// later; the connector takes no more money.
package books

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/store"
)

// Books is the record. Its methods are safe for concurrent use.
type Books struct {
	store store.Store
	fail  func(error) // told of the first failure
	wake  chan struct{}
	err   atomic.Pointer[error] // why nothing is written any more

	mu      sync.Mutex
	waiting []entry
	closed  bool

	lines sync.Map // *Line by account id

	// Of the goroutine in Run alone.
	spare   []entry
	touched []*Line
	batch   store.Batch
}

// Waiter is who waits until an entry is durable.
type Waiter interface {
	// Written says that it is, or, with an error, that nobody knows. It is called once,
	// by the goroutine in Run, and does not block. What it sends may be flushed with
	// batch.
	Written(batch *ilp.Batch, err error)
}

// entry is changes that are written together.
type entry struct {
	from, to *Line // who owes us more, and whom we owe more; nil for nobody
	in, out  uint64
	delta    balance.Amount // of from, in place of in
	changes  store.Batch
	waiter   Waiter
}

// Errors of Books.
var (
	// ErrClosed says that the books are not written any more, because the connector
	// stops.
	ErrClosed = errors.New("the books are closed")
	// ErrOverflow says that a balance would not fit an Amount.
	ErrOverflow = errors.New("balance out of range")
)

// Open reads the books of a store. fail is told once if they cannot be written any
// more; it must not block.
func Open(s store.Store, fail func(error)) (*Books, error) {
	b := &Books{store: s, fail: fail, wake: make(chan struct{}, 1)}
	err := s.Load(keyPrefix, func(key string, value []byte) error {
		l, err := parseLine(key, value)
		if err == nil {
			b.lines.Store(l.id, l)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("books: %w", err)
	}
	return b, nil
}

// Line is the line of an account, which begins at zero if there is none. It returns an
// error if what is there is in another asset or scale.
func (b *Books) Line(a *account.Account) (*Line, error) {
	fresh := newLine(a.ID, a.AssetCode, a.AssetScale)
	there, loaded := b.lines.LoadOrStore(a.ID, fresh)
	l := there.(*Line)
	if loaded && string(l.unit) != string(fresh.unit) {
		return nil, fmt.Errorf("the store has its balance, %s, in%s and the configuration says%s: settle or edit it to 0 with the old asset and scale first, or use another account id",
			l.Posted(), l.unit, fresh.unit)
	}
	return l, nil
}

// Find is the line of an account, nil if there is none.
func (b *Books) Find(accountID string) *Line {
	l, ok := b.lines.Load(accountID)
	if !ok {
		return nil
	}
	return l.(*Line)
}

// Lines is how many accounts the books know.
func (b *Books) Lines() (n int) {
	b.lines.Range(func(any, any) bool { n++; return true })
	return n
}

// Err is why the books are not written any more, nil if they are.
func (b *Books) Err() error {
	if err := b.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Enter writes down a packet that was fulfilled: from owes us in more, and we owe to
// out more. Either may be nil. It does not wait; w hears of it. What is entered in one
// batch, which may be nil, is written together.
func (b *Books) Enter(from, to *Line, in, out uint64, w Waiter, batch *ilp.Batch) {
	b.enter(entry{from: from, to: to, in: in, out: out, waiter: w}, batch)
}

// Record moves a balance by delta, and makes changes, in one durable step, which it
// waits for. After an error nothing may be relied on; but nothing has changed if that
// is ErrOverflow. l is nil for none.
func (b *Books) Record(l *Line, delta balance.Amount, changes store.Batch) error {
	done := make(written, 1)
	b.enter(entry{from: l, delta: delta, changes: changes, waiter: done}, nil)
	return <-done
}

// written is a caller that waits.
type written chan error

func (w written) Written(_ *ilp.Batch, err error) { w <- err }

func (b *Books) enter(e entry, batch *ilp.Batch) {
	b.mu.Lock()
	closed := b.closed
	if !closed {
		b.waiting = append(b.waiting, e)
	}
	first := len(b.waiting) == 1
	b.mu.Unlock()
	switch {
	case closed:
		e.waiter.Written(nil, ErrClosed)
	case first && !batch.Touch(b):
		b.Flush()
	}
}

// Flush has what waits written. It does not wait for that.
func (b *Books) Flush() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Run writes what waits, until ctx ends and nothing waits any more. It is called once.
func (b *Books) Run(ctx context.Context) {
	var batch ilp.Batch
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
func (b *Books) commit(batch *ilp.Batch) {
	b.mu.Lock()
	entries := b.waiting
	b.waiting = b.spare[:0]
	b.mu.Unlock()
	if len(entries) > 0 {
		err := b.Err()
		if err == nil {
			err = b.write(entries)
		}
		batch.Begin(clock.Now())
		for i := range entries {
			if e := &entries[i]; e.waiter != nil {
				e.waiter.Written(batch, err)
			}
		}
		batch.End()
	}
	clear(entries) // their packets are used again
	b.spare = entries
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
	var err error
	if len(b.batch) > 0 {
		err = b.store.Apply(b.batch)
	}
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

// broken ends the books.
func (b *Books) broken(err error) error {
	err = fmt.Errorf("books: %w", err)
	b.err.Store(&err)
	b.fail(err)
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
