package settle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// accountPayer takes the steps by which one account is paid: it calls the settler and
// records each new state. Only the goroutine of its payWorker takes steps, and stop once
// that has ended. An operator's write-off adds an entry, and takes no steps.
type accountPayer struct {
	payer     *Payer
	account   *account.Account
	settler   Settler
	outOfBand bool           // the settler moves no money itself
	unit      balance.Amount // the least that can be paid, in units of the account
	scale     uint8          // of payments

	booking     sync.Mutex // held while what was settled in memory is recorded
	recording   sync.Mutex // held while a new settlement is recorded
	settlements *settlementLog
	forced      atomic.Bool // settle all that is owed, whatever the threshold
	started     atomic.Bool // the settler needs no Start
	startFault  atomic.Pointer[startFault]
	booked      bookedLog
}

// newAccountPayer reads the settlements of an account from the store, and counts the open
// ones as under way.
func newAccountPayer(p *Payer, a *account.Account, s Settler) (*accountPayer, error) {
	ap := &accountPayer{payer: p, account: a, settler: s}
	if err := (store.Batch{{Key: settlementsOf(a.ID) + newID()}}).Validate(); err != nil {
		return nil, err // the Ledger would fail for good at the first settlement
	}
	if o, ok := s.(OutOfBand); ok {
		ap.outOfBand = o.SettlesOutOfBand()
	}
	ap.unit, ap.scale = balance.FromUint64(1), a.AssetScale
	if scaler, ok := s.(Scaler); ok {
		var fits bool
		if ap.unit, ap.scale, fits = unitOf(a.AssetScale, scaler.Scale()); !fits {
			return nil, errors.New("one unit of the settler's ledger is more than a balance of the account's scale can hold")
		}
	}
	if _, ok := s.(Starter); !ok {
		ap.started.Store(true)
	}
	var err error
	if ap.settlements, err = loadSettlements(p.Ledger, a.ID); err != nil {
		return nil, err
	}
	ap.settlements.askedFor = askedFor(s, ap.outOfBand)
	return ap, ap.reopen()
}

// reopen counts the open settlements as under way.
func (ap *accountPayer) reopen() error {
	for i, s := range ap.settlements.all {
		if s.State == Sent { // by an earlier process
			s.State, _ = next(Sent, lost)
		}
		if !s.State.Open() || ap.account.Balance == nil {
			continue
		}
		if err := ap.account.Balance.Reopen(s.Amount); err != nil {
			ap.release(ap.settlements.all[:i])
			return err
		}
	}
	return nil
}

// release undoes reopen for some settlements.
func (ap *accountPayer) release(settlements []*Settlement) {
	for _, s := range settlements {
		if s.State.Open() {
			ap.unsettled(s.Amount)
		}
	}
}

// startSettler calls the settler's Start, unless that has succeeded before.
func (ap *accountPayer) startSettler(ctx context.Context) error {
	if ap.started.Load() {
		return nil
	}
	err := ap.call(ctx, ap.settler.(Starter).Start)
	if err != nil {
		ap.payer.Log.Warn("settler is not ready", "account", ap.account.ID, "error", shorten(err.Error()))
		ap.startFault.Store(ap.startFault.Load().next(shorten(err.Error())))
		if ctx.Err() == nil {
			ap.payer.alertAbout(ap.account.ID, kindStart, fmt.Sprintf(alertStart, shorten(err.Error())))
		}
		return errLater
	}
	ap.started.Store(true)
	ap.startFault.Store(nil)
	ap.payer.resolved(ap.account.ID, kindStart)
	return nil
}

// decide makes a settlement of what is due, and records it as intended.
func (ap *accountPayer) decide() (*Settlement, error) {
	amount, units, due := ap.beginOne(func() (balance.Amount, balance.Amount, bool) {
		return ap.reserve(ap.forced.Swap(false))
	})
	if !due {
		return nil, errIdle
	}
	return ap.recordNew(Intended, amount, units, balance.Amount{}, nil)
}

// beginOne calls reserve, unless the settlement log is closed. From then until add, close
// knows that a settlement begins. It still does after a failed record, because the
// settlement may be in the store.
func (ap *accountPayer) beginOne(reserve func() (amount, units balance.Amount, due bool)) (amount, units balance.Amount, due bool) {
	ap.settlements.mu.Lock()
	defer ap.settlements.mu.Unlock()
	if ap.settlements.closed {
		return amount, units, false
	}
	if amount, units, due = reserve(); due {
		ap.settlements.beginning++ // beside those of other callers: operators may write off at once
	}
	return amount, units, due
}

// recordNew records a new settlement together with a change of the posted balance, and with
// what note returns, if note is not nil.
func (ap *accountPayer) recordNew(
	state State, amount, units, delta balance.Amount, note func(Settlement) store.Batch,
) (*Settlement, error) {
	ap.recording.Lock() // a write-off is recorded by its caller, beside the goroutine that pays
	defer ap.recording.Unlock()
	now := time.Now()
	s := &Settlement{
		ID: newID(), AccountID: ap.account.ID, State: state, Amount: amount, Created: now, Updated: now, seen: now,
	}
	s.Payment = Payment{ID: s.ID, Amount: units, Scale: ap.scale}
	changes, surplus := store.Batch{s.change()}, ap.settlements.surplus()
	for _, old := range surplus {
		changes = append(changes, store.Change{Key: old.key()})
	}
	if note != nil {
		changes = append(changes, note(*s)...)
	}
	if err := ap.payer.record(ap.account.ID, delta, changes); err != nil {
		return nil, err
	}
	ap.settlements.add(s, len(surplus))
	return s, nil
}

// payAgain pays a settlement whose outcome is unknown, unless the settler may have
// forgotten its id. It records the age first. So a clock that is put back while we are down
// can hide only the time since the latest call, and an age that was too high stays so.
func (ap *accountPayer) payAgain(ctx context.Context, s *Settlement) error {
	ap.settlements.locked(func() { s.grow(time.Now()) })
	if err := ap.payer.record(ap.account.ID, balance.Amount{}, store.Batch{s.change()}); err != nil {
		return err
	}
	if ap.settlements.mayBeForgotten(s) {
		ap.payer.Log.Error("a settlement whose outcome is unknown waits for an operator", "account", s.AccountID,
			"settlement", s.ID, "amount", s.Amount, "created", s.Created, "reason", s.Reason)
		ap.payer.resolved(s.AccountID, alertUnknown)
		ap.payer.Alert(s.AccountID, alertForgotten)
		return errForgotten
	}
	return ap.pay(ctx, s)
}

// pay calls the settler's Pay once, and takes the settlement to the state that follows
// from the answer.
func (ap *accountPayer) pay(ctx context.Context, s *Settlement) error {
	ap.settlements.locked(func() { s.Attempts++ })
	err := ap.call(ctx, func(ctx context.Context) error { return ap.settler.Pay(ctx, s.Payment) })
	e := eventOf(err)
	switch {
	case e == lost && ctx.Err() != nil:
		return ctx.Err() // we are stopping; the record stays, and the next process pays again
	case e == lost && ap.settlements.resolutionWaits():
		return nil // an operator interrupted the call, and the next step applies the resolution
	}
	return ap.advance(s, e, err)
}

// eventOf returns the event that an answer of Pay stands for.
func eventOf(err error) event {
	switch {
	case err == nil:
		return paid
	case errors.Is(err, ErrVoid):
		return voided
	case errors.Is(err, ErrNotSent):
		return refused
	}
	return lost
}

// advance takes a settlement to its next state, durably first and then in memory. It
// returns nil if the next step can follow at once.
func (ap *accountPayer) advance(s *Settlement, e event, cause error) error {
	after, ok := next(s.State, e)
	if !ok {
		panic(fmt.Sprintf("settle: event %d of a settlement that is %s", e, s.State))
	}
	now := *s
	now.State = after
	switch {
	case cause != nil && s.State == Unknown && e == refused:
		now.Reason = shorten("an earlier call may have paid, and this one sent nothing: " + cause.Error())
	case cause != nil:
		now.Reason = shorten(cause.Error())
	}
	if after != s.State {
		now.Updated = time.Now()
		now.grow(now.Updated)
		var delta balance.Amount
		if after == Confirmed {
			delta = s.Amount
		}
		if err := ap.payer.record(ap.account.ID, delta, store.Batch{now.change()}); err != nil {
			return err
		}
	}
	// From here memory follows what is durable. The Balance cannot be taken away meanwhile,
	// because Detach and Remove wait for this goroutine. A packet that looks before conclude
	// is done sees the debt, and the same amount as settling, so nothing is paid twice. After
	// a Record that failed memory stays as it was, and nothing is settled until the next start.
	ap.settlements.locked(func() { *s = now })
	return ap.conclude(s, cause)
}

// conclude applies a state that is durable to the balance in memory and the counters, and
// tells the operator.
func (ap *accountPayer) conclude(s *Settlement, cause error) error {
	log := ap.payer.Log.With("account", s.AccountID, "settlement", s.ID, "amount", s.Amount)
	counters := &ap.account.Counters.OutgoingMoney
	switch s.State {
	case Confirmed:
		if ap.account.Balance != nil {
			ap.account.Balance.Settled(s.Amount)
		}
		counters.Succeed(s.Amount)
		log.Info("settled", "attempts", s.Attempts)
		ap.payer.resolved(s.AccountID, alertUnknown, alertForgotten, alertNotSent)
		ap.resolveMinimum()
	case NotSent:
		ap.unsettled(s.Amount)
		counters.Fail(s.Amount)
		log.Warn("settlement was not sent", "reason", s.Reason)
		ap.payer.resolved(s.AccountID, alertUnknown, alertForgotten)
		if cause == nil || errors.Is(cause, errOperator) {
			return nil // the settler did not fail, so the next settlement need not wait
		}
		_, starts := ap.settler.(Starter)
		ap.started.Store(!starts)
		ap.payer.Alert(s.AccountID, alertNotSent)
		return errLater
	case Unknown:
		counters.Fail(s.Amount)
		log.Error("the outcome of a settlement is unknown", "attempts", s.Attempts, "reason", s.Reason)
		ap.payer.Alert(s.AccountID, alertUnknown)
		if errors.Is(cause, ErrAskOperator) {
			return errMuchLater
		}
		return errLater
	}
	return nil
}

// unsettled makes an amount count as owed again.
func (ap *accountPayer) unsettled(amount balance.Amount) {
	if ap.account.Balance != nil {
		ap.account.Balance.Unsettled(amount)
	}
}

// call calls the settler within PayTimeout. An operator's resolution interrupts it, and a
// panic of the settler becomes an error.
func (ap *accountPayer) call(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, ap.payer.PayTimeout)
	defer cancel()
	ap.settlements.locked(func() { ap.settlements.interrupt = cancel })
	return guarded(func() error { return do(ctx) })
}

// guarded turns a panic into an error. A settler is an extension and must not end the
// process.
func guarded(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the settler panicked: %v", r)
		}
	}()
	return do()
}
