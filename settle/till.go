package settle

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// payWorker is one account at the desk.
type payWorker struct {
	desk      *Payer
	account   *account.Account
	settler   Settler
	paper     bool           // the settler moves no money
	remembers bool           // the settler knows an id for ever
	unit      balance.Amount // the least that can be paid, in units of the account
	scale     uint8          // of payments
	every     time.Duration

	busy   atomic.Bool   // it has a goroutine, or is about to
	forced atomic.Bool   // settle what is owed, whatever the threshold
	urged  atomic.Int64  // when the counterparty last urged, in steady time
	hurry  chan struct{} // ends a pause

	ready  atomic.Bool // the settler has started
	worker sync.WaitGroup

	// Guarded by Desk.mu.
	gone   bool
	cancel context.CancelFunc // of the goroutine
	timer  *time.Timer        // of every

	ending sync.Mutex // held while end does what the goroutine would do

	mu        sync.Mutex    // guards what follows; only the goroutine changes history
	leaving   bool          // no settlement begins any more
	beginning bool          // one is being written down that is not in history yet
	history   []*Settlement // oldest first
	onPaper   balance.Amount
	verdict   *verdict
	interrupt context.CancelFunc // of the call under way
}

// newTill makes a till of what the store remembers.
func newTill(d *Payer, a *account.Account, s Settler, terms Terms) (*payWorker, error) {
	t := &payWorker{desk: d, account: a, settler: s, every: terms.Every, hurry: make(chan struct{}, 1)}
	if err := (store.Batch{{Key: settlementsOf(a.ID) + newID()}}).Validate(); err != nil {
		return nil, err // the books would end with its first settlement
	}
	_, t.paper = s.(Manual)
	if r, ok := s.(Rememberer); ok {
		t.remembers = r.RemembersForever()
	}
	t.unit, t.scale = balance.FromUint64(1), a.AssetScale
	if scaler, ok := s.(Scaler); ok {
		var fits bool
		if t.unit, t.scale, fits = unitOf(a.AssetScale, scaler.Scale()); !fits {
			return nil, errors.New("not even one unit of the settler's ledger fits a balance of the account's scale")
		}
	}
	if _, ok := s.(Starter); !ok {
		t.ready.Store(true)
	}
	var err error
	if t.history, err = loadSettlements(d.Store, a.ID); err != nil {
		return nil, err
	}
	return t, t.reopen()
}

// reopen counts what is open as under way.
func (t *payWorker) reopen() error {
	for i, s := range t.history {
		if s.State == Sent {
			s.State, _ = next(Sent, lost) // by the process before
		}
		if !s.State.Open() || t.account.Balance == nil {
			continue
		}
		if err := t.account.Balance.Reopen(s.Amount); err != nil {
			t.release(t.history[:i])
			return err
		}
	}
	return nil
}

// release undoes reopen.
func (t *payWorker) release(history []*Settlement) {
	for _, s := range history {
		if s.State.Open() {
			t.unsettled(s.Amount)
		}
	}
}

// begin does what is to be done without anybody asking.
func (t *payWorker) begin() {
	t.setTimer()
	if t.paper && t.has(Unknown) {
		t.desk.Alert(t.account.ID, alertForgotten)
	}
	if !t.ready.Load() || t.open() != nil || t.pending() {
		t.wake()
	}
}

// force settles what is owed as soon as possible, and whatever the threshold.
func (t *payWorker) force() {
	t.forced.Store(true)
	t.wake()
}

// wake sees to it that the till has a goroutine that will look at everything.
func (t *payWorker) wake() {
	if t.busy.CompareAndSwap(false, true) {
		t.desk.begin(t)
	}
}

// hasten ends the pause before the next try.
func (t *payWorker) hasten() {
	select {
	case t.hurry <- struct{}{}:
	default:
	}
}

// end stops the goroutine and the timer, and waits for the goroutine.
func (t *payWorker) end() {
	t.desk.mu.Lock()
	if t.cancel != nil {
		t.cancel()
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	t.desk.mu.Unlock()
	t.worker.Wait()
	t.ending.Lock()
	defer t.ending.Unlock()
	_ = t.hear() // an operator who waits for an answer gets it
	if t.paper {
		_ = t.enterPaper() // what went wrong is logged
	}
}
