// Package randomizer implements a rate backend that makes its rates up, for tests of
// senders with rates that move: par plus a random part, less the spread.
//
// Every table holds one draw for each ordered pair of currencies. The rates keep moving
// because the poller asks each second ([Interval]).
package randomizer

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math/big"
	"time"

	"github.com/ilp-go/connector/rate"
)

// Interval is how often to poll this backend.
const Interval = time.Second

// steps is the resolution of a draw: five decimals.
const steps = 100_000

// Backend draws its rates at random.
type Backend struct {
	spread    rate.Spread
	variation uint64 // the largest draw, in 1/steps
}

// New returns the backend and warns that it is in use. backendConfig.variation, by default
// 0.1, is the largest part by which a rate differs from par; its sign is ignored, and
// values over 1 count as 1.
func New(o rate.Options) (rate.Backend, error) {
	spread, err1 := o.EffectiveSpread()
	variation, err2 := parseVariation(o.Config["variation"])
	if err2 != nil {
		err2 = fmt.Errorf("%s: %w", o.Field("variation"), err2)
	}
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	o.WarnUnknown("variation")
	o.Logger().Warn("the randomizer backend makes up its exchange rates; use it for tests only",
		"variation", variation.FloatString(5))
	// Floor: a variation between two steps is never exceeded.
	limit := variation.Mul(variation, big.NewRat(steps, 1))
	return &Backend{
		spread:    spread,
		variation: new(big.Int).Quo(limit.Num(), limit.Denom()).Uint64(),
	}, nil
}

// Rates returns a table of new draws. It never waits and never fails.
func (b *Backend) Rates(context.Context) (*rate.Table, error) {
	seed := maphash.MakeSeed()
	quote := func(from, to string) (*big.Rat, error) {
		return b.price(b.draw(maphash.Comparable(seed, [2]string{from, to}))), nil
	}
	// The spread is part of the quote: it is taken from par, not from the random part.
	return rate.NewTable(time.Now(), quote, rate.Spread{}), nil
}

// draw maps a random number to -variation..+variation.
func (b *Backend) draw(random uint64) *big.Rat {
	return big.NewRat(int64(random%(2*b.variation+1))-int64(b.variation), steps)
}

// price returns 1 + draw - spread, or 0 if that is negative.
func (b *Backend) price(draw *big.Rat) *big.Rat {
	price := big.NewRat(1, 1)
	price.Add(price, draw)
	price.Sub(price, b.spread.Part())
	if price.Sign() < 0 {
		return new(big.Rat)
	}
	return price
}

// parseVariation returns a value within 0..1. An absent, blank or zero value is 0.1, as in
// a JavaScript connector.
func parseVariation(value any) (*big.Rat, error) {
	if value == nil || value == "" {
		value = 0
	}
	variation, err := rate.DecimalOf(value)
	if err != nil {
		return nil, err
	}
	one := big.NewRat(1, 1)
	switch variation.Abs(variation); {
	case variation.Sign() == 0:
		return big.NewRat(1, 10), nil
	case variation.Cmp(one) > 0:
		return one, nil
	}
	return variation, nil
}

var _ rate.Backend = (*Backend)(nil)
