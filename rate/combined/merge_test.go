package combined

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// A source that lies must not make the numbers of prices longer with each answer, while the source of
// the base gives none that can be used.
func TestPricesStayShortWithoutTheBase(t *testing.T) {
	base := &fake{prices: map[string]string{"A": "1", "C0": "1"}, maxAge: time.Hour}
	liar := &fake{maxAge: time.Hour}
	b := join(t, Ordered, base, liar)
	digits := strings.Repeat("1234567890", 5)
	for i := range 100 {
		one, next := fmt.Sprintf("C%d", i%3), fmt.Sprintf("C%d", (i+1)%3)
		liar.prices = map[string]string{one: "1", next: "1." + digits, "XYZ": "1"}
		if i%2 == 1 {
			liar.prices[next] = "0.8" + digits
		}
		for currency, p := range ask(t, b).Prices() {
			if bits := p.Value.Num().BitLen() + p.Value.Denom().BitLen(); bits > 4096 {
				t.Fatalf("answer %d: the price of %s has %d bits", i, currency, bits)
			}
		}
		base.at = time.Now().Add(-2 * time.Hour)
	}
}
