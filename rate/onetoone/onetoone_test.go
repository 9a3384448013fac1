package onetoone

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/ilp-go/connector/rate"
)

func table(t *testing.T, o rate.Options) *rate.Table {
	t.Helper()
	backend, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	table, err := backend.Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The vectors are what the one-to-one backend of ilp-connector 23.0.2 answers, as JSON.
func TestRatesAreTheReferences(t *testing.T) {
	data, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct {
		Spread   string
		From, To uint8
		Want     string
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 60 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		from, to := rate.Asset{Code: "ABC", Scale: v.From}, rate.Asset{Code: "XYZ", Scale: v.To}
		r, err := table(t, rate.Options{Spread: v.Spread}).Between(from, to)
		if err != nil || r.Number().String() != v.Want {
			t.Errorf("spread %s, scale %d to %d: %s, %v; want %s", v.Spread, v.From, v.To, r.Number(), err, v.Want)
		}
	}
}

func TestConvertsToTheUnit(t *testing.T) {
	usd9, usd6 := rate.Asset{Code: "USD", Scale: 9}, rate.Asset{Code: "USD", Scale: 6}
	for _, c := range []struct {
		spread       string
		from, to     rate.Asset
		amount, want uint64
	}{
		{"", usd9, usd9, 1<<64 - 1, 1<<64 - 1},
		{"", usd9, usd6, 1999, 1},
		{"", usd6, usd9, 7, 7000},
		{"0.002", usd9, usd9, 1000, 998},
		{"0.002", usd9, usd9, 1, 0},
		{"-0.002", usd9, usd9, 1000, 1002},
	} {
		r, err := table(t, rate.Options{Spread: c.spread}).Between(c.from, c.to)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := r.Convert(c.amount); got != c.want || !ok {
			t.Errorf("spread %q: %d became %d, %t; want %d", c.spread, c.amount, got, ok, c.want)
		}
	}
}

func TestConfiguredSpreadWins(t *testing.T) {
	o := rate.Options{Spread: "0.002", Config: map[string]any{"spread": json.Number("0.5")}}
	if r, err := table(t, o).Between(rate.Asset{}, rate.Asset{}); err != nil || r.String() != "1/2" {
		t.Errorf("rate %s, %v; want 1/2", r, err)
	}
}

func TestUnusableSpreadIsRefused(t *testing.T) {
	if _, err := New(rate.Options{Spread: "NaN"}); err == nil || !strings.HasPrefix(err.Error(), "spread: ") {
		t.Errorf("error %v", err)
	}
}
