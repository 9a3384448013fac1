// Package static implements the rate backend whose prices the operator writes into the
// configuration, or sets while the connector runs.
//
// Configuration: base is a currency, and prices has how many units of each other currency one
// unit of base is worth. maxAge bounds how long the prices are used, by default for ever.
package static

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sync"
	"time"

	"github.com/ilp-go/connector/rate"
)

// Backend trades at the prices that it is given.
type Backend struct {
	spread rate.Spread
	base   string
	maxAge time.Duration

	mu     sync.Mutex
	prices map[string]rate.Price // never changed in place
}

// ErrBase says that the price of the base is 1, and cannot be another.
var ErrBase = errors.New("it is the base, whose price is 1")

// New returns the backend. Errors name the field at fault.
func New(o rate.Options) (rate.Backend, error) {
	spread, err1 := o.EffectiveSpread()
	base, err2 := o.Text("base", "")
	if err2 == nil && base == "" {
		err2 = fmt.Errorf("%s: is missing; write the currency in which the prices are", o.Field("base"))
	}
	age, err3 := o.MaxAge(0)
	written, err4 := parse(o)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	o.WarnUnknown("base", "prices")
	b, now := &Backend{spread: spread, base: base, maxAge: age}, time.Now()
	b.prices = map[string]rate.Price{base: b.price(big.NewRat(1, 1), now)}
	if err := b.SetPrices(written, now); err != nil {
		return nil, fmt.Errorf("%s.%w", o.Field("prices"), err)
	}
	return b, nil
}

// parse reads backendConfig.prices.
func parse(o rate.Options) (map[string]*big.Rat, error) {
	if o.Config["prices"] == nil {
		return nil, nil
	}
	object, ok := o.Config["prices"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: is not an object of prices, such as {EUR: 0.92}", o.Field("prices"))
	}
	prices := make(map[string]*big.Rat, len(object))
	var faults []error
	for _, currency := range slices.Sorted(maps.Keys(object)) {
		price, err := rate.ParsePrice(object[currency])
		switch {
		case currency == "":
			faults = append(faults, fmt.Errorf("%s: a currency has no name", o.Field("prices")))
		case err != nil:
			faults = append(faults, fmt.Errorf("%s.%s: %w", o.Field("prices"), currency, err))
		}
		prices[currency] = price
	}
	return prices, errors.Join(faults...)
}

// price returns a price that the operator has set.
func (b *Backend) price(value *big.Rat, at time.Time) rate.Price {
	return rate.Price{Value: value, Source: "operator", At: at, MaxAge: b.maxAge, Certain: true}
}

// PriceBase returns the base.
func (b *Backend) PriceBase() string { return b.base }

// SetPrices changes the prices of some currencies, as [rate.Setter] has it.
func (b *Backend) SetPrices(changes map[string]*big.Rat, at time.Time) error {
	for _, currency := range slices.Sorted(maps.Keys(changes)) {
		price := changes[currency]
		switch {
		case currency == "":
			return errors.New("a currency has no name")
		case currency == b.base && (price == nil || price.Cmp(big.NewRat(1, 1)) != 0):
			return fmt.Errorf("%s: %w", currency, ErrBase)
		case price != nil:
			if err := rate.CheckPrice(price); err != nil {
				return fmt.Errorf("%s: %w", currency, err)
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	next := maps.Clone(b.prices)
	base := next[b.base]
	if at.After(base.At) { // it is as old as the youngest price in it, and else would get too old before that
		base.At = at
	}
	for currency, price := range changes {
		if price == nil {
			delete(next, currency)
			continue
		}
		next[currency] = b.price(new(big.Rat).Set(price), at)
	}
	next[b.base] = base
	b.prices = next
	return nil
}

// Rates returns the prices as they are now. It never waits and never fails.
func (b *Backend) Rates(context.Context) (*rate.Table, error) {
	table := rate.NewPriceTable("static", b.now(), nil, b.spread)
	table.Base = b.base
	return table, nil
}

func (b *Backend) now() map[string]rate.Price {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.prices
}

// Lists reports whether a currency has a price.
func (b *Backend) Lists(currency string) bool {
	_, there := b.now()[currency]
	return there
}

var (
	_ rate.Setter = (*Backend)(nil)
	_ rate.Lister = (*Backend)(nil)
)
