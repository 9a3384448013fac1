package rate

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// From the text of two prices to the amount that is paid out, whatever their digits: at rates
// from 1e-12 to 1e12, in all scales, nothing is rounded but the result, and that down.
func TestPricesOfSourcesConvertExactly(t *testing.T) {
	price := rapid.Custom(func(t *rapid.T) string {
		digits := rapid.StringMatching("[1-9][0-9]{0,17}").Draw(t, "digits")
		return fmt.Sprintf("%s.%se%d", digits[:1], digits[1:]+"0", rapid.IntRange(-6, 5).Draw(t, "exponent"))
	})
	rapid.Check(t, func(t *rapid.T) {
		prices, exact := map[string]Price{}, map[string]*big.Rat{}
		for _, currency := range []string{"A", "B"} {
			text := price.Draw(t, currency)
			value, err := ParsePrice(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			prices[currency] = Price{Value: value, At: time.Unix(0, 0)}
			exact[currency], _ = new(big.Rat).SetString(text)
		}
		from := Asset{"A", rapid.Uint8Range(0, 18).Draw(t, "from")}
		to := Asset{"B", rapid.Uint8Range(0, 18).Draw(t, "to")}
		r, err := NewPriceTable("test", prices, nil, Spread{}).Between(from, to)
		if err != nil {
			t.Fatal(err)
		}
		want := new(big.Rat).Mul(exact["B"], tenTo(to.Scale))
		want.Quo(want, new(big.Rat).Mul(exact["A"], tenTo(from.Scale)))
		amount := amounts().Draw(t, "amount")
		got, fits := r.Convert(amount)
		if whole, wholeFits := floor(amount, want); got != whole || fits != wholeFits {
			t.Fatalf("%d at %s: %d, %t; want %d, %t", amount, want.RatString(), got, fits, whole, wholeFits)
		}
	})
}
