package settle

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// ask has the settler pay, for the first time or again.
func (t *payWorker) ask(ctx context.Context, s *Settlement) error {
	t.mu.Lock()
	s.Attempts++
	t.mu.Unlock()
	err := t.call(ctx, func(ctx context.Context) error { return t.settler.Pay(ctx, s.Payment) })
	e := eventOf(err)
	switch {
	case e == lost && ctx.Err() != nil:
		return ctx.Err() // we are stopping: it stays as it is written, and is asked again
	case e == lost && t.told():
		return nil // an operator cut it short, and is heard next
	}
	return t.follow(s, e, err)
}

// eventOf is what a call of Pay says.
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

// follow takes a settlement to its next state: durably first, then in memory. It
// returns nil if the next step can be taken.
func (t *payWorker) follow(s *Settlement, e event, cause error) error {
	after, ok := next(s.State, e)
	if !ok {
		panic(fmt.Sprintf("settle: event %d of a settlement that is %s", e, s.State))
	}
	now := *s
	now.State = after
	switch {
	case cause != nil && s.State == Unknown && e == refused:
		now.Reason = clip("an earlier call may have paid; asked again, and that call sent nothing: " + cause.Error())
	case cause != nil:
		now.Reason = clip(cause.Error())
	}
	if after != s.State {
		now.Updated = time.Now()
		now.grow(now.Updated)
		var delta balance.Amount
		if after == Confirmed {
			delta = s.Amount
		}
		if err := t.desk.record(t.account.ID, delta, store.Batch{now.change()}); err != nil {
			return err
		}
	}
	// From here memory follows what is durable. Nobody can take the Balance away meanwhile:
	// Detach and Remove wait for this goroutine. A packet that looks before conclude is done
	// sees the debt, and the same amount as settling, so that nothing is paid twice. After a
	// Record that failed memory stays as it was, and nothing is settled until the next start.
	t.mu.Lock()
	*s = now
	t.mu.Unlock()
	return t.conclude(s, cause)
}

// conclude does what follows from a state that is durable.
func (t *payWorker) conclude(s *Settlement, cause error) error {
	log := t.desk.Log.With("account", s.AccountID, "settlement", s.ID, "amount", s.Amount)
	counters := &t.account.Counters.OutgoingMoney
	switch s.State {
	case Confirmed:
		t.settled(s.Amount)
		counters.Succeed(s.Amount)
		log.Info("settled", "attempts", s.Attempts)
	case NotSent:
		t.unsettled(s.Amount)
		counters.Fail(s.Amount)
		log.Warn("settlement was not sent", "reason", s.Reason)
		if cause == nil || errors.Is(cause, errOperator) {
			return nil // it may be tried again at once
		}
		_, starts := t.settler.(Starter)
		t.ready.Store(!starts)
		t.desk.Alert(s.AccountID, alertNotSent)
		return errLater
	case Unknown:
		counters.Fail(s.Amount)
		log.Error("it is not known how a settlement ended", "attempts", s.Attempts, "reason", s.Reason)
		t.desk.Alert(s.AccountID, alertUnknown)
		return errLater
	}
	return nil
}

func (t *payWorker) settled(amount balance.Amount) {
	if t.account.Balance != nil {
		t.account.Balance.Settled(amount)
	}
}

func (t *payWorker) unsettled(amount balance.Amount) {
	if t.account.Balance != nil {
		t.account.Balance.Unsettled(amount)
	}
}
