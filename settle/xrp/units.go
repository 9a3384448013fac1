package xrp

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// dropScale is the scale of drops: a million of them are one XRP.
const dropScale = 6

// units converts between the units of an account, 10^-scale XRP, and drops. Both sides of a channel count
// in units. A claim is signed for the drops of all units that were ever paid over the channel, rounded up,
// so no rounding adds up.
type units struct{ scale uint8 }

// Errors of conversions.
var (
	errAmount = errors.New("an amount of XRP is from 1 unit to 10^17 drops")
	errText   = errors.New("an amount is a decimal number of units, without sign, point, exponent and leading zeros")
)

// drops returns the drops of a total in units, rounded up.
func (u units) drops(total balance.Amount) (xrpl.Drops, error) {
	n := total.Big()
	if n.Sign() <= 0 {
		return 0, errAmount
	}
	if u.scale <= dropScale {
		n.Mul(n, power(dropScale-u.scale))
	} else {
		var rest big.Int
		n.QuoRem(n, power(u.scale-dropScale), &rest)
		if rest.Sign() > 0 {
			n.Add(n, big.NewInt(1)) // up: the receiver may take the drop that the last units begin
		}
	}
	if !n.IsUint64() || xrpl.Drops(n.Uint64()) > xrpl.MaxDrops {
		return 0, errAmount
	}
	return xrpl.Drops(n.Uint64()), nil
}

// dropsOrZero returns the drops of a total that a claim may have.
func (u units) dropsOrZero(total balance.Amount) xrpl.Drops {
	d, err := u.drops(total)
	if err != nil {
		return 0
	}
	return d
}

// of returns the units of drops, rounded down.
func (u units) of(d xrpl.Drops) balance.Amount {
	n := new(big.Int).SetUint64(uint64(d))
	if u.scale >= dropScale {
		n.Mul(n, power(u.scale-dropScale))
	} else {
		n.Quo(n, power(dropScale-u.scale)) // down: less than a unit is nothing that we could credit
	}
	a, _ := amountOf(n) // it fits, since New bounds the scale
	return a
}

// rescaled returns a total of another scale in units of this one, rounded up. It must be worth the same drops: a
// claim was signed for them.
func (u units) rescaled(total balance.Amount, from uint8) (balance.Amount, error) {
	n, rest := total.Big(), new(big.Int)
	if u.scale >= from {
		n.Mul(n, power(u.scale-from))
	} else if n.QuoRem(n, power(from-u.scale), rest); rest.Sign() > 0 {
		n.Add(n, big.NewInt(1))
	}
	a, ok := amountOf(n)
	if !ok || u.dropsOrZero(a) != (units{from}).dropsOrZero(total) {
		return a, fmt.Errorf("a claim on a channel is for %v units of scale %d, which are no whole units of scale %d: set assetScale back to %d",
			total, from, u.scale, from)
	}
	return a, nil
}

// parseUnits returns an amount of units as claims have it. The npm plugin takes any spelling of a number,
// and fractions; we do not.
func parseUnits(text string) (balance.Amount, error) {
	a, err := balance.Parse(text)
	if err != nil || a.Sign() < 0 {
		return balance.Amount{}, errText
	}
	return a, nil
}

// amountOf returns a number as an Amount, and whether it is one.
func amountOf(n *big.Int) (balance.Amount, bool) {
	a, err := balance.Parse(n.String())
	return a, err == nil
}

// power returns 10^n.
func power(n uint8) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// UnitsOf returns the units of a scale that drops are worth, rounded down.
func UnitsOf(d xrpl.Drops, scale uint8) balance.Amount { return units{scale}.of(d) }

// DropsOf returns the drops of an amount in units of a scale, rounded up.
func DropsOf(amount *big.Int, scale uint8) (xrpl.Drops, error) {
	a, ok := amountOf(amount)
	if !ok {
		return 0, errAmount
	}
	return units{scale}.drops(a)
}
