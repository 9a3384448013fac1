package combined

import (
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/static"
)

// found is a lookup of backends for tests.
func found(name string) (Maker, error) {
	switch name {
	case "static":
		return Maker{0, static.New}, nil
	case "fake":
		return Maker{time.Hour, func(o rate.Options) (rate.Backend, error) {
			o.WarnUnknown()
			return &fake{prices: map[string]string{"EUR": "1", "USD": "1.1"}}, nil
		}}, nil
	}
	return Maker{}, errors.New("is " + name + ", which is no backend")
}

func object(pairs ...any) map[string]any {
	o := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		o[pairs[i].(string)] = pairs[i+1]
	}
	return o
}

func TestConfiguration(t *testing.T) {
	prices := object("EUR", "0.5", "ABC", 3)
	backend, err := New(found)(rate.Options{Spread: "0.5", Config: object("mode", "ordered", "backends", []any{
		object("backend", "static", "base", "USD", "prices", prices, "interval", 5000, "timeout", 3000), "fake",
	})})
	if err != nil {
		t.Fatal(err)
	}
	b := backend.(settable)
	if s := b.sources[0]; s.Name != "static" || s.Interval != 5*time.Second || s.Timeout != 3*time.Second {
		t.Errorf("%+v", s.Source)
	}
	if s := b.sources[1]; s.Name != "fake" || s.Interval != time.Hour || s.Timeout != Timeout {
		t.Errorf("%+v", s.Source)
	}
	if got := between(ask(t, b), "USD", "EUR"); got != "1/4" { // less the spread, once
		t.Errorf("USD to EUR: %s", got)
	}
	if err := backend.(rate.Setter).SetPrices(map[string]*big.Rat{"EUR": big.NewRat(2, 1)}, time.Now()); err != nil {
		t.Fatal(err)
	}
	if got := between(ask(t, b), "USD", "EUR"); got != "1" {
		t.Errorf("USD to EUR: %s", got)
	}
	slow, err := New(found)(rate.Options{Config: object("backends", []any{"fake"}, "timeout", 20000)})
	if err != nil || slow.(*Backend).sources[0].Timeout != 20*time.Second {
		t.Errorf("%+v, %v", slow, err)
	}
	if !b.Lists("ABC") {
		t.Error("it does not list what a source lists")
	}
}

func TestUnusableConfigurationIsRefusedByName(t *testing.T) {
	list := func(entry any) map[string]any { return object("backends", []any{"fake", entry}) }
	for name, c := range map[string]struct {
		config map[string]any
		want   string
	}{
		"none":            {nil, "backendConfig.backends: is not a list"},
		"empty":           {object("backends", []any{}), "backendConfig.backends: is not a list of 1 to 20"},
		"too many":        {object("backends", make([]any, 21)), "backendConfig.backends: is not a list of 1 to 20"},
		"mode":            {object("backends", []any{"fake"}, "mode", "mean"), `backendConfig.mode: is "mean"; write ordered or median`},
		"age":             {object("backends", []any{"fake"}, "maxAge", 1000), "backendConfig.maxAge: is not for all sources at once"},
		"whole timeout":   {object("backends", []any{"fake"}, "timeout", 1), "backendConfig.timeout: "},
		"no name":         {list(object("base", "USD")), "backendConfig.backends[1].backend: is missing"},
		"number":          {list(7), "backendConfig.backends[1].backend: is missing"},
		"unknown":         {list("fixer"), "backendConfig.backends[1].backend: is fixer, which is no backend"},
		"spread":          {list(object("backend", "fake", "spread", 0)), "backendConfig.backends[1].spread: is not for one of several sources"},
		"jump":            {list(object("backend", "fake", "maxJump", 1)), "backendConfig.backends[1].maxJump: is not for one"},
		"interval":        {list(object("backend", "fake", "interval", 1)), "backendConfig.backends[1].interval: "},
		"timeout":         {list(object("backend", "fake", "timeout", 1)), "backendConfig.backends[1].timeout: "},
		"of the source":   {list(object("backend", "static", "base", "USD", "prices", object("EUR", 0))), "backendConfig.backends[1].prices.EUR: the price is zero"},
		"of whole spread": {object("backends", []any{"fake"}, "spread", 2), "backendConfig.spread: "},
	} {
		if _, err := New(found)(rate.Options{Config: c.config}); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}

// Sources that agree give the rates that each of them has, whatever their bases and currencies.
func TestSourcesThatAgreeAreCombinedExactly(t *testing.T) {
	currencies := []string{"A", "B", "C", "D", "E", "F"}
	rapid.Check(t, func(t *rapid.T) {
		worth := map[string]*big.Rat{}
		for _, currency := range currencies {
			worth[currency] = big.NewRat(rapid.Int64Range(1, 1e12).Draw(t, currency), rapid.Int64Range(1, 1e6).Draw(t, currency))
		}
		var tables []map[string]rate.Price
		var past []bool
		for range rapid.IntRange(1, 5).Draw(t, "sources") {
			some := rapid.SliceOfNDistinct(rapid.SampledFrom(currencies), 1, 6, rapid.ID[string]).Draw(t, "currencies")
			prices := map[string]rate.Price{}
			for _, currency := range some { // the first is the base
				age := time.Duration(rapid.IntRange(0, 2).Draw(t, "age")) * time.Hour
				prices[currency] = rate.Price{Value: new(big.Rat).Quo(worth[some[0]], worth[currency]), At: time.Unix(0, 0).Add(-age), MaxAge: 90 * time.Minute}
			}
			tables, past = append(tables, prices), append(past, false)
		}
		m := merge{now: time.Unix(0, 0), mode: rapid.SampledFrom([]Mode{Ordered, Median}).Draw(t, "mode"), past: past}
		m.base = m.chooseBase(tables)
		m.link(tables)
		first := ""
		for _, currency := range currencies {
			if m.words[currency] == nil {
				continue
			}
			if first == "" {
				first = currency
			}
			got := new(big.Rat).Quo(m.pick(m.words[currency]).Value, m.pick(m.words[first]).Value)
			if want := new(big.Rat).Quo(worth[first], worth[currency]); got.Cmp(want) != 0 {
				t.Fatalf("%s to %s: %s, want %s", first, currency, got, want)
			}
		}
		for i, prices := range tables {
			for currency := range prices {
				if prices[m.base].Value != nil && m.words[currency] == nil {
					t.Fatalf("%s of table %d is left out", currency, i)
				}
			}
		}
	})
}
