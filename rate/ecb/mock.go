package ecb

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/ilp-go/connector/rate"
)

// parseMock reads backendConfig.mockData, such as
//
//	{"base": "EUR", "rates": {"USD": 1.0876, "JPY": 161.2}}
//
// It returns nil if there is none. A rate of null or zero makes its currency unavailable,
// as in a JavaScript connector; the base is always worth 1.
func parseMock(o rate.Options) (rate.Prices, error) {
	value, path := o.Config["mockData"], o.Field("mockData")
	if value == nil {
		return nil, nil
	}
	mock, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: %v is not an object", path, value)
	}
	var faults []error
	rates, ok := mock["rates"].(map[string]any)
	if !ok {
		faults = append(faults, fmt.Errorf("%s.rates: an object of rates is required", path))
	}
	prices := rate.Prices{}
	for _, currency := range slices.Sorted(maps.Keys(rates)) {
		price, err := parseMockRate(rates[currency])
		if err != nil {
			faults = append(faults, fmt.Errorf("%s.rates.%s: %w", path, currency, err))
			continue
		}
		prices[currency] = price
	}
	switch base := mock["base"].(type) {
	case nil:
	case string:
		prices[base] = big.NewRat(1, 1)
	default:
		faults = append(faults, fmt.Errorf("%s.base: %v is not a currency", path, base))
	}
	return prices, errors.Join(faults...)
}

func parseMockRate(value any) (*big.Rat, error) {
	if value == nil {
		return new(big.Rat), nil
	}
	price, err := rate.DecimalOf(value)
	if err != nil {
		return nil, err
	}
	if price.Sign() < 0 {
		return nil, fmt.Errorf("%v is negative", value)
	}
	return price, nil
}
