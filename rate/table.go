package rate

import (
	"math/big"
	"time"
)

// Asset is the unit of the amounts of an account: 10^-Scale of the currency Code.
type Asset struct {
	Code  string
	Scale uint8
}

// Table is a snapshot of all rates at one moment. It is immutable once it is published,
// and safe for concurrent use.
type Table struct {
	// At is when the prices were obtained.
	At time.Time

	// MaxAge is how long after At the prices may be used. Zero is for ever.
	MaxAge time.Duration

	quote  Quote
	spread Spread
}

// NewTable returns a table of the prices of quote less spread, which never goes stale.
func NewTable(at time.Time, quote Quote, spread Spread) *Table {
	return &Table{At: at, quote: quote, spread: spread}
}

// Between returns the exact rate at which we pay out amounts of from in to, with their
// scales and the spread. We charge the spread between equal assets too. The error is an
// [*UnknownCurrency] for a currency without a price. Between allocates: call it when the
// world is built, not per packet.
func (t *Table) Between(from, to Asset) (Rate, error) {
	price, err := t.quote(from.Code, to.Code)
	if err != nil {
		return Rate{}, err
	}
	return FromRat(scale(t.spread.apply(price), from, to))
}

// Stale reports whether the prices are too old at now to be used.
func (t *Table) Stale(now time.Time) bool {
	return t.MaxAge > 0 && now.Sub(t.At) > t.MaxAge
}

// scale turns a price of whole units into a price of smallest units.
func scale(price *big.Rat, from, to Asset) *big.Rat {
	return price.Mul(price, powerOfTen(int(to.Scale)-int(from.Scale)))
}
