package balance

import (
	"errors"
	"fmt"
)

// ErrExceedsMaximum says that an edit would lift the balance above the maximum.
// Clients of the reference match its text, full stop included.
var ErrExceedsMaximum = errors.New("exceeded maximum balance.") //nolint:staticcheck // the wording of the reference, which clients match

// InsufficientFundsError says that an edit would lower the balance below the
// minimum. Both amounts are State.Balance, as the admin API shows it.
type InsufficientFundsError struct {
	Old      Amount
	Proposed Amount
}

// Error returns the text that clients of the reference match.
func (e *InsufficientFundsError) Error() string {
	return fmt.Sprintf("insufficient funds. oldBalance=%s proposedBalance=%s", e.Old, e.Proposed)
}

// Adjust adds diff, of either sign, to the posted balance: an operator's edit.
//
// An edit obeys the limits as packets do, with everything pending counted. An edit
// upwards, or of zero, returns ErrExceedsMaximum if Highest would pass the maximum.
// An edit downwards returns an *InsufficientFundsError if Lowest would pass the
// minimum, even where the balance that is shown would not: reserved amounts are
// already promised. An edit that does not fit an Amount returns ErrOutOfRange. A
// refused edit changes nothing.
func (b *Balance) Adjust(diff Amount) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if diff.Sign() < 0 {
		return b.lowerLocked(diff)
	}
	return b.raiseLocked(diff)
}

func (b *Balance) raiseLocked(diff Amount) error {
	highest, fits := b.state.Highest().Add(diff)
	if !fits {
		return ErrOutOfRange
	}
	if b.state.Maximum.Cmp(highest) < 0 {
		return ErrExceedsMaximum
	}
	b.state.Posted = b.state.Posted.plus(diff)
	return nil
}

func (b *Balance) lowerLocked(diff Amount) error {
	lowest, fits := b.state.Lowest().Add(diff)
	if !fits {
		return ErrOutOfRange
	}
	if b.state.Minimum.Cmp(lowest) > 0 {
		old := b.state.Balance()
		return &InsufficientFundsError{Old: old, Proposed: old.plus(diff)}
	}
	b.state.Posted = b.state.Posted.plus(diff)
	return nil
}

// Unadjust takes back an edit that could not be made durable. As with Credit, no limit
// refuses it, whatever has happened since. It returns ErrOutOfRange, and changes nothing,
// if the balance would not fit an Amount.
func (b *Balance) Unadjust(diff Amount) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, high := b.state.Highest().Sub(diff)
	_, low := b.state.Lowest().Sub(diff)
	if !high || !low {
		return ErrOutOfRange
	}
	b.state.Posted = b.state.Posted.minus(diff)
	return nil
}

var _ error = (*InsufficientFundsError)(nil)
