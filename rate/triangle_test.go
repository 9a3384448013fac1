package rate

import (
	"math/big"
	"testing"
)

// Going to another currency and back earns nothing, also at a pin. Going around a pin by a third
// currency does: docs/rates.md says so.
func TestWaysAroundAPin(t *testing.T) {
	d := newPricing(t, nil)
	d.offer(map[string]int64{"EUR": 100, "USD": 107, "JPY": 16123})
	if err := d.Pin(Pin{Pair: Pair{"EUR", "USD"}, Price: big.NewRat(118, 100)}); err != nil {
		t.Fatal(err)
	}
	around := func(amount uint64, currencies ...string) uint64 {
		for i, to := range currencies[1:] {
			r, err := d.published.Load().Between(Asset{currencies[i], 2}, Asset{to, 2})
			if err != nil {
				t.Fatal(err)
			}
			amount, _ = r.Convert(amount)
		}
		return amount
	}
	for amount := uint64(1); amount < 10_000; amount++ {
		for _, pair := range [][]string{{"EUR", "USD", "EUR"}, {"USD", "EUR", "USD"}, {"JPY", "EUR", "JPY"}, {"USD", "JPY", "USD"}} {
			if got := around(amount, pair...); got > amount {
				t.Fatalf("%v: %d becomes %d", pair, amount, got)
			}
		}
	}
	if got := around(10_000, "EUR", "USD", "JPY", "EUR"); got <= 10_000 {
		t.Errorf("10000 around the pin becomes %d", got)
	}
}
