package settle

import (
	"math/big"

	"github.com/ilp-go/connector/account/balance"
)

// terms say when to settle and how much: below threshold, up to settleTo, in whole units.
type terms struct {
	threshold, settleTo, unit balance.Amount
}

// terms returns when the account settles; ok is false if it never does. If forced, any
// debt is below the threshold.
func (ap *accountPayer) terms(forced bool) (t terms, ok bool) {
	settings := ap.account.Settle
	if ap.account.Balance == nil || !forced && settings == nil {
		return terms{}, false
	}
	t.unit = ap.unit
	if settings != nil {
		t.threshold, t.settleTo = settings.Threshold, settings.To
	}
	if forced {
		t.threshold = t.settleTo
	}
	return t, true
}

// due reports whether there is something to pay.
func (ap *accountPayer) due() bool {
	t, ok := ap.terms(ap.forced.Load())
	return ok && t.due(ap.account.Balance.Snapshot())
}

// reserve marks what there is to pay as settling in the balance. If forced, any debt is due.
func (ap *accountPayer) reserve(forced bool) (amount, units balance.Amount, due bool) {
	t, ok := ap.terms(forced)
	if !ok {
		return amount, units, false
	}
	return t.reserve(ap.account.Balance)
}

// due reports whether reserve would find at least one unit to pay. It reserves nothing,
// and is cheap because the data path calls it.
func (t terms) due(s balance.State) bool {
	highest := s.Highest()
	if t.threshold.Cmp(highest) <= 0 || s.Maximum.Cmp(t.settleTo) < 0 {
		return false
	}
	amount, fits := t.settleTo.Sub(highest)
	return fits && amount.Cmp(t.unit) >= 0
}

// notDue returns why nothing is due: ErrNothingOwed, or a BelowUnitError or a BookedError that
// wraps it.
func (ap *accountPayer) notDue(t terms) error {
	owed, fits := t.settleTo.Sub(ap.account.Balance.Snapshot().Highest())
	if !fits || owed.Sign() <= 0 || owed.Cmp(t.unit) >= 0 {
		return ap.nothingOwed()
	}
	return &BelowUnitError{Owed: owed, Unit: t.unit}
}

// reserve calls Balance.Settle for whole units. If due, the caller must end the amount by
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

// unitOf returns the smallest amount of an account, in its units, that a ledger of another
// scale can pay, and the scale of payments. ok is false if one unit of the ledger is more
// than an Amount.
func unitOf(accountScale, ledgerScale uint8) (unit balance.Amount, scale uint8, ok bool) {
	if ledgerScale >= accountScale {
		return balance.FromUint64(1), accountScale, true
	}
	unit, ok = fromBig(power(accountScale - ledgerScale))
	return unit, ledgerScale, ok
}

// split returns how many whole units an amount holds, and the rest. It rounds down: the
// rest stays owed.
func split(amount, unit balance.Amount) (units, rest balance.Amount) {
	whole, over := new(big.Int).QuoRem(amount.Big(), unit.Big(), new(big.Int))
	units, _ = fromBig(whole) // neither is more than the amount
	rest, _ = fromBig(over)
	return units, rest
}

// power returns 10^n.
func power(n uint8) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// scaled converts an amount from units of 10^-from to units of 10^-to, which must not be
// larger.
func scaled(amount balance.Amount, from, to uint8) *big.Int {
	return new(big.Int).Mul(amount.Big(), power(to-from))
}

// fromBig converts v to an Amount; ok is false if it does not fit.
func fromBig(v *big.Int) (a balance.Amount, ok bool) {
	a, err := balance.Parse(v.String())
	return a, err == nil
}
