package account

import (
	"sync/atomic"

	"github.com/ilp-go/connector/account/balance"
)

// Money holds the amounts of the latest successful and the latest failed settlement
// in one direction. The metrics of the reference show no more of settlements; the
// balance has their sum.
type Money struct {
	succeeded, failed atomic.Pointer[balance.Amount]
}

// Succeed records a settlement that moved the amount.
func (m *Money) Succeed(amount balance.Amount) { m.succeeded.Store(&amount) }

// Fail records a settlement that failed to move the amount.
func (m *Money) Fail(amount balance.Amount) { m.failed.Store(&amount) }

// Last returns the amounts of the latest settlements, each nil if there was none.
// The caller must not change them.
func (m *Money) Last() (succeeded, failed *balance.Amount) {
	return m.succeeded.Load(), m.failed.Load()
}
