package settle

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/store"
)

// payTimeoutDefault is how long one call of a Settler may take.
const payTimeoutDefault = time.Minute

// PayerOptions are what a Desk needs.
type PayerOptions struct {
	Ledger Ledger
	// Store is what the Ledger's batches end up in. It is read when an account is added.
	Store store.Store
	// Alert tells the operator; of one kind the text is always the same. It must not
	// block.
	Alert func(accountID, message string)
	Log   *slog.Logger
	// PayTimeout bounds each call of a Settler; 0 is a minute.
	PayTimeout time.Duration
}

// Payer settles: it is where the debts of all accounts are paid. Each account that has
// something to pay, or to set up, has a goroutine until that is done.
type Payer struct {
	PayerOptions
	tills  sync.Map // of account id to *till
	broken atomic.Bool

	mu  sync.Mutex
	ctx context.Context // that of Run while it runs, nil before and after
}

// What can be wrong with a request.
var (
	ErrNoAccount   = errors.New("the account does not settle")
	ErrNothingOwed = errors.New("nothing is owed that could be settled")
	ErrOpen        = errors.New("a settlement of the account is open")
	ErrUnknown     = errors.New("it is not known how a settlement of the account ended")
	// ErrNeedsOperator wraps ErrUnknown.
	ErrNeedsOperator = fmt.Errorf("%w, and it is not asked about any more: say how with 'ilp-connector settlements resolve'", ErrUnknown)
	ErrNotUnknown    = errors.New("there is no settlement of that id whose outcome is unknown")
	ErrBroken        = errors.New("settlements cannot be recorded, so there are none until the next start")
)

// NewPayer makes a Desk without accounts. Nothing is paid before Run.
func NewPayer(o PayerOptions) *Payer {
	if o.PayTimeout == 0 {
		o.PayTimeout = payTimeoutDefault
	}
	return &Payer{PayerOptions: o}
}

// Run settles until ctx ends and what it began is written down. What is being asked of
// a Settler then is asked again by the next process. The Ledger must outlive it. It is
// called once.
func (d *Payer) Run(ctx context.Context) {
	d.mu.Lock()
	d.ctx = ctx
	d.mu.Unlock()
	d.each((*payWorker).begin)
	<-ctx.Done()
	d.mu.Lock()
	d.ctx = nil
	d.mu.Unlock()
	d.each((*payWorker).end)
}

// Consider settles what an account owes if that is due. It is for the data path, after
// whatever lowers a balance: it does not block, and is cheap when nothing is due.
func (d *Payer) Consider(a *account.Account) {
	t := d.find(a.ID)
	switch {
	case t == nil:
	case t.paper:
		t.settleOnPaper()
	case !t.busy.Load() && t.due():
		t.wake()
	}
}

// urgeEvery is how often a counterparty can make us settle early.
const urgeEvery = time.Minute

// Urge settles all that an account owes, whatever its threshold. It is for when the
// counterparty refuses packets because we owe it too much: its limit is lower than we
// think, and waiting for our threshold would be for ever. It is for the data path, and
// does something at most once a minute, and nothing for an account that never pays by
// itself, or pays on paper.
func (d *Payer) Urge(a *account.Account) {
	t := d.find(a.ID)
	if t == nil || t.paper || a.Settle == nil && t.every == 0 {
		return
	}
	if t.mayUrge(clock.Now()) {
		t.force()
	}
}

// mayUrge reports whether the latest urge is long enough ago, and counts this one. It
// goes by steady time, so a step of the wall clock neither delays an urge nor permits one.
func (t *payWorker) mayUrge(now clock.Reading) bool {
	last := t.urged.Load()
	return now.Steady-last >= int64(urgeEvery) && t.urged.CompareAndSwap(last, now.Steady)
}

// SettleNow begins to settle all that an account owes, whatever its threshold, and does
// not wait for that; History tells how it went. If a settlement is being tried again it
// is tried at once. ErrUnknown says that this is all that was done, because one must be
// known first. ErrNeedsOperator says that nothing was done: see Settlement.NeedsOperator.
func (d *Payer) SettleNow(accountID string) error {
	t := d.find(accountID)
	switch {
	case t == nil || t.account.Balance == nil:
		return ErrNoAccount
	case d.broken.Load():
		return ErrBroken
	}
	switch {
	case t.leaves():
		return ErrNoAccount
	case t.needsOperator():
		return ErrNeedsOperator
	}
	t.hasten()
	if t.has(Unknown) {
		return ErrUnknown
	}
	if !t.terms(true).due(t.account.Balance.Snapshot()) && !t.has(Intended, Sent) {
		return ErrNothingOwed
	}
	t.force()
	return nil
}

// record makes changes durable, or stops everything: after a failure nobody knows what
// is written.
func (d *Payer) record(accountID string, delta balance.Amount, changes store.Batch) error {
	if d.broken.Load() {
		return ErrBroken
	}
	if err := d.Ledger.Record(accountID, delta, changes); err != nil {
		d.broken.Store(true)
		d.Log.Error("settlements stop: one cannot be recorded", "account", accountID, "error", err)
		d.Alert(accountID, alertBroken)
		return ErrBroken
	}
	return nil
}

func (d *Payer) find(accountID string) *payWorker {
	t, ok := d.tills.Load(accountID)
	if !ok {
		return nil
	}
	return t.(*payWorker)
}

func (d *Payer) each(do func(*payWorker)) {
	d.tills.Range(func(_, t any) bool {
		do(t.(*payWorker))
		return true
	})
}
