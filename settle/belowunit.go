package settle

import (
	"fmt"

	"github.com/ilp-go/connector/account/balance"
)

// BelowUnitError says that we owe an account less than its settler can pay. It wraps
// ErrNothingOwed.
type BelowUnitError struct {
	// Owed is what could be settled, and Unit the least that the settler pays, both in units
	// of the account.
	Owed, Unit balance.Amount
}

// Error returns both amounts.
func (e *BelowUnitError) Error() string {
	return fmt.Sprintf("%s is owed, and the settler pays in units of %s", e.Owed, e.Unit)
}

// Unwrap returns ErrNothingOwed.
func (e *BelowUnitError) Unwrap() error { return ErrNothingOwed }
