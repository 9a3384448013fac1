package account

import (
	"sync/atomic"

	"github.com/ilp-go/connector/account/balance"
)

// Money is the latest settlement in one direction, by how it ended. It is a
// measurement, and all that the metrics of the reference tell of settlements; what
// was settled in all is in the balance.
type Money struct {
	succeeded, failed atomic.Pointer[balance.Amount]
}

// Succeed notes a settlement that moved the amount.
func (m *Money) Succeed(amount balance.Amount) { m.succeeded.Store(&amount) }

// Fail notes a settlement that did not.
func (m *Money) Fail(amount balance.Amount) { m.failed.Store(&amount) }

// Last is the amounts of the latest settlement of either kind, nil if there was none.
// The caller must not change them.
func (m *Money) Last() (succeeded, failed *balance.Amount) {
	return m.succeeded.Load(), m.failed.Load()
}
