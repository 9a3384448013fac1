package ledger

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/store"
)

// Options are what a Ledger needs. The functions are called on the goroutines of packets
// and must not block.
type Options struct {
	// Volatile keeps balances in memory alone. Then no packet is entered, and other
	// changes go to the store without the balance that they move.
	Volatile bool
	// Find returns the account that has an id now, nil if there is none.
	Find func(accountID string) *account.Account
	// Failed is called once, with the reason, when the ledger cannot write any more.
	Failed func(error)
	// Stall is how long a change may wait before the ledger is busy.
	Stall time.Duration
	// Stalled is called with true when a change has waited for that long, and with false
	// when changes are written in time again. May be nil.
	Stalled func(stalled bool)
	// Panicked is called with the cause of a panic while answers were flushed. May be nil.
	Panicked func(cause any)
}

// EntriesMax is how many changes may wait before the ledger is busy. It still takes the
// changes of packets that are under way by then: their money has moved.
const EntriesMax = 1 << 16

// Ledger keeps the balances of all accounts. Its methods are safe for concurrent use.
// None but State may be called before Open.
type Ledger struct {
	Options
	store store.Store
	ready atomic.Bool           // Start was called
	err   atomic.Pointer[error] // why nothing is written any more
	wake  chan struct{}
	pace
	accounts
	earnings

	mu      sync.Mutex // guards what follows
	waiting []entry
	first   int64 // steady time at which the first of them was entered
	closed  bool

	// Of the goroutine in Run alone.
	spare   []entry
	touched []*Account
	batch   store.Batch
}

// Waiter is told when its change is durable.
type Waiter interface {
	// Written says that the change is durable, or, with an error, that its fate is
	// unknown. The goroutine in Run calls it once. It must not block. What it sends may
	// be flushed with batch.
	Written(batch *ilp.ReadBatch, err error)
}

// entry is changes that are written together.
type entry struct {
	from, to *Account // from owes us in more, we owe to out more; nil for no account
	in, out  uint64
	delta    balance.Amount // of from, in place of in
	moves    bool           // to changes by the opposite of delta, in place of out
	earned   earned
	also     []part // of an entry without from and to
	changes  store.Batch
	waiter   Waiter
}

// State says whether new money can be taken.
type State uint8

// The states of a Ledger.
const (
	Ready  State = iota
	Busy         // changes wait for too long, or too many wait
	Failed       // the ledger has not started, or cannot write any more
)

// Errors of a Ledger.
var (
	// ErrClosed says that nothing is written any more, because the connector stops.
	ErrClosed = errors.New("the ledger is closed")
	// ErrOverflow says that a balance would not fit an Amount.
	ErrOverflow = errors.New("balance out of range")
	// ErrInvalid says that no store can keep a change as it is.
	ErrInvalid = errors.New("the change cannot be kept")
)

// New returns a ledger without accounts.
func New(o Options) *Ledger {
	if o.Panicked == nil {
		o.Panicked = func(any) {}
	}
	l := &Ledger{Options: o, wake: make(chan struct{}, 1)}
	l.accounts.init()
	l.earnings.init()
	l.timer = time.AfterFunc(time.Hour, l.look)
	l.timer.Stop()
	return l
}

// Open reads the balances of a store, and writes later changes there. It is called once.
// It returns the number of balances that the store has.
func (l *Ledger) Open(s store.Store) (balances int, err error) {
	l.store = s
	if !l.Volatile {
		if balances, err = l.accounts.load(s); err == nil {
			err = l.earnings.load(s)
		}
		if err != nil {
			return 0, fmt.Errorf("ledger: %w", err)
		}
	}
	return balances, nil
}

// Start lets packets in. It is called once, when each account has its balance.
func (l *Ledger) Start() { l.ready.Store(true) }

// State returns whether new money can be taken at a steady time. It does not block.
func (l *Ledger) State(now int64) State {
	switch {
	case !l.ready.Load() || l.err.Load() != nil:
		return Failed
	case l.lags(now):
		return Busy
	}
	return Ready
}

// Err returns why nothing is written any more, nil if changes are written.
func (l *Ledger) Err() error {
	if err := l.err.Load(); err != nil {
		return *err
	}
	return nil
}

// Transfer is what a packet moves that was fulfilled.
type Transfer struct {
	// From owes us In more, and we owe To Out more. Either may be nil, or have no balance.
	From, To *account.Account
	In, Out  uint64
	// AtMid is what Out would have been without the spread. What it is above or below Out was
	// earned or lost by the spread.
	AtMid uint64
	// Changes are written in the same durable step. They must be valid.
	Changes store.Batch
}

// Recorder is somebody who takes part in a packet and must not forget its Fulfill: an
// ilp.ReplyWriter that waits for it, or the ilp.Receipt that came with it.
type Recorder interface {
	// Changes returns what is written in one durable step with the money that the Fulfill moves.
	// It borrows fulfill until it returns. What it returns is valid, and is not changed any more.
	// It must not block. It is not called if no money moves, or if no store keeps balances.
	Changes(fulfill *ilp.Reply) store.Batch
}

// ChangesOf returns the changes of those that are Recorders: of who waits for a Fulfill, and of who
// gave it. Either may be nil.
func ChangesOf(fulfill *ilp.Reply, up ilp.ReplyWriter, receipt ilp.Receipt) (changes store.Batch) {
	if r, ok := up.(Recorder); ok {
		changes = r.Changes(fulfill)
	}
	if r, ok := receipt.(Recorder); ok {
		changes = append(changes, r.Changes(fulfill)...)
	}
	return changes
}

// Enter enters a packet. It does not wait; w is told when the change is durable. What is
// entered in one read batch, which may be nil, is written together.
func (l *Ledger) Enter(t Transfer, w Waiter, batch *ilp.ReadBatch) {
	e := entry{from: l.of(t.From), to: l.of(t.To), in: t.In, out: t.Out, changes: t.Changes, waiter: w}
	if t.AtMid != t.Out && t.From != nil && t.To != nil {
		e.earned = earned{t.From, t.To, t.spread()}
	}
	l.enter(e, batch)
}

// Record moves the posted balance of an account by delta, and makes changes, in one
// durable step. It waits for that. The caller changes the Balance in memory. After an
// error neither may be relied on; but nothing has changed if the error is ErrOverflow or
// ErrInvalid: these concern only this call.
//
// An account that has no balance now may have had one in its unit before. Money that was
// owed then and is paid now moves that balance, also in memory.
func (l *Ledger) Record(accountID string, delta balance.Amount, changes store.Batch) error {
	if l.Volatile {
		return l.store.Apply(changes)
	}
	x, behind := l.settled(l.Find(accountID), accountID)
	err := l.record(x, delta, changes)
	if err == nil && behind {
		back, _ := delta.Neg()
		err = x.balance.Unadjust(back)
	}
	return err
}

// Apply makes changes that move no balance durable, in order with those that do. It waits.
func (l *Ledger) Apply(changes store.Batch) error {
	if l.Volatile {
		return l.store.Apply(changes)
	}
	return l.record(nil, balance.Amount{}, changes)
}

// Load visits the entries of the store whose keys begin with prefix, as store.Store does.
func (l *Ledger) Load(prefix string, visit func(key string, value []byte) error) error {
	return l.store.Load(prefix, visit)
}

// record enters a change of x, which may be nil, and waits until it is durable.
func (l *Ledger) record(x *Account, delta balance.Amount, changes store.Batch) error {
	return l.submit(entry{from: x, delta: delta, changes: changes})
}

// submit enters changes, and waits until they are durable.
func (l *Ledger) submit(e entry) error {
	if err := e.changes.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	done := make(written, 1)
	e.waiter = done
	l.enter(e, nil)
	return <-done
}

// written is a caller that waits.
type written chan error

func (w written) Written(_ *ilp.ReadBatch, err error) { w <- err }

func (l *Ledger) enter(e entry, batch *ilp.ReadBatch) {
	l.mu.Lock()
	closed := l.closed
	first := !closed && len(l.waiting) == 0
	if first {
		l.first = batch.Time().Steady
		l.beginLocked(l.first)
	}
	if !closed {
		l.waiting = append(l.waiting, e)
		l.count.Add(1)
	}
	l.mu.Unlock()
	switch {
	case closed:
		e.waiter.Written(nil, ErrClosed)
	case first && !batch.Touch(l):
		l.Flush()
	}
}

// Flush wakes the writer. It does not wait.
func (l *Ledger) Flush() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}
