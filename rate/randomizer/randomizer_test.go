package randomizer

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/rate"
)

func backend(t rapid.TB, spread string, variation any) *Backend {
	t.Helper()
	b, err := New(rate.Options{Spread: spread, Config: map[string]any{"variation": variation}})
	if err != nil {
		t.Fatal(err)
	}
	return b.(*Backend)
}

func TestVariation(t *testing.T) {
	for _, c := range []struct {
		value any
		want  uint64 // in 1/100000
	}{
		{nil, 10_000}, {"", 10_000}, {0, 10_000}, {json.Number("0.0"), 10_000},
		{0.25, 25_000}, {"0.5", 50_000}, {json.Number("-0.5"), 50_000}, {1, 100_000}, {7, 100_000}, {-7.5, 100_000},
		{"0.000019", 1}, {"0.000009", 0},
	} {
		if got := backend(t, "", c.value).variation; got != c.want {
			t.Errorf("%#v: %d, want %d", c.value, got, c.want)
		}
	}
	for _, value := range []any{"abc", true, []any{}} {
		_, err := New(rate.Options{Config: map[string]any{"variation": value}})
		if err == nil || !strings.HasPrefix(err.Error(), "backendConfig.variation: ") {
			t.Errorf("%#v: error %v", value, err)
		}
	}
}

// A rate is (1 + draw - spread) * 10^(scale difference), the draw of five decimals within
// the variation, and 0 where that would be negative.
func TestRatesStayWithinTheVariation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		variation := rapid.Int64Range(1, steps).Draw(t, "variation")
		spread := rapid.Int64Range(-1000, 1000).Draw(t, "spread")
		b := backend(t, fmt.Sprintf("%de-3", spread), fmt.Sprintf("%de-5", variation))
		table, err := b.Rates(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r, err := table.Between(rate.Asset{Code: "ABC", Scale: 9}, rate.Asset{Code: rapid.String().Draw(t, "to"), Scale: 6})
		if err != nil {
			t.Fatal(err)
		}
		// In steps: 1000 * rate = 1 + draw - spread.
		scaled := r.Rat().Mul(r.Rat(), big.NewRat(1000*steps, 1))
		if !scaled.IsInt() {
			t.Fatalf("rate %s has more than five decimals", r)
		}
		draw := scaled.Num().Int64() - steps + spread*steps/1000
		if draw > variation || draw < -variation && scaled.Sign() != 0 {
			t.Fatalf("rate %s: a draw of %d, over %d", r, draw, variation)
		}
	})
}

func TestDrawCoversTheWholeVariation(t *testing.T) {
	b := backend(t, "", "0.00003")
	seen := map[string]bool{}
	for random := range uint64(7) {
		seen[b.draw(random).RatString()] = true
		seen[b.draw(math.MaxUint64-random).RatString()] = true
	}
	if len(seen) != 7 || !seen["-3/100000"] || !seen["0"] || !seen["3/100000"] {
		t.Errorf("draws %v, want -3 to 3 hundred-thousandths", seen)
	}
}

func TestPriceIsNeverNegative(t *testing.T) {
	b := backend(t, "0.002", 1)
	for draw, want := range map[int64]string{-steps: "0", -99_900: "0", -99_800: "0", -99_700: "1/1000", steps: "999/500"} {
		if got := b.price(big.NewRat(draw, steps)).RatString(); got != want {
			t.Errorf("draw %d: price %s, want %s", draw, got, want)
		}
	}
}

// All of 30 draws of 20001 values are equal in less than one of 10^100 runs.
func TestEveryTableAndPairIsDrawnAnew(t *testing.T) {
	b := backend(t, "", nil)
	fixed := rate.Asset{Code: "ABC"}
	tables, sources, destinations := map[string]bool{}, map[string]bool{}, map[string]bool{}
	table := rates(t, b)
	for i := range 30 {
		other := rate.Asset{Code: fmt.Sprint(i)}
		tables[between(t, rates(t, b), fixed, fixed)] = true
		sources[between(t, table, other, fixed)] = true
		destinations[between(t, table, fixed, other)] = true
	}
	if len(tables) < 2 || len(sources) < 2 || len(destinations) < 2 {
		t.Errorf("different draws: %d tables, %d sources, %d destinations", len(tables), len(sources), len(destinations))
	}
}

func TestOneTableKeepsItsDraws(t *testing.T) {
	table := rates(t, backend(t, "", nil))
	usd, eur := rate.Asset{Code: "USD"}, rate.Asset{Code: "EUR"}
	first := between(t, table, usd, eur)
	for range 10 {
		if again := between(t, table, usd, eur); again != first {
			t.Fatalf("one table says %s, then %s", first, again)
		}
	}
}

func rates(t testing.TB, b *Backend) *rate.Table {
	t.Helper()
	table, err := b.Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func between(t testing.TB, table *rate.Table, from, to rate.Asset) string {
	t.Helper()
	r, err := table.Between(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return r.String()
}

func TestUseIsWarnedAbout(t *testing.T) {
	var out bytes.Buffer
	_, err := New(rate.Options{Log: slog.New(slog.NewTextHandler(&out, nil)), Config: map[string]any{"variation": 0.3}})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=WARN") || !strings.Contains(got, "variation=0.3") {
		t.Errorf("log: %s", got)
	}
}

func TestUnusableSpreadIsRefused(t *testing.T) {
	if _, err := New(rate.Options{Spread: "2"}); err == nil || !strings.HasPrefix(err.Error(), "spread: ") {
		t.Errorf("error %v", err)
	}
}
