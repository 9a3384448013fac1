package settle

import "github.com/ilp-go/connector/store"

// WriteOff takes what SettleNow would pay off the balance of an account that settles out of
// band, although no money moves. It is for a debt that was paid by hand, or is forgiven. It
// makes an entry that is WrittenOff, and records it in one durable step with the change of
// the balance and with what note returns. It waits for that.
//
// ErrPays says that a settler pays the account, so that there is nothing to write off. After
// ErrBroken the entry may or may not be in the store. After any other error nothing has
// changed.
func (p *Payer) WriteOff(accountID string, note func(Settlement) store.Batch) error {
	w := p.find(accountID)
	switch {
	case w == nil || w.account.Balance == nil:
		return ErrNoAccount
	case p.broken.Load():
		return ErrBroken
	case w.settlements.isClosed():
		return ErrNoAccount
	case w.settlements.needsOperator():
		return ErrNeedsOperator
	case !w.outOfBand:
		return ErrPays
	}
	amount, _, due := w.beginOne(true)
	if !due {
		return ErrNothingOwed
	}
	if _, err := w.recordNew(WrittenOff, amount, amount, amount, note); err != nil {
		return err // the amount stays under way: it may be written off at the next start
	}
	w.account.Balance.Settled(amount)
	w.resolveMinimum()
	return nil
}
