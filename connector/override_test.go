package connector_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/rate"
)

// editFrom returns a change by an operator.
func editFrom(what audit.What, remote, reason string) admin.Edit {
	e := editOf(what)
	e.By.Remote, e.Reason = remote, reason
	return e
}

// Pins and pauses say since when, from where and why they hold, and whether a restart forgets them. What a
// restart does not forget it says the same of.
func TestOverridesSayWhenAndWhy(t *testing.T) {
	m := &market{cents: map[string]int64{"EUR": 100, "USD": 200, "JPY": 400}, maxAge: time.Hour}
	c := trade(t, m, nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	pair, back := rate.Pair{From: "EUR", To: "JPY"}, rate.Pair{From: "JPY", To: "EUR"}
	must(connector.PauseRate(c.Connector, editFrom(audit.PauseRate, "192.0.2.1:1", "an attack"), pair))
	first := connector.Pricing(c.Connector).Paused
	for _, p := range first {
		if age := time.Since(p.At); len(first) != 1 || p.Reason != "an attack" || p.By != "192.0.2.1:1" || p.Ephemeral || age < 0 || age > time.Minute {
			t.Errorf("paused are %+v", first)
		}
	}
	again := editFrom(audit.PauseRate, "192.0.2.1:2", "the market is closed")
	again.Ephemeral = true
	must(connector.PauseRate(c.Connector, again, back))
	if now := connector.Pricing(c.Connector).Paused; len(now) != 1 || now[0].Pair != pair || !now[0].At.Equal(first[0].At) || now[0].Reason != again.Reason || now[0].Ephemeral {
		t.Errorf("paused again are %+v", now)
	}
	usd := rate.Pair{From: "USD", To: "JPY"}
	must(connector.PauseRate(c.Connector, again, usd))
	if now := connector.Pricing(c.Connector).Paused; len(now) != 2 || !now[1].Ephemeral {
		t.Errorf("the pauses are %+v", now)
	}
	must(connector.PinRate(c.Connector, editFrom(audit.PinRate, "192.0.2.1:3", "a deal"), rate.Pair{From: "EUR", To: "USD"}, big.NewRat(3, 1)))
	pins := connector.Pricing(c.Connector).Pins
	c.stop()

	// An earlier version kept both directions of a pair.
	state := c.disk.last()
	state["rates/pause/JPY/EUR"] = state["rates/pause/EUR/JPY"]
	c = trade(t, m, state)
	now := connector.Pricing(c.Connector)
	if len(now.Paused) != 1 || !now.Paused[0].At.Equal(first[0].At) || now.Paused[0].Reason != "an attack" || now.Paused[0].By != "192.0.2.1:1" || now.Paused[0].Ephemeral {
		t.Errorf("after a restart paused are %+v", now.Paused)
	}
	if p := now.Pins; len(p) != 1 || len(pins) != 1 || !p[0].At.Equal(pins[0].At) || p[0].Reason != "a deal" || p[0].By != "192.0.2.1:3" || p[0].Ephemeral {
		t.Errorf("after a restart pinned are %+v, and were %+v", p, pins)
	}
	must(connector.ResumeRate(c.Connector, editOf(audit.ResumeRate), back))
	for key := range c.disk.last() {
		if strings.HasPrefix(key, "rates/pause") {
			t.Errorf("%s is kept", key)
		}
	}
}
