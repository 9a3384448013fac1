package balance

import "errors"

// ErrOutOfRange is returned for an amount that is negative where only a payment can
// be, or with which a balance would not fit an Amount.
var ErrOutOfRange = errors.New("amount out of range")

// Settle decides whether we should pay the counterparty, and how much. A
// settlement is due if threshold > balance, strictly; the amount is what lifts
// the balance to settleTo. None is due if that amount is not positive, or if
// settleTo is above the maximum.
//
// The balance here is Highest. It counts the Prepares we hold, as the reference
// does: we do not pay in advance what the counterparty may owe us in a moment. If
// those Prepares are rejected, the next Settle pays the rest. It also counts the
// settlements under way, so that two calls never pay the same debt twice. Highest
// falls by Void, Owe, Credit, Unsettled and an edit downwards. Only after these, at
// the start, or with other settings can a settlement become due.
//
// If due, amount is settling when Settle returns, and the caller must end it by
// Settled or Unsettled. An account without a threshold, or with -Infinity, is
// never asked. To settle now, whatever the threshold, pass settleTo for both.
func (b *Balance) Settle(threshold, settleTo Amount) (amount Amount, due bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if threshold.Cmp(b.state.Highest()) <= 0 || b.state.Maximum.Cmp(settleTo) < 0 {
		return Amount{}, false
	}
	return b.settleLocked(settleTo)
}

// SettleDebt begins a settlement of all that we owe, as Settle does: the amount lifts the
// balance to exactly 0, whatever the maximum. None is due if we owe nothing.
func (b *Balance) SettleDebt() (amount Amount, due bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.settleLocked(Amount{})
}

// settleLocked makes settling what lifts the balance to settleTo.
func (b *Balance) settleLocked(settleTo Amount) (amount Amount, due bool) {
	amount, fits := settleTo.Sub(b.state.Highest())
	if !fits || amount.Sign() <= 0 {
		return Amount{}, false
	}
	settling, fits := b.state.Settling.Add(amount)
	if !fits {
		return Amount{}, false
	}
	b.state.Settling = settling
	return amount, true
}

// Reopen counts a settlement as under way that a store holds as begun and not
// ended, so that it is not paid again while we ask for its outcome. It is for
// loading an account, after Restore, and ignores the limits. It returns
// ErrOutOfRange, and changes nothing, if Settle cannot have returned amount.
func (b *Balance) Reopen(amount Amount) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	settling, fits := b.state.Settling.Add(amount)
	_, fitsToo := b.state.Highest().Add(amount)
	if amount.Sign() < 0 || !fits || !fitsToo {
		return ErrOutOfRange
	}
	b.state.Settling = settling
	return nil
}

// Settled ends a settlement, or a part of one, whose money was definitely sent:
// we owe the counterparty amount less. It panics if less is settling.
func (b *Balance) Settled(amount Amount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.Settling = take("settled", amount, b.state.Settling)
	b.state.Posted = b.state.Posted.plus(amount)
}

// Unsettled ends a settlement, or a part of one, whose money was definitely not
// sent: the debt is as it was. While the outcome is unknown, call neither Settled
// nor Unsettled. It panics if less is settling.
func (b *Balance) Unsettled(amount Amount) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.state.Settling = take("unsettled", amount, b.state.Settling)
}

// Credit counts a settlement that the counterparty paid us: it owes us amount
// less. The money has already moved, so no limit refuses it, and the balance may
// fall below the minimum. It returns ErrOutOfRange, and changes nothing, if amount
// is negative or the balance would not fit an Amount. No real payment is like that.
func (b *Balance) Credit(amount Amount) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, fits := b.state.Lowest().Sub(amount); amount.Sign() < 0 || !fits {
		return ErrOutOfRange
	}
	b.state.Posted = b.state.Posted.minus(amount)
	return nil
}
