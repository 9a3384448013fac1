package settle

import "github.com/ilp-go/connector/account/balance"

// terms are when to settle and up to where: below threshold, up to settleTo, in whole
// units.
type terms struct {
	threshold, settleTo, unit balance.Amount
}

// due reports whether Balance.Settle would find a settlement of at least one unit due.
// It reserves nothing and is cheap: packets ask it.
func (t terms) due(s balance.State) bool {
	highest := s.Highest()
	if t.threshold.Cmp(highest) <= 0 || s.Maximum.Cmp(t.settleTo) < 0 {
		return false
	}
	amount, fits := t.settleTo.Sub(highest)
	return fits && amount.Cmp(t.unit) >= 0
}

// reserve is Balance.Settle in whole units. If due, the caller must end the amount by
// Settled or Unsettled.
func (t terms) reserve(b *balance.Balance) (amount, units balance.Amount, due bool) {
	amount, due = b.Settle(t.threshold, t.settleTo)
	if !due {
		return balance.Amount{}, balance.Amount{}, false
	}
	units, rest := split(amount, t.unit)
	b.Unsettled(rest)
	amount, _ = amount.Sub(rest) // rest is a part of amount
	return amount, units, units.Sign() > 0
}

// terms are when to settle; forced ones have no threshold of their own.
func (t *payWorker) terms(forced bool) terms {
	var to balance.Amount
	if t.account.Settle != nil {
		to = t.account.Settle.To
	}
	threshold := to
	if !forced {
		threshold = t.account.Settle.Threshold
	}
	return terms{threshold, to, t.unit}
}

// due reports whether there is something to pay.
func (t *payWorker) due() bool {
	forced := t.forced.Load()
	if t.account.Balance == nil || !forced && t.account.Settle == nil {
		return false
	}
	return t.terms(forced).due(t.account.Balance.Snapshot())
}

// reserve takes what there is to pay out of the balance, as settling.
func (t *payWorker) reserve() (amount, units balance.Amount, due bool) {
	forced := t.forced.Swap(false)
	if t.account.Balance == nil || !forced && t.account.Settle == nil {
		return balance.Amount{}, balance.Amount{}, false
	}
	return t.terms(forced).reserve(t.account.Balance)
}
