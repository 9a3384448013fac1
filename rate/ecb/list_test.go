package ecb

import (
	"testing"

	"github.com/ilp-go/connector/rate"
)

func TestListedCurrencies(t *testing.T) {
	mock := map[string]any{"mockData": map[string]any{"base": "EUR", "rates": map[string]any{"XRP": 2, "USD": 0}}}
	elsewhere := map[string]any{"ratesApiUrl": "http://localhost/"}
	for _, c := range []struct {
		config   map[string]any
		currency string
		want     bool
	}{
		{nil, "EUR", true}, {nil, "USD", true}, {nil, "XRP", false}, {nil, "usd", false}, {nil, "", false},
		{mock, "EUR", true}, {mock, "XRP", true}, {mock, "USD", false}, {mock, "JPY", false},
		{elsewhere, "XRP", true},
	} {
		backend, err := New(rate.Options{Config: c.config})
		if err != nil {
			t.Fatal(err)
		}
		if got := backend.(rate.Lister).Lists(c.currency); got != c.want {
			t.Errorf("%v lists %q: %t", c.config, c.currency, got)
		}
	}
}
