// Package onetoone is the rate backend that trades all currencies one to one, less the
// spread. Only the scales of the two accounts differ.
package onetoone

import (
	"context"
	"time"

	"github.com/ilp-go/connector/rate"
)

// Backend trades everything at par.
type Backend struct {
	spread rate.Spread
}

// New returns the backend. The only thing that can be wrong with its options is the spread.
func New(o rate.Options) (rate.Backend, error) {
	spread, err := o.EffectiveSpread()
	if err != nil {
		return nil, err
	}
	o.WarnUnknown()
	return &Backend{spread: spread}, nil
}

// Rates returns the same prices each time. It never waits and never fails, so asking once
// is enough.
func (b *Backend) Rates(context.Context) (*rate.Table, error) {
	return rate.NewTable(time.Now(), rate.Par, b.spread), nil
}

var _ rate.Backend = (*Backend)(nil)
