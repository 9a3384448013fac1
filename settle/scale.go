package settle

import (
	"math/big"

	"github.com/ilp-go/connector/account/balance"
)

// unitOf is the smallest amount of an account, in its units, that a ledger of another
// scale can pay, and the scale in which payments are told. ok is false if even one of
// the ledger's units is more than an Amount.
func unitOf(accountScale, ledgerScale uint8) (unit balance.Amount, scale uint8, ok bool) {
	if ledgerScale >= accountScale {
		return balance.FromUint64(1), accountScale, true
	}
	unit, ok = fromBig(power(accountScale - ledgerScale))
	return unit, ledgerScale, ok
}

// split is how many whole units an amount is, and what is over. The floor is here: the
// rest stays owed.
func split(amount, unit balance.Amount) (units, rest balance.Amount) {
	whole, over := new(big.Int).QuoRem(amount.Big(), unit.Big(), new(big.Int))
	units, _ = fromBig(whole) // neither is more than the amount
	rest, _ = fromBig(over)
	return units, rest
}

// power is 10^n.
func power(n uint8) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// fromBig is v as an Amount; ok is false if it does not fit.
func fromBig(v *big.Int) (a balance.Amount, ok bool) {
	a, err := balance.Parse(v.String())
	return a, err == nil
}
