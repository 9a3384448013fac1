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

// payTimeoutDefault bounds one call of a Settler.
const payTimeoutDefault = time.Minute

// PayerOptions are what a Payer needs.
type PayerOptions struct {
	Ledger Ledger
	// Alert tells the operator. Alerts of one kind have the same text. It must not block.
	Alert func(accountID, message string)
	// AlertKind tells the operator more than Alert: all alerts of a kind are one, with the
	// latest message, and Resolved ends it with the kind. It must not block. If it is nil, Alert
	// is called with the kind.
	AlertKind func(accountID, kind, message string)
	// Resolved ends the alert with that text, if there is one, because its cause is gone. It
	// must not block. May be nil.
	Resolved func(accountID, message string)
	Log      *slog.Logger
	// PayTimeout bounds each call of a Settler; 0 is a minute.
	PayTimeout time.Duration
}

// Payer pays the debts of all accounts. An account has a goroutine while there is
// something to pay or to set up for it.
type Payer struct {
	PayerOptions
	workers sync.Map // of account id to *payWorker
	broken  atomic.Bool

	mu     sync.Mutex
	ctx    context.Context // that of Run while it runs, nil before and after
	paying bool            // settlers may be asked
}

// Why a request cannot be carried out.
var (
	ErrNoAccount   = errors.New("the account does not exist or does not settle")
	ErrNothingOwed = errors.New("nothing is owed that could be settled")
	// ErrOutOfBand says that no settler moves money to the account. See WriteOff.
	ErrOutOfBand = errors.New("nothing pays the account: it has no settlement engine, and its plugin moves no money")
	// ErrPays says that a settler moves money to the account.
	ErrPays    = errors.New("the account has a settler that pays")
	ErrOpen    = errors.New("a settlement of the account is open")
	ErrUnknown = errors.New("the outcome of a settlement of the account is unknown")
	// ErrNeedsOperator wraps ErrUnknown.
	ErrNeedsOperator = fmt.Errorf("%w and is not asked about any more: record it with 'ilp-connector settlements resolve'", ErrUnknown)
	ErrNotUnknown    = errors.New("no settlement with that id has an unknown outcome")
	ErrBroken        = errors.New("settlements cannot be recorded, so there are none until the next start")
)

// NewPayer returns a Payer without accounts. It pays nothing before Run.
func NewPayer(o PayerOptions) *Payer {
	if o.PayTimeout == 0 {
		o.PayTimeout = payTimeoutDefault
	}
	return &Payer{PayerOptions: o}
}

// Run pays until ctx ends and everything that was begun is recorded. Calls of a Settler
// that ctx cuts short are repeated by the next process. The Ledger must outlive Run. It is
// called once.
func (p *Payer) Run(ctx context.Context) {
	now := make(chan struct{})
	close(now)
	p.RunAfter(ctx, now)
}

// RunAfter does what Run does, but asks no settler before reachable is closed: engines may ask
// those of peers, which takes connections. Accounts that settle out of band do not wait, because
// packets already move their balances.
func (p *Payer) RunAfter(ctx context.Context, reachable <-chan struct{}) {
	p.mu.Lock()
	p.ctx = ctx
	p.mu.Unlock()
	p.each((*payWorker).begin)
	select {
	case <-reachable:
		p.mu.Lock()
		p.paying = true
		p.mu.Unlock()
		p.each((*payWorker).begin)
	case <-ctx.Done():
	}
	<-ctx.Done()
	p.mu.Lock()
	p.ctx = nil
	p.mu.Unlock()
	p.each((*payWorker).stop)
}

// Add lets an account settle. If every is positive, the Payer settles all that the account
// owes once per that time, whatever the threshold in its settings.
//
// Add reads the settlements of the account from the Ledger, and counts the open ones as
// under way. So call it after the balance is restored and before packets flow. The account
// settles nothing before Begin.
func (p *Payer) Add(a *account.Account, s Settler, every time.Duration) error {
	w, err := newPayWorker(p, a, s, every)
	if err != nil {
		return fmt.Errorf("settlements of account %q: %w", a.ID, err)
	}
	if _, there := p.workers.LoadOrStore(a.ID, w); there {
		w.release(w.settlements.all)
		return fmt.Errorf("settlements of account %q: it settles already", a.ID)
	}
	return nil
}

// Begin starts to settle an account, with its open settlements first. Before Run it does
// nothing: Run begins with all accounts.
func (p *Payer) Begin(accountID string) {
	if w := p.find(accountID); w != nil {
		w.begin()
	}
}

// Consider settles what an account owes if that is due. The data path calls it after it
// has lowered a balance: it does not block, and is cheap when nothing is due.
func (p *Payer) Consider(a *account.Account) {
	w := p.find(a.ID)
	switch {
	case w == nil:
	case w.outOfBand:
		w.settleOutOfBand()
	case !w.busy.Load() && w.due():
		w.wake()
	}
}

// urgeEvery bounds how often a counterparty can make us settle early.
const urgeEvery = time.Minute

// Urge settles all that an account owes, whatever its threshold. The data path calls it
// when the counterparty refuses packets because we owe it too much. Its limit is then
// lower than we think, and our threshold might never be reached. Urge does something at
// most once a minute. It does nothing for an account that never pays by itself, or that
// settles out of band.
func (p *Payer) Urge(a *account.Account) {
	w := p.find(a.ID)
	if w == nil || w.outOfBand || a.Settle == nil && w.every == 0 {
		return
	}
	if w.mayUrge(clock.Now()) {
		w.settleAll()
	}
}

// SettleNow begins to settle all that an account owes, whatever its threshold, and does
// not wait; History shows the outcome. It ends the pause of a settlement that is waiting to be
// tried again. ErrOutOfBand says that nothing can pay the account. ErrNothingOwed says that there is
// nothing to pay, and may be a BelowUnitError or a BookedError. ErrUnknown says that it did no
// more than that, because the outcome of a settlement must be known first. ErrNeedsOperator says
// that it did nothing: see Settlement.NeedsOperator.
func (p *Payer) SettleNow(accountID string) error {
	w, err := p.ready(accountID)
	switch {
	case err != nil:
		return err
	case w.outOfBand:
		return w.cannotPay()
	}
	w.endPause()
	if w.settlements.has(Unknown) {
		return ErrUnknown
	}
	if t, _ := w.terms(true); !t.due(w.account.Balance.Snapshot()) && !w.settlements.has(Intended, Sent) {
		return w.notDue(t)
	}
	w.settleAll()
	return nil
}

// ready returns the worker of an account if an operator may settle now, or why not.
func (p *Payer) ready(accountID string) (*payWorker, error) {
	w := p.find(accountID)
	switch {
	case w == nil || w.account.Balance == nil:
		return nil, ErrNoAccount
	case p.broken.Load():
		return nil, ErrBroken
	case w.settlements.isClosed():
		return nil, ErrNoAccount
	case w.settlements.needsOperator():
		return nil, ErrNeedsOperator
	}
	return w, nil
}

// Detach stops settling an account, and returns once nothing is under way. Open
// settlements stay in the store for the next Add. It is for an account whose configuration
// changes.
func (p *Payer) Detach(accountID string) error {
	_, err := p.detach(accountID, false)
	return err
}

// Leave stops settling an account that another settler is to pay. While a settlement is open or
// begins, only the present settler knows whether it is paid: Leave returns ErrOpen and changes
// nothing. Otherwise no settlement can begin before the next Add.
func (p *Payer) Leave(accountID string) error {
	_, err := p.detach(accountID, true)
	return err
}

// Remove stops settling an account that is gone for good, and tells its Settler. While a
// settlement is open or begins, the Settler is still needed: Remove returns ErrOpen and
// changes nothing. Otherwise no settlement can begin any more. Any other error is the
// Settler's, and the account is detached all the same. Remove blocks as long as the
// Settler does, until ctx ends.
func (p *Payer) Remove(ctx context.Context, accountID string) error {
	w, err := p.detach(accountID, true)
	if err != nil {
		return err
	}
	p.resolved(accountID, alertNotSent, kindStart, alertMinimum)
	remover, ok := w.settler.(Remover)
	if !ok {
		return nil
	}
	if err := guarded(func() error { return remover.Remove(ctx) }); err != nil {
		return fmt.Errorf("remove account %q from its settler: %w", accountID, err)
	}
	return nil
}

// detach closes the settlement log of an account, which may refuse that, and takes out its
// worker. Open settlements no longer count as under way, so that another Account may go on
// with the same Balance. The worker stays in the map until its goroutine has ended, because
// a second one would settle beside it.
func (p *Payer) detach(accountID string, settled bool) (*payWorker, error) {
	w := p.find(accountID)
	if w == nil {
		return nil, ErrNoAccount
	}
	if err := w.settlements.close(settled); err != nil {
		return nil, err
	}
	p.mu.Lock()
	w.gone = true
	p.mu.Unlock()
	w.stop()
	w.settlements.locked(func() { w.release(w.settlements.all) })
	p.workers.CompareAndDelete(accountID, w)
	return w, nil
}

// record makes changes durable. After a failure it is unknown what is written, so record
// then stops all settling.
func (p *Payer) record(accountID string, delta balance.Amount, changes store.Batch) error {
	if p.broken.Load() {
		return ErrBroken
	}
	if err := p.Ledger.Record(accountID, delta, changes); err != nil {
		p.broken.Store(true)
		p.Log.Error("a settlement cannot be recorded, so there are no more until the next start", "account", accountID, "error", err)
		p.Alert(accountID, alertBroken)
		return ErrBroken
	}
	return nil
}

func (p *Payer) find(accountID string) *payWorker {
	found, _ := p.workers.Load(accountID)
	w, _ := found.(*payWorker) // nil if there is none
	return w
}

func (p *Payer) each(do func(*payWorker)) {
	p.workers.Range(func(_, w any) bool {
		do(w.(*payWorker))
		return true
	})
}
