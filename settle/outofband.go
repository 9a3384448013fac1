package settle

import (
	"context"

	"github.com/ilp-go/connector/account/balance"
)

// Manual is the Settler of an account whose money people move by hand, outside the
// connector, as with ilp-plugin-btp of the reference: its sendMoney does nothing and
// succeeds.
//
// Settling out of band cannot fail. So the payer raises the balance at once, on the data
// path, as the reference does, and records the settlement right after. A process that dies
// in between has the debt again at the next start, and settles it again.
type Manual struct{}

// Pay does nothing.
func (Manual) Pay(context.Context, Payment) error { return nil }

// SettlesOutOfBand returns true.
func (Manual) SettlesOutOfBand() bool { return true }

// settleOutOfBand settles in memory what is due, and wakes the goroutine to record it.
func (w *payWorker) settleOutOfBand() {
	if w.due() && w.log.settleInMemory(w.reserveOutOfBand) {
		w.wake()
	}
}

// reserveOutOfBand raises the balance in memory by what is due.
func (ap *accountPayer) reserveOutOfBand() (amount balance.Amount, due bool) {
	amount, _, due = ap.reserve()
	if due {
		ap.account.Balance.Settled(amount)
		ap.account.Counters.OutgoingMoney.Succeed(amount)
	}
	return amount, due
}

// recordOutOfBand records what was settled in memory.
func (ap *accountPayer) recordOutOfBand() error {
	amount := ap.log.takeUnrecorded()
	if amount.Sign() == 0 {
		return errIdle
	}
	_, err := ap.record(Confirmed, amount, amount, amount)
	return err
}

var (
	_ Settler   = Manual{}
	_ OutOfBand = Manual{}
)
