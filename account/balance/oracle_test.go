package balance_test

import (
	"math/big"
	"slices"

	"github.com/ilp-go/connector/account/balance"
)

// oracle is a Balance written to be simple and not to be fast: it keeps a
// log of every packet and settlement that is pending, and counts them anew for
// each question, in integers without an end.
type oracle struct {
	posted   *big.Int
	held     []*big.Int
	reserved []*big.Int
	settling []*big.Int
	minimum  *big.Int // nil: none
	maximum  *big.Int // nil: none
}

func (o *oracle) pendingIn() *big.Int  { return total(o.held) }
func (o *oracle) pendingOut() *big.Int { return total(o.reserved) }
func (o *oracle) underWay() *big.Int   { return total(o.settling) }

// shown returns what the admin API calls the balance.
func (o *oracle) shown() *big.Int { return plus(o.posted, o.pendingIn()) }

// highest and lowest are the balance if all that is pending went one way.
func (o *oracle) highest() *big.Int { return plus(o.shown(), o.underWay()) }
func (o *oracle) lowest() *big.Int  { return minus(o.posted, o.pendingOut()) }

// passesMaximum reports whether v is above the maximum.
func (o *oracle) passesMaximum(v *big.Int) bool { return o.maximum != nil && v.Cmp(o.maximum) > 0 }

// passesMinimum reports whether v is below the minimum.
func (o *oracle) passesMinimum(v *big.Int) bool { return o.minimum != nil && v.Cmp(o.minimum) < 0 }

func (o *oracle) hold(amount *big.Int) bool {
	highest := plus(o.highest(), amount)
	if amount.Sign() != 0 && (!inRange(highest) || o.passesMaximum(highest)) {
		return false
	}
	o.held = append(o.held, amount)
	return true
}

func (o *oracle) reserve(amount *big.Int) bool {
	lowest := minus(o.lowest(), amount)
	if amount.Sign() != 0 && (!inRange(lowest) || o.passesMinimum(lowest)) {
		return false
	}
	o.reserved = append(o.reserved, amount)
	return true
}

// settle returns the amount that is due, or nil.
func (o *oracle) settle(threshold, settleTo *big.Int) *big.Int {
	amount := minus(settleTo, o.highest())
	switch {
	case threshold.Cmp(o.highest()) <= 0,
		amount.Sign() <= 0,
		o.passesMaximum(plus(o.highest(), amount)),
		!inRange(amount),
		!inRange(plus(o.underWay(), amount)):
		return nil
	}
	o.settling = append(o.settling, amount)
	return amount
}

func (o *oracle) reopen(amount *big.Int) bool {
	if amount.Sign() < 0 || !inRange(plus(o.highest(), amount)) || !inRange(plus(o.underWay(), amount)) {
		return false
	}
	o.settling = append(o.settling, amount)
	return true
}

func (o *oracle) credit(amount *big.Int) bool {
	if amount.Sign() < 0 || !inRange(minus(o.lowest(), amount)) {
		return false
	}
	o.posted = minus(o.posted, amount)
	return true
}

// adjust returns the text of the error, or nothing.
func (o *oracle) adjust(diff *big.Int) string {
	highest, lowest := plus(o.highest(), diff), plus(o.lowest(), diff)
	switch {
	case diff.Sign() >= 0 && !inRange(highest), diff.Sign() < 0 && !inRange(lowest):
		return balance.ErrOutOfRange.Error()
	case diff.Sign() >= 0 && o.passesMaximum(highest):
		return "exceeded maximum balance."
	case diff.Sign() < 0 && o.passesMinimum(lowest):
		return "insufficient funds. oldBalance=" + o.shown().String() +
			" proposedBalance=" + plus(o.shown(), diff).String()
	}
	o.posted = plus(o.posted, diff)
	return ""
}

func (o *oracle) unadjust(diff *big.Int) bool {
	if !inRange(minus(o.highest(), diff)) || !inRange(minus(o.lowest(), diff)) {
		return false
	}
	o.posted = minus(o.posted, diff)
	return true
}

// remove takes entry i out of one of the logs and returns it.
func remove(log *[]*big.Int, i int) *big.Int {
	amount := (*log)[i]
	*log = slices.Delete(*log, i, i+1)
	return amount
}

func total(log []*big.Int) *big.Int {
	sum := new(big.Int)
	for _, amount := range log {
		sum.Add(sum, amount)
	}
	return sum
}

func plus(a, b *big.Int) *big.Int  { return new(big.Int).Add(a, b) }
func minus(a, b *big.Int) *big.Int { return new(big.Int).Sub(a, b) }
