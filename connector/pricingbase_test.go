package connector_test

import (
	"testing"
	"time"

	"github.com/ilp-go/connector/connector"
)

// After a restart a source may say another base than before. Its prices are compared with those of the
// last run all the same, in the new base.
func TestPricesOfTheLastRunAreComparedInTheNewBase(t *testing.T) {
	m := &market{cents: map[string]int64{"EUR": 100, "USD": 200, "JPY": 400}, maxAge: time.Hour, base: "EUR"}
	c := trade(t, m, nil)
	c.awaitGot("150", "euro", "dollar", 100) // the pair keeps a quarter
	m.awaitAsked(t)
	c.stop()
	state := c.disk.states[len(c.disk.states)-1]

	m = &market{cents: map[string]int64{"EUR": 50, "USD": 100, "JPY": 220}, maxAge: time.Hour, base: "USD"}
	c = trade(t, m, state)
	m.awaitAsked(t)
	c.awaitGot("110", "dollar", "yen", 100) // the account of the yen keeps half
	if held := connector.Pricing(c.Connector).Held; len(held) != 0 {
		t.Errorf("held back are %+v", held)
	}
	c.stop()

	m = &market{cents: map[string]int64{"EUR": 50, "USD": 100, "JPY": 500}, maxAge: time.Hour, base: "USD"}
	c = trade(t, m, state)
	m.awaitAsked(t)
	if held := connector.Pricing(c.Connector).Held; len(held) != 1 || held[0].Currency != "JPY" || held[0].Used.Value.RatString() != "2" {
		t.Errorf("held back are %+v, want JPY, which was 2 in the new base", held)
	}
	c.awaitGot("100", "dollar", "yen", 100)
}
