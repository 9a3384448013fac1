package static

import (
	"math/big"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/rate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func backend(t *testing.T, config map[string]any) *Backend {
	t.Helper()
	b, err := New(rate.Options{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return b.(*Backend)
}

func between(t *testing.T, b *Backend, from, to string) string {
	t.Helper()
	table, err := b.Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := table.Between(rate.Asset{Code: from}, rate.Asset{Code: to})
	if err != nil {
		return err.Error()
	}
	return r.String()
}

func TestPricesOfTheConfiguration(t *testing.T) {
	b := backend(t, map[string]any{"base": "USD", "prices": map[string]any{"EUR": "0.92", "XRP": 2}, "spread": "0.5"})
	for pair, want := range map[[2]string]string{
		{"USD", "EUR"}: "23/50", {"EUR", "XRP"}: "25/23", {"XRP", "JPY"}: "no rate available. currency=JPY",
	} {
		if got := between(t, b, pair[0], pair[1]); got != want {
			t.Errorf("%v: %s, want %s", pair, got, want)
		}
	}
	table, _ := b.Rates(t.Context())
	for currency, p := range table.Prices() {
		if !p.Certain || p.MaxAge != 0 || p.Source != "operator" {
			t.Errorf("%s: %+v", currency, p)
		}
	}
	if !b.Lists("EUR") || !b.Lists("USD") || b.Lists("JPY") {
		t.Error("it lists other currencies")
	}
	if p := backend(t, map[string]any{"base": "USD", "maxAge": 60000}).now()["USD"]; p.MaxAge != time.Minute {
		t.Errorf("price %+v", p)
	}
}

func TestPricesThatAreSet(t *testing.T) {
	b := backend(t, map[string]any{"base": "USD", "prices": map[string]any{"EUR": "0.92"}})
	before, _ := b.Rates(t.Context())
	shared := big.NewRat(150, 1)
	if err := b.SetPrices(map[string]*big.Rat{"JPY": shared, "EUR": nil, "USD": big.NewRat(1, 1)}, time.Now()); err != nil {
		t.Fatal(err)
	}
	shared.SetInt64(1)
	if got := between(t, b, "USD", "JPY"); got != "150" {
		t.Errorf("USD to JPY: %s", got)
	}
	if got := between(t, b, "USD", "EUR"); got != "no rate available. currency=EUR" {
		t.Errorf("USD to EUR: %s", got)
	}
	if _, there := before.Prices()["JPY"]; there || len(before.Prices()) != 2 {
		t.Error("a table has changed")
	}
	for name, c := range map[string]struct {
		prices map[string]*big.Rat
		want   string
	}{
		"zero":         {map[string]*big.Rat{"CHF": big.NewRat(1, 1), "JPY": new(big.Rat)}, "JPY: the price is zero"},
		"base":         {map[string]*big.Rat{"CHF": big.NewRat(1, 1), "USD": big.NewRat(2, 1)}, "USD: it is the base"},
		"without base": {map[string]*big.Rat{"CHF": big.NewRat(1, 1), "USD": nil}, "USD: it is the base"},
		"no name":      {map[string]*big.Rat{"CHF": big.NewRat(1, 1), "": big.NewRat(2, 1)}, "no name"},
	} {
		if err := b.SetPrices(c.prices, time.Now()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if between(t, b, "USD", "CHF") == "1" {
		t.Error("a part of a change was made")
	}
}

func TestPricesAreSetWhileTheyAreAskedFor(t *testing.T) {
	b := backend(t, map[string]any{"base": "USD"})
	var setting sync.WaitGroup
	for range 4 {
		setting.Go(func() {
			for i := range 100 {
				if err := b.SetPrices(map[string]*big.Rat{"A": big.NewRat(int64(i+1), 1), "B": big.NewRat(int64(i+1), 1)}, time.Now()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 100 {
		if got := between(t, b, "A", "B"); got != "1" && !strings.HasPrefix(got, "no rate") {
			t.Errorf("A to B: %s", got)
		}
	}
	setting.Wait()
}

func TestUnusableConfigurationIsRefusedByName(t *testing.T) {
	for name, c := range map[string]struct {
		config map[string]any
		want   string
	}{
		"no base":     {map[string]any{"prices": map[string]any{"EUR": 1}}, "backendConfig.base: is missing"},
		"base":        {map[string]any{"base": 1}, "backendConfig.base: 1 is not a text"},
		"list":        {map[string]any{"base": "USD", "prices": []any{}}, "backendConfig.prices: is not an object"},
		"zero":        {map[string]any{"base": "USD", "prices": map[string]any{"EUR": 0}}, "backendConfig.prices.EUR: the price is zero"},
		"words":       {map[string]any{"base": "USD", "prices": map[string]any{"EUR": "much"}}, `backendConfig.prices.EUR: "much" is not`},
		"other base":  {map[string]any{"base": "USD", "prices": map[string]any{"USD": 2}}, "backendConfig.prices.USD: it is the base"},
		"no currency": {map[string]any{"base": "USD", "prices": map[string]any{"": 2}}, "backendConfig.prices: a currency has no name"},
		"spread":      {map[string]any{"base": "USD", "spread": 2}, "backendConfig.spread: "},
		"age":         {map[string]any{"base": "USD", "maxAge": -1}, "backendConfig.maxAge: "},
	} {
		if _, err := New(rate.Options{Config: c.config}); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}

// The base has no price of its own that could get too old: it is as old as the youngest that was posted.
func TestBaseIsNoOlderThanThePricesInIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := backend(t, map[string]any{"base": "USD", "maxAge": 3600000})
		set := func(price int64, at time.Time) {
			t.Helper()
			if err := b.SetPrices(map[string]*big.Rat{"EUR": big.NewRat(price, 1)}, at); err != nil {
				t.Fatal(err)
			}
		}
		var traded *rate.Table
		pricing := rate.NewPricing(rate.PricingOptions{Publish: func(table *rate.Table) { traded = table }})
		want := func(text string) {
			t.Helper()
			table, _ := b.Rates(t.Context())
			pricing.Offer(table)
			got, err := traded.Between(rate.Asset{Code: "EUR"}, rate.Asset{Code: "USD"})
			if said := got.String(); err == nil && said != text || err != nil && err.Error() != text {
				t.Errorf("EUR to USD: %s, %v; want %s", said, err, text)
			}
		}
		time.Sleep(50 * time.Minute)
		set(2, time.Now())
		time.Sleep(50 * time.Minute)
		want("1/2")
		set(3, time.Now().Add(-2*time.Hour)) // of an earlier run
		want("no rate available at the moment. currency=EUR")
		set(4, time.Now())
		want("1/4")
		time.Sleep(time.Hour)
		want("no rate available at the moment. currency=EUR")
	})
}
