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
// path, as the reference does, and records the entry right after. A process that dies
// in between has the debt again at the next start, and books it again.
type Manual struct{}

// Pay does nothing.
func (Manual) Pay(context.Context, Payment) error { return nil }

// SettlesOutOfBand returns true.
func (Manual) SettlesOutOfBand() bool { return true }

// settleOutOfBand settles in memory what is due, and wakes the goroutine to record it.
func (w *payWorker) settleOutOfBand() {
	if w.due() && w.raise() {
		w.wake()
	}
}

// raise raises the balance in memory by what is due, and keeps the amount until it is
// recorded. Both happen under the lock, and only while the settlement log is not closed: stop
// records what was kept by then, and a later amount would never be recorded. During an edit
// raise does nothing: endEdit makes up for it.
func (ap *accountPayer) raise() bool {
	ap.settlements.mu.Lock()
	defer ap.settlements.mu.Unlock()
	if ap.settlements.closed || ap.settlements.edits > 0 {
		return false
	}
	amount, _, due := ap.reserve(ap.forced.Swap(false))
	if !due {
		return false
	}
	ap.account.Balance.Settled(amount)
	ap.account.Counters.OutgoingMoney.Succeed(amount)
	sum, _ := ap.settlements.unrecorded.Add(amount) // it fits, because the balance rose by as much
	ap.settlements.unrecorded = sum
	return true
}

// recordOutOfBand records what was settled in memory. It waits for another call that does,
// and so returns when the store has all of it.
func (ap *accountPayer) recordOutOfBand() error {
	ap.booking.Lock()
	defer ap.booking.Unlock()
	var amount balance.Amount
	ap.settlements.locked(func() { amount = ap.settlements.unrecorded })
	if amount.Sign() == 0 {
		return errIdle
	}
	if _, err := ap.recordNew(Booked, amount, amount, amount, nil); err != nil {
		return err
	}
	ap.settlements.locked(func() { ap.settlements.unrecorded, _ = ap.settlements.unrecorded.Sub(amount) }) // it only grew
	ap.resolveMinimum()
	ap.logBooked(amount)
	return nil
}

var (
	_ Settler   = Manual{}
	_ OutOfBand = Manual{}
)
