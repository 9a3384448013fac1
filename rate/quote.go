package rate

import "math/big"

// A Quote returns how many whole units of currency to are worth one whole unit of currency
// from. It must be pure: it gives the same answer for as long as its table lives, on any
// goroutine, without waiting. The caller must not change the result. A Quote returns an
// [*UnknownCurrency] for a currency without a price.
type Quote func(from, to string) (*big.Rat, error)

// Par returns 1: all currencies, known or not, are worth the same. It is a [Quote].
func Par(from, to string) (*big.Rat, error) {
	return big.NewRat(1, 1), nil
}

// Prices maps a currency to how many of its units one unit of a common base buys. To trade
// the base itself, give it the price 1. A currency with a missing or zero price cannot be
// traded.
type Prices map[string]*big.Rat

// Quote returns the price of from in to. It is a [Quote] once the map does not change any
// more. If neither has a price the error names from.
func (p Prices) Quote(from, to string) (*big.Rat, error) {
	source, err := p.price(from)
	if err != nil {
		return nil, err
	}
	destination, err := p.price(to)
	if err != nil {
		return nil, err
	}
	return new(big.Rat).Quo(destination, source), nil
}

func (p Prices) price(currency string) (*big.Rat, error) {
	if price := p[currency]; price != nil && price.Sign() != 0 {
		return price, nil
	}
	return nil, &UnknownCurrency{Currency: currency}
}

// UnknownCurrency is returned for a currency without a price. Its text goes into the Reject
// of the packet.
type UnknownCurrency struct {
	Currency string
}

func (e *UnknownCurrency) Error() string {
	return "no rate available. currency=" + e.Currency
}

var (
	_ Quote = Par
	_ Quote = Prices{}.Quote
	_ error = (*UnknownCurrency)(nil)
)
