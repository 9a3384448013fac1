package settle

import (
	"math/big"

	"github.com/ilp-go/connector/account/balance"
)

// Leftover is money that a counterparty has paid and that is less than a unit of its
// account, in units of 10^-Scale of an asset.
type Leftover struct {
	AccountID string
	// Asset is the code of the asset it was paid in. The account may have another one
	// now. It is empty for a leftover of an earlier version whose account is not there.
	Asset  string
	Amount *big.Int
	Scale  uint8
}

// leftover is a Leftover as the cashier counts with it; the zero value is none. It never
// ends in a zero that its scale could do without.
type leftover struct {
	amount *big.Int // nil for none
	scale  uint8
}

// add adds a receipt. What makes whole units of the account is credited - the floor is
// here - and the rest is left over, to the last digit. fits is false if the credit is
// more than an Amount.
func (l leftover) add(amount balance.Amount, scale, accountScale uint8) (credited balance.Amount, rest leftover, fits bool) {
	finest := max(scale, l.scale, accountScale)
	sum := scaled(amount, scale, finest)
	if l.amount != nil {
		sum.Add(sum, new(big.Int).Mul(l.amount, power(finest-l.scale)))
	}
	whole, over := sum.QuoRem(sum, power(finest-accountScale), new(big.Int))
	credited, fits = fromBig(whole)
	return credited, leftover{over, finest}.normal(), fits
}

// plus returns the sum, to the last digit. It may be more than a unit of the account.
func (l leftover) plus(other leftover) leftover {
	if l.amount == nil {
		return other
	}
	if other.amount == nil {
		return l
	}
	finest := max(l.scale, other.scale)
	sum := new(big.Int).Mul(l.amount, power(finest-l.scale))
	sum.Add(sum, new(big.Int).Mul(other.amount, power(finest-other.scale)))
	return leftover{sum, finest}.normal()
}

// scaled is an amount in units of 10^-to, which are not larger than its own.
func scaled(amount balance.Amount, from, to uint8) *big.Int {
	return new(big.Int).Mul(amount.Big(), power(to-from))
}

// normal drops zeros at the end.
func (l leftover) normal() leftover {
	if l.amount.Sign() == 0 {
		return leftover{}
	}
	ten, digit := big.NewInt(10), new(big.Int)
	for l.scale > 0 {
		shorter, _ := new(big.Int).QuoRem(l.amount, ten, digit)
		if digit.Sign() != 0 {
			break
		}
		l = leftover{shorter, l.scale - 1}
	}
	return l
}

func (l leftover) equal(other leftover) bool {
	if l.amount == nil || other.amount == nil {
		return l.amount == other.amount
	}
	return l.scale == other.scale && l.amount.Cmp(other.amount) == 0
}
