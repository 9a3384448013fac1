package rate

import (
	"errors"
	"maps"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBetweenIsExactAtAllScales(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.SampledFrom([]uint8{18, 255}).Draw(t, "scaleMax")
		from := Asset{"A", rapid.Uint8Range(0, limit).Draw(t, "from")}
		to := Asset{"B", rapid.Uint8Range(0, limit).Draw(t, "to")}
		prices := Prices{
			"A": big.NewRat(rapid.Int64Range(1, 1e12).Draw(t, "priceA"), 1e6),
			"B": big.NewRat(rapid.Int64Range(1, 1e12).Draw(t, "priceB"), 1e6),
		}
		part := big.NewRat(rapid.Int64Range(-1e4, 1e4).Draw(t, "spread"), 1e4)
		spread, err := NewSpread(part)
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewTable(time.Time{}, prices.Quote, spread).Between(from, to)
		if err != nil {
			t.Fatal(err)
		}
		// priceB * 10^to / (priceA * 10^from) * (1 - spread)
		want := new(big.Rat).Mul(prices["B"], tenTo(to.Scale))
		want.Quo(want, new(big.Rat).Mul(prices["A"], tenTo(from.Scale)))
		want.Mul(want, new(big.Rat).Sub(big.NewRat(1, 1), part))
		if r.Rat().Cmp(want) != 0 {
			t.Fatalf("rate %s, want %s", r, want)
		}
		checkConvert(t, want, amounts().Draw(t, "amount"))
	})
}

// tenTo multiplies instead of using Exp, as an independent way.
func tenTo(n uint8) *big.Rat {
	x := big.NewRat(1, 1)
	for range n {
		x.Mul(x, big.NewRat(10, 1))
	}
	return x
}

func TestBetweenOfKnownFigures(t *testing.T) {
	prices := Prices{"EUR": big.NewRat(1, 1), "USD": big.NewRat(10876, 10000), "JPY": big.NewRat(16123, 100)}
	for _, c := range []struct {
		name     string
		spread   string
		from, to Asset
		amount   uint64
		want     uint64
	}{
		{"the spread is taken", "0.002", Asset{"EUR", 2}, Asset{"USD", 2}, 10000, 10854},
		{"and the other way too", "0.002", Asset{"USD", 2}, Asset{"EUR", 2}, 10854, 9959},
		{"and between equal assets", "0.002", Asset{"USD", 2}, Asset{"USD", 2}, 10000, 9980},
		{"a negative spread pays out more", "-0.01", Asset{"USD", 2}, Asset{"USD", 2}, 10000, 10100},
		{"a spread of 1 keeps all", "1", Asset{"USD", 2}, Asset{"JPY", 0}, 10000, 0},
		{"scales are shifted", "0", Asset{"EUR", 2}, Asset{"JPY", 9}, 1, 1612300000},
		{"less than one unit is nothing", "0", Asset{"JPY", 9}, Asset{"EUR", 2}, 16122999999, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewTable(time.Time{}, prices.Quote, mustSpread(t, c.spread)).Between(c.from, c.to)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := r.Convert(c.amount); got != c.want || !ok {
				t.Errorf("%d at %s is %d, %t; want %d", c.amount, r, got, ok, c.want)
			}
		})
	}
}

func TestUnknownCurrencyNamesTheSourceFirst(t *testing.T) {
	table := NewTable(time.Time{}, Prices{"EUR": big.NewRat(1, 1), "OFF": new(big.Rat), "NIL": nil}.Quote, Spread{})
	for _, c := range []struct{ from, to, want string }{
		{"XYZ", "EUR", "XYZ"}, {"EUR", "XYZ", "XYZ"}, {"ABC", "XYZ", "ABC"},
		{"OFF", "EUR", "OFF"}, {"EUR", "OFF", "OFF"}, {"EUR", "NIL", "NIL"}, {"", "EUR", ""},
	} {
		_, err := table.Between(Asset{Code: c.from}, Asset{Code: c.to})
		var unknown *UnknownCurrency
		if !errors.As(err, &unknown) || unknown.Currency != c.want {
			t.Errorf("%s to %s: %v, want unknown %s", c.from, c.to, err, c.want)
			continue
		}
		if want := "no rate available. currency=" + c.want; err.Error() != want {
			t.Errorf("text %q, want %q", err, want)
		}
	}
}

func TestTableNeverYieldsANegativeRate(t *testing.T) {
	negative := func(from, to string) (*big.Rat, error) { return big.NewRat(-1, 2), nil }
	if r, err := NewTable(time.Time{}, negative, Spread{}).Between(Asset{Code: "A"}, Asset{Code: "B"}); err == nil {
		t.Errorf("rate %s from a negative price", r)
	}
}

func TestBetweenLeavesThePricesAlone(t *testing.T) {
	prices := Prices{"EUR": big.NewRat(1, 1), "USD": big.NewRat(10876, 10000)}
	shared := big.NewRat(3, 2)
	quotes := map[string]Quote{
		"prices": prices.Quote,
		"shared": func(from, to string) (*big.Rat, error) { return shared, nil },
	}
	for name, quote := range quotes {
		table := NewTable(time.Time{}, quote, mustSpread(t, "0.5"))
		first, err := table.Between(Asset{"EUR", 2}, Asset{"USD", 9})
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := table.Between(Asset{"EUR", 2}, Asset{"USD", 9}); again != first {
			t.Errorf("%s: %s, then %s", name, first, again)
		}
	}
}

func TestTableGoesStaleAfterItsMaxAge(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	table := NewTable(at, Par, Spread{})
	if table.Stale(at.AddDate(100, 0, 0)) {
		t.Error("a table without a maximum age went stale")
	}
	table.MaxAge = time.Hour
	for _, c := range []struct {
		age  time.Duration
		want bool
	}{{-time.Minute, false}, {0, false}, {time.Hour - 1, false}, {time.Hour, true}} {
		if got := table.Stale(at.Add(c.age)); got != c.want {
			t.Errorf("stale after %s: %t", c.age, got)
		}
	}
}

func TestParKnowsEveryCurrency(t *testing.T) {
	r, err := NewTable(time.Time{}, Par, Spread{}).Between(Asset{"ANYTHING", 9}, Asset{"ELSE", 6})
	if err != nil || r.String() != "1/1000" {
		t.Errorf("rate %s, %v; want 1/1000", r, err)
	}
}

// A backend of a program may say nonsense. A price without a value, or with one that is not above 0,
// costs its currency alone: it must not end the process, and pays nobody.
func TestPricesThatAreNoneAreMissing(t *testing.T) {
	d := newPricing(t, nil)
	good := func(n int64) Price { return Price{Value: big.NewRat(n, 1)} }
	d.Offer(NewPriceTable("test", map[string]Price{"EUR": good(1), "USD": good(2), "JPY": good(3), "XRP": good(4)}, nil, Spread{}))
	second := good(9)
	second.Others = []Price{{}, good(8)}
	prices := map[string]Price{"EUR": good(1), "USD": {}, "JPY": good(-3), "XRP": second, "GBP": good(0)}
	given := maps.Clone(prices)
	missing := map[string]string{"GBP": "the source is down"}
	d.Offer(NewPriceTable("test", prices, missing, Spread{}))
	d.want("EUR", "USD", noneNow+"USD")
	d.want("JPY", "EUR", noneNow+"JPY")
	d.want("EUR", "GBP", noneNow+"GBP")
	d.want("EUR", "XRP", "9")
	if got := d.State().Table.Missing(); got["USD"] != ErrNoPrice.Error() || got["JPY"] != "the price is negative" || got["GBP"] != "the source is down" {
		t.Errorf("missing are %v", got)
	}
	if len(prices) != len(given) || len(missing) != 1 {
		t.Error("the maps of the backend are changed")
	}
}
