package settle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// What alerts say. Each kind has one text, so that they are counted and not listed; the
// log has the rest.
const (
	alertUnknown = "it is not known how a settlement ended; no other is made until it is"
	// alertForgotten is raised once for each start of the process.
	alertForgotten = "it is not known how a settlement ended, and it is not asked about any more: " +
		"find out whether it was paid, and say so with 'ilp-connector settlements resolve'"
	alertNotSent = "a settlement was not sent, the debt remains, and it will be tried again"
	alertStart   = "the settler is not ready for the account and will be asked again"
	alertBroken  = "a settlement cannot be recorded: there are none until the connector is started again"
)

// How a step ends, if not well.
var (
	errIdle  = errors.New("there is nothing to do")
	errLater = errors.New("to be tried again after a pause")
)

// work is the goroutine: it takes one step after the other until there is nothing to do.
func (t *payWorker) work(ctx context.Context) {
	var wait backoff
	for ctx.Err() == nil {
		err := t.step(ctx)
		switch {
		case errors.Is(err, ErrBroken):
			return // still busy: nobody else shall begin
		case errors.Is(err, errIdle):
			if t.rests() {
				return
			}
		case errors.Is(err, errLater):
			pause(ctx, wait.next(), t.hurry)
		case errors.Is(err, errForgotten):
			await(ctx, t.hurry)
		default:
			wait.reset()
		}
	}
}

// rests lets the goroutine end, unless there is more to do. Who came until here found it
// busy and left the rest to it; so it says that it is not, and then looks once more.
func (t *payWorker) rests() bool {
	t.busy.Store(false)
	return !t.pending() || !t.busy.CompareAndSwap(false, true)
}

// step does what comes first: an operator's verdict, a settlement that is open, what
// the settler needs to begin, a new settlement.
func (t *payWorker) step(ctx context.Context) error {
	if err := t.hear(); err != nil {
		return err
	}
	s := t.open()
	if s != nil && s.State == Intended { // of a process before
		return t.follow(s, dropped, nil)
	}
	if t.paper {
		t.settleOnPaper()
		return t.enterPaper()
	}
	if s != nil {
		return t.askAgain(ctx, s)
	}
	if err := t.start(ctx); err != nil {
		return err
	}
	s, err := t.intend()
	if err != nil {
		return err
	}
	if err := t.follow(s, handed, nil); err != nil {
		return err
	}
	return t.ask(ctx, s)
}

// pending reports whether step would find something.
func (t *payWorker) pending() bool {
	t.mu.Lock()
	waiting, leaving := t.verdict != nil || t.onPaper.Sign() > 0, t.leaving
	t.mu.Unlock()
	return waiting || !leaving && t.due()
}

// start has the settler begin, if it did not.
func (t *payWorker) start(ctx context.Context) error {
	if t.ready.Load() {
		return nil
	}
	err := t.call(ctx, t.settler.(Starter).Start)
	if err != nil {
		t.desk.Log.Warn("settler is not ready", "account", t.account.ID, "error", clip(err.Error()))
		if ctx.Err() == nil {
			t.desk.Alert(t.account.ID, alertStart)
		}
		return errLater
	}
	t.ready.Store(true)
	return nil
}

// intend decides on a settlement, and makes that durable.
func (t *payWorker) intend() (*Settlement, error) {
	amount, units, due := t.beginOne()
	if !due {
		return nil, errIdle
	}
	return t.enter(Intended, amount, units, balance.Amount{})
}

// beginOne reserves what is due, unless the account leaves. Whoever wants the account to
// leave sees, from then on, that a settlement begins: before it is written, and also if
// that fails, for then it may be on the disk.
func (t *payWorker) beginOne() (amount, units balance.Amount, due bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leaving {
		return balance.Amount{}, balance.Amount{}, false
	}
	amount, units, t.beginning = t.reserve()
	return amount, units, t.beginning
}

// enter makes a new settlement durable, together with a change of the posted balance.
func (t *payWorker) enter(state State, amount, units, delta balance.Amount) (*Settlement, error) {
	now := time.Now()
	s := &Settlement{
		ID: newID(), AccountID: t.account.ID, State: state, Amount: amount, Created: now, Updated: now, seen: now,
	}
	s.Payment = Payment{ID: s.ID, Amount: units, Scale: t.scale}
	changes, old := store.Batch{s.change()}, 0
	if len(t.history) >= historyMax && !t.history[0].State.Open() {
		changes = append(changes, store.Change{Key: t.history[0].key()})
		old = 1
	}
	if err := t.desk.record(t.account.ID, delta, changes); err != nil {
		return nil, err
	}
	t.mu.Lock()
	t.history = append(slices.Delete(t.history, 0, old), s)
	t.beginning = false
	t.mu.Unlock()
	return s, nil
}

// call calls the settler: within the time it has, until it is interrupted, and with a
// panic of its as an error.
func (t *payWorker) call(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, t.desk.PayTimeout)
	defer cancel()
	t.mu.Lock()
	t.interrupt = cancel
	t.mu.Unlock()
	return guarded(func() error { return do(ctx) })
}

// guarded makes an error of a panic. A settler is an extension; it must not end the
// process.
func guarded(do func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the settler panicked: %v", r)
		}
	}()
	return do()
}
