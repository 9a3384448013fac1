package connector_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/connector"
)

// now returns what the store has, and how often a key was written.
func (r *recorded) now(key string) (state map[string]string, writes int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	state = make(map[string]string)
	_ = r.Load("", func(key string, value []byte) error {
		state[key] = string(value)
		return nil
	})
	return state, r.writes[key]
}

// The store is written when a price, its source or its time has changed, and else not. So what a crash leaves
// has the age of each price.
func TestPricesAreWrittenWhenTheyChange(t *testing.T) {
	at := time.Now().Add(-10 * time.Minute).Truncate(time.Second)
	m := &market{cents: map[string]int64{"EUR": 100, "USD": 200, "JPY": 400}, maxAge: time.Hour, at: at}
	c := trade(t, m, nil)
	m.awaitAsked(t)
	last := func(value string, held time.Time, times int) {
		t.Helper()
		m.awaitAsked(t)
		m.awaitAsked(t)
		state, writes := c.disk.now("rates/last")
		var kept struct {
			Prices map[string]struct {
				Value string
				At    time.Time
			}
		}
		if err := json.Unmarshal([]byte(state["rates/last"]), &kept); err != nil {
			t.Fatal(err)
		}
		if p := kept.Prices["USD"]; p.Value != value || !p.At.Equal(held) || writes != times {
			t.Errorf("kept is %+v after %d writes, want %s of %v after %d", p, writes, value, held, times)
		}
	}
	last("2", at, 1)
	last("2", at, 1)
	m.change(func() { m.at = at.Add(time.Minute) }) // the same price holds later: it is younger
	last("2", at.Add(time.Minute), 2)
	m.set("USD", 210)
	last("21/10", at.Add(time.Minute), 3)
	c.stop()
	state, _ := c.disk.now("")
	c = trade(t, m, state)
	last("21/10", at.Add(time.Minute), 0)
	m.set("USD", 300) // is held back
	last("21/10", at.Add(time.Minute), 1)
	last("21/10", at.Add(time.Minute), 1)
}

// older returns a state in which the last run is longer ago.
func older(t *testing.T, state map[string]string, by time.Duration) map[string]string {
	t.Helper()
	var table map[string]any
	if err := json.Unmarshal([]byte(state["rates/last"]), &table); err != nil {
		t.Fatal(err)
	}
	shift := func(in map[string]any, key string) {
		at, err := time.Parse(time.RFC3339Nano, in[key].(string))
		if err != nil {
			t.Fatal(err)
		}
		in[key] = at.Add(-by)
	}
	for _, p := range table["prices"].(map[string]any) {
		shift(p.(map[string]any), "at")
	}
	if since, there := table["since"].(map[string]any); there {
		for currency := range since {
			shift(since, currency)
		}
	}
	text, err := json.Marshal(table)
	if err != nil {
		t.Fatal(err)
	}
	state = maps.Clone(state)
	state["rates/last"] = string(text)
	return state
}

// After a long downtime a price may have moved far. It is traded at, with an alert, if it has not moved
// further than it may in so long a time, and is held back otherwise, over restarts too.
func TestPriceAfterALongDowntime(t *testing.T) {
	m := &market{cents: map[string]int64{"EUR": 100, "USD": 200, "JPY": 400}, maxAge: time.Hour}
	c := trade(t, m, nil)
	m.awaitAsked(t)
	c.stop()
	state, _ := c.disk.now("")
	state = older(t, state, 3*time.Hour)

	m.set("USD", 310) // three fifths more are 320
	m.set("JPY", 800)
	c = trade(t, m, state)
	m.awaitAsked(t)
	c.awaitGot("232", "euro", "dollar", 100) // the pair keeps a quarter
	c.awaitGot("T00 no rate available at the moment. currency=JPY", "dollar", "yen", 100)
	said := func(alert string) bool {
		return slices.ContainsFunc(c.Alerts().All(), func(a account.Alert) bool { return strings.Contains(a.Message, alert) })
	}
	for _, alert := range []string{
		`the price of "USD" was 2.000000000 by the market at `, "after a gap it is 3.100000000 by the market",
		`the price of "JPY" has jumped from 4.000000000 to 8.000000000`, `the price of the asset "JPY" of the account is too old`,
	} {
		if !said(alert) {
			t.Errorf("no alert says %s: %+v", alert, c.Alerts().All())
		}
	}
	c.stop()

	state, _ = c.disk.now("")
	c = trade(t, m, older(t, state, 100*time.Hour)) // it was doubtful before that
	m.awaitAsked(t)
	c.awaitGot("232", "euro", "dollar", 100)
	c.awaitGot("T00 no rate available at the moment. currency=JPY", "dollar", "yen", 100)
	if held := connector.Pricing(c.Connector).Held; len(held) != 1 || held[0].Currency != "JPY" || !said("JPY") || !said("after a gap it is") {
		t.Errorf("held back are %+v, and the alerts are %+v", held, c.Alerts().All())
	}
}
