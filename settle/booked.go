package settle

import (
	"time"

	"github.com/ilp-go/connector/account/balance"
)

// bookedPause is the shortest time between two log lines about what an account has booked.
const bookedPause = time.Minute

// bookedLog is what the log line about booked amounts needs. Only the steps of an account use it.
type bookedLog struct {
	last   time.Time      // of the latest line
	untold balance.Amount // booked since then
}

// logBooked logs what was booked since the latest line, once in bookedPause at most: the debt
// is off the balance, and nothing has paid it.
func (ap *accountPayer) logBooked(amount balance.Amount) {
	b := &ap.booked
	if sum, fits := b.untold.Add(amount); fits {
		b.untold = sum
	}
	now := time.Now()
	if !b.last.IsZero() && now.Sub(b.last) < bookedPause || ap.account.Balance == nil {
		return
	}
	ap.payer.Log.Info("booked a debt as paid: nothing pays the account", "account", ap.account.ID,
		"amount", b.untold, "balance", ap.account.Balance.Snapshot().Posted)
	*b = bookedLog{last: now}
}
