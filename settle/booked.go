package settle

import (
	"errors"
	"fmt"
	"slices"
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

// BookedError says that we owe nothing to an account because its debt was booked. No settler
// has sent that money, so it must be paid by hand. It wraps ErrNothingOwed.
type BookedError struct {
	Latest Settlement // the latest entry that is Booked
}

// Error names the entry.
func (e *BookedError) Error() string {
	return fmt.Sprintf("nothing is owed on the books: entry %s booked a debt of %s at %s, and that money was not sent",
		e.Latest.ID, e.Latest.Amount, e.Latest.Created.UTC().Format(time.RFC3339))
}

// Unwrap returns ErrNothingOwed.
func (e *BookedError) Unwrap() error { return ErrNothingOwed }

// nothingOwed returns why an operator can settle nothing: ErrNothingOwed, or a BookedError if the
// latest entry beside those of operators is Booked.
func (ap *accountPayer) nothingOwed() (err error) {
	err = ErrNothingOwed
	ap.settlements.locked(func() {
		for _, s := range slices.Backward(ap.settlements.all) {
			if s.State == Booked {
				err = &BookedError{*s}
			}
			if s.State != WrittenOff {
				return
			}
		}
	})
	return err
}

// cannotPay returns why an operator cannot settle with an account that settles out of band:
// ErrOutOfBand, or a BookedError if we owe nothing.
func (ap *accountPayer) cannotPay() error {
	booked, found := errors.AsType[*BookedError](ap.nothingOwed())
	if found && ap.account.Balance.Snapshot().Highest().Sign() >= 0 {
		return booked
	}
	return ErrOutOfBand
}
