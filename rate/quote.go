package rate

import "math/big"

// A Quote tells how many whole units of the currency to one whole unit of the currency
// from is worth. It must be pure: the same answer for as long as its table lives, from
// any goroutine, without waiting. The result belongs to the quote and is not changed. A
// currency it has no price for is an [*UnknownCurrency].
type Quote func(from, to string) (*big.Rat, error)

// Par is the [Quote] under which all currencies, known or not, are worth the same.
func Par(from, to string) (*big.Rat, error) {
	return big.NewRat(1, 1), nil
}

// Prices maps a currency to how many of its units one unit of a common base buys. The
// base itself, if it is to be traded, is in it with 1. A missing or zero price means
// that the currency cannot be traded.
type Prices map[string]*big.Rat

// Quote is a [Quote] once the map is no longer changed. It looks at the source first.
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

// UnknownCurrency reports that there is no price for a currency. Its text goes into the
// reject of the packet that needed it.
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
