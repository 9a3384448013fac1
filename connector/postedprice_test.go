package connector_test

import (
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/connector"
)

// post sets prices, nil to take one away, and returns the state that a kill leaves.
func (c *changeable) post(prices map[string]*big.Rat) map[string]string {
	c.t.Helper()
	if err := connector.SetPrices(c.Connector, editOf(audit.SetPrices), prices); err != nil {
		c.t.Fatal(err)
	}
	return c.disk.last()
}

// A price that an operator has taken away is one that must not be traded at. A restart does not bring
// back that of the configuration.
func TestPriceThatIsTakenAwayStaysSo(t *testing.T) {
	const backend = "backend: static\nbackendConfig: {base: EUR, prices: {USD: 2, JPY: 4}}"
	const none = "F00 no rate available. currency=USD"
	c := tradeWith(t, backend, nil)
	c.awaitGot("150", "euro", "dollar", 100)
	state := c.post(map[string]*big.Rat{"USD": nil, "JPY": big.NewRat(8, 1)})
	c.awaitGot(none, "euro", "dollar", 100)
	c.stop()

	c = tradeWith(t, backend, state)
	c.awaitGot("400", "euro", "yen", 100)
	if got := c.got("euro", "dollar", 100); got != none {
		t.Errorf("after a restart 100 are worth %s, want %s", got, none)
	}
	state = c.post(map[string]*big.Rat{"USD": big.NewRat(3, 1)})
	c.stop()
	c = tradeWith(t, backend, state)
	c.awaitGot("225", "euro", "dollar", 100)
}

// A restart makes no price younger that an operator has posted.
func TestPostedPriceIsAsOldAfterARestart(t *testing.T) {
	const backend = "backend: static\nbackendConfig: {base: EUR, maxAge: 3600000}"
	c := tradeWith(t, backend, nil)
	state := c.post(map[string]*big.Rat{"USD": big.NewRat(2, 1), "JPY": big.NewRat(4, 1)})
	c.awaitGot("150", "euro", "dollar", 100)
	c.stop()
	const key = "rates/price/USD"
	_, rest, found := strings.Cut(state[key], `"at":"`)
	if !found {
		t.Fatalf("the price is kept as %s", state[key])
	}
	state[key] = strings.Replace(state[key], rest[:strings.Index(rest, `"`)], time.Now().Add(-time.Hour).UTC().Format(time.RFC3339Nano), 1)
	c = tradeWith(t, backend, state)
	c.awaitGot("200", "euro", "yen", 100)
	if got, want := c.got("euro", "dollar", 100), "T00 no rate available at the moment. currency=USD"; got != want {
		t.Errorf("with a price of an hour ago 100 are worth %s, want %s", got, want)
	}
}

// A price is one in the base that the backend had when an operator posted it. In another base it would
// be off by as much as the two are worth.
func TestPostedPriceIsNotUsedInAnotherBase(t *testing.T) {
	c := tradeWith(t, "backend: static\nbackendConfig: {base: EUR, prices: {USD: 2, JPY: 300}}", nil)
	state := c.post(map[string]*big.Rat{"JPY": big.NewRat(320, 1)})
	c.awaitGot("16000", "euro", "yen", 100)
	c.stop()
	for _, source := range []string{
		"backend: static\nbackendConfig: {base: USD, prices: {EUR: 1/2, JPY: 150}}",
		"backend: combined\nbackendConfig: {backends: [{backend: static, base: USD, prices: {EUR: 1/2, JPY: 150}}]}",
	} {
		c = tradeWith(t, strings.Replace(source, "1/2", "0.5", 1), maps.Clone(state))
		c.awaitGot("15000", "euro", "yen", 100)
		c.stop()
	}
	c = tradeWith(t, "backend: static\nbackendConfig: {base: EUR, prices: {USD: 2, JPY: 300}}", state)
	c.awaitGot("16000", "euro", "yen", 100)
}

// One posted price that does not fit any more costs no other.
func TestPostedPriceThatDoesNotFitCostsNoOther(t *testing.T) {
	const backend = "backend: static\nbackendConfig: {base: EUR, prices: {USD: 2, JPY: 4}}"
	c := tradeWith(t, backend, nil)
	state := c.post(map[string]*big.Rat{"JPY": big.NewRat(8, 1), "USD": big.NewRat(3, 1)})
	c.stop()
	state["rates/price/USD"] = strings.Replace(state["rates/price/USD"], `"price":"3"`, `"price":"-3"`, 1)
	c = tradeWith(t, backend, state)
	c.awaitGot("400", "euro", "yen", 100)
	c.awaitGot("150", "euro", "dollar", 100)
}
