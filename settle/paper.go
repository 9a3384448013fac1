package settle

import (
	"context"

	"github.com/ilp-go/connector/account/balance"
)

// Manual is the Settler of plugins that move no money, as ilp-plugin-btp of the
// reference: its sendMoney does nothing and succeeds. People pay elsewhere.
//
// What it cannot do is fail, so the balance changes at once, on the data path, as in the
// reference, and is written down right after. A process that dies in between has the
// debt again, and settles it again.
type Manual struct{}

// Pay does nothing.
func (Manual) Pay(context.Context, Payment) error { return nil }

// settleOnPaper settles in memory what is due.
func (t *payWorker) settleOnPaper() {
	if t.due() && t.reserveOnPaper() {
		t.wake()
	}
}

// reserveOnPaper raises the balance in memory, and keeps in onPaper what is still to be
// written. Both happen under the lock, and not once the account leaves: end writes what
// is in onPaper by then, and nobody would write more.
func (t *payWorker) reserveOnPaper() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.leaving {
		return false
	}
	amount, _, due := t.reserve()
	if !due {
		return false
	}
	t.account.Balance.Settled(amount)
	t.account.Counters.OutgoingMoney.Succeed(amount)
	t.onPaper, _ = t.onPaper.Add(amount) // it fits: the balance rose by as much
	return true
}

// enterPaper makes durable what was settled in memory.
func (t *payWorker) enterPaper() error {
	t.mu.Lock()
	amount := t.onPaper
	t.onPaper = balance.Amount{}
	t.mu.Unlock()
	if amount.Sign() == 0 {
		return errIdle
	}
	_, err := t.enter(Confirmed, amount, amount, amount)
	return err
}

var _ Settler = Manual{}
