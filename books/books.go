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
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/store"
)

// Options are what Books are made of. The functions are called on the goroutines of
// packets and must not block.
type Options struct {
	Store store.Store
	// Failed is told once that nothing can be written any more, and why.
	Failed func(error)
	// Stall is for how long a change may wait until new money is refused.
	Stall time.Duration
	// Stalled is told when a change has waited for that long, and with false when
	// changes are written in time again. May be nil.
	Stalled func(stalled bool)
	// Panicked is told of a panic while answers were flushed. May be nil.
	Panicked func(cause any)
}

// EntriesMax is how many changes may wait before new money is refused. Those of packets
// that are under way by then are still taken: the money has moved.
const EntriesMax = 1 << 16

// Books is the record. Its methods are safe for concurrent use.
type Books struct {
	Options
	wake chan struct{}
	err  atomic.Pointer[error] // why nothing is written any more

	mu      sync.Mutex
	waiting []entry
	first   int64 // steady time at which the first of them was entered
	closed  bool

	pace

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
	Written(batch *ilp.ReadBatch, err error)
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
	// ErrInvalid says that no store can keep a change as it is.
	ErrInvalid = errors.New("the change cannot be kept")
)

// Open reads the books of a store.
func Open(o Options) (*Books, error) {
	b := &Books{Options: o, wake: make(chan struct{}, 1)}
	b.timer = time.AfterFunc(time.Hour, b.look)
	b.timer.Stop()
	err := o.Store.Load(keyPrefix, func(key string, value []byte) error {
		l, err := parseLine(key, value)
		if err == nil {
			b.lines.Store(l.ID, l)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("books: %w", err)
	}
	return b, nil
}

// Line returns the line of an account, which begins at zero if there is none.
//
// If the line is in another asset or scale, an account that owes nothing and is owed
// nothing begins a new one in its place. The caller must have seen to it that no packet
// of an earlier account of that id is under way. Otherwise the error wraps a UnitError.
// The error may also say that the store cannot keep a balance under that id.
func (b *Books) Line(a *account.Account) (*Line, error) {
	fresh := newLine(a.ID, a.AssetCode, a.AssetScale)
	if err := (store.Batch{fresh.change()}).Validate(); err != nil {
		return nil, err
	}
	there, loaded := b.lines.LoadOrStore(a.ID, fresh)
	l := there.(*Line)
	if !loaded || string(l.unit) == string(fresh.unit) {
		return l, nil
	}
	if err := b.Record(nil, balance.Amount{}, nil); err != nil { // what was entered is posted
		return nil, err
	}
	if posted := l.Posted(); posted.Sign() != 0 {
		return nil, &UnitError{AccountID: a.ID, Posted: posted, Kept: l.Unit(), Configured: fresh.Unit()}
	}
	b.lines.Store(a.ID, fresh)
	return fresh, nil
}

// UnitError says that a balance that is not zero is in another asset or scale than the
// account.
type UnitError struct {
	AccountID        string
	Posted           balance.Amount
	Kept, Configured string
}

// Error says what to do as well.
func (e *UnitError) Error() string {
	opposite, _ := e.Posted.Neg()
	return fmt.Sprintf("account %s: its balance of %s is kept in %s, and the configuration says %s: bring the balance to 0 first, "+
		"or use another account id; start with the former asset and scale, or without the account, and settle, or enter what was "+
		"paid elsewhere with 'ilp-connector balance adjust %[1]s %[5]s'", e.AccountID, e.Posted, e.Kept, e.Configured, opposite)
}

// Find returns the line of an account id, nil if there is none.
func (b *Books) Find(accountID string) *Line {
	l, ok := b.lines.Load(accountID)
	if !ok {
		return nil
	}
	return l.(*Line)
}

// Lines returns all lines, in no order.
func (b *Books) Lines() (all []*Line) {
	b.lines.Range(func(_, l any) bool {
		all = append(all, l.(*Line))
		return true
	})
	return all
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
func (b *Books) Enter(from, to *Line, in, out uint64, w Waiter, batch *ilp.ReadBatch) {
	b.enter(entry{from: from, to: to, in: in, out: out, waiter: w}, batch)
}

// Record moves a balance by delta, and makes changes, in one durable step, which it
// waits for. After an error nothing may be relied on; but nothing has changed if that
// is ErrOverflow or ErrInvalid, which concern nobody but the caller. l is nil for none.
func (b *Books) Record(l *Line, delta balance.Amount, changes store.Batch) error {
	if err := changes.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	done := make(written, 1)
	b.enter(entry{from: l, delta: delta, changes: changes, waiter: done}, nil)
	return <-done
}

// written is a caller that waits.
type written chan error

func (w written) Written(_ *ilp.ReadBatch, err error) { w <- err }

func (b *Books) enter(e entry, batch *ilp.ReadBatch) {
	b.mu.Lock()
	closed := b.closed
	first := !closed && len(b.waiting) == 0
	if first {
		b.first = steady(batch)
		b.beginLocked(b.first)
	}
	if !closed {
		b.waiting = append(b.waiting, e)
		b.count.Add(1)
	}
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

// steady returns the steady time of a batch, or that of now.
func steady(batch *ilp.ReadBatch) int64 {
	if now := batch.Now(); !now.None() {
		return now.Steady
	}
	return clock.Now().Steady
}
