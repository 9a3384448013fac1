package settle

import (
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// WriteOff takes all that we owe off the balance of an account that settles out of band,
// although no money moves. It is for a debt that was paid by hand, or is forgiven. The
// balance is then exactly 0, whatever the threshold, settleTo and the maximum say. WriteOff
// makes an entry that is WrittenOff, and records it in one durable step with the change of
// the balance and with what note returns. It waits for that.
//
// ErrPays says that a settler pays the account, so that there is nothing to write off.
// ErrNothingOwed says that the balance is not below 0. It may be a BookedError. After ErrBroken the entry may or may
// not be in the store. After any other error nothing has changed.
func (p *Payer) WriteOff(accountID string, note func(Settlement) store.Batch) error {
	w, err := p.ready(accountID)
	switch {
	case err != nil:
		return err
	case !w.outOfBand:
		return ErrPays
	}
	return p.Edit(func() error { return w.writeOff(note) }, accountID)
}

// writeOff makes the entry of WriteOff.
func (ap *accountPayer) writeOff(note func(Settlement) store.Batch) error {
	amount, units, due := ap.beginOne(ap.reserveDebt)
	if !due {
		return ap.nothingOwed()
	}
	if _, err := ap.recordNew(WrittenOff, amount, units, amount, note); err != nil {
		return err // the amount stays under way: it may be written off at the next start
	}
	ap.account.Balance.Settled(amount)
	ap.resolveMinimum()
	return nil
}

// reserveDebt marks all that we owe as settling in the balance. No ledger carries a write-off
// out, so the units are those of the account.
func (ap *accountPayer) reserveDebt() (amount, units balance.Amount, due bool) {
	amount, due = ap.account.Balance.SettleDebt()
	return amount, amount, due
}
