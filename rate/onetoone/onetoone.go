// Package onetoone implements the rate backend that trades all currencies one to one, less
// the spread. It only converts between the scales of two accounts.
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

// New returns the backend, or an error if the spread is not valid.
func New(o rate.Options) (rate.Backend, error) {
	spread, err := o.EffectiveSpread()
	if err != nil {
		return nil, err
	}
	o.WarnUnknown()
	return &Backend{spread: spread}, nil
}

// Rates returns the same prices each time. It never waits and never fails, so one call is
// enough.
func (b *Backend) Rates(context.Context) (*rate.Table, error) {
	return rate.NewTable(time.Now(), rate.Par, b.spread), nil
}

var _ rate.Backend = (*Backend)(nil)
