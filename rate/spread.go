package rate

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// Spread is the part of every amount that the connector keeps: 0.002 keeps 0.2 %. A
// negative spread pays out more than the price. The zero value keeps nothing.
type Spread struct {
	// part is nil for no spread; never over 1, never changed. rest is 1 less part.
	part, rest *big.Rat
}

// ErrSpreadOverOne is the error of a spread that leaves nothing to pay out.
var ErrSpreadOverOne = errors.New("is over 1: nothing would be left to pay out")

// ParseSpread reads a spread as configuration delivers it. Blank and null are no spread.
func ParseSpread(value any) (Spread, error) {
	if text, ok := value.(string); value == nil || ok && strings.TrimSpace(text) == "" {
		return Spread{}, nil
	}
	part, err := DecimalOf(value)
	if err != nil {
		return Spread{}, err
	}
	return NewSpread(part)
}

// NewSpread returns the spread of the given part, which it copies. A part over 1 is an
// error, since it would make rates negative.
func NewSpread(part *big.Rat) (Spread, error) {
	rest := new(big.Rat).Sub(big.NewRat(1, 1), part)
	if rest.Sign() < 0 {
		return Spread{}, fmt.Errorf("a spread of %s %w", part.RatString(), ErrSpreadOverOne)
	}
	return Spread{new(big.Rat).Set(part), rest}, nil
}

// Part returns the spread as a new big.Rat, which the caller may change.
func (s Spread) Part() *big.Rat {
	if s.part == nil {
		return new(big.Rat)
	}
	return new(big.Rat).Set(s.part)
}

// String returns the spread exactly.
func (s Spread) String() string {
	return s.Part().RatString()
}

// None reports whether the spread keeps nothing and pays nothing more.
func (s Spread) None() bool { return s.part == nil || s.part.Sign() == 0 }

// apply returns price less the spread. It is price itself for no spread.
func (s Spread) apply(price *big.Rat) *big.Rat {
	if s.None() {
		return price
	}
	return new(big.Rat).Mul(s.rest, price)
}

var _ fmt.Stringer = Spread{}
