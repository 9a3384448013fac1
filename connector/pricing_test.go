package connector_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/audit"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/store"
)

// market is a backend whose prices a test sets, in hundredths of a euro.
type market struct {
	mu     sync.Mutex
	cents  map[string]int64
	maxAge time.Duration
	asked  int
	base   string
	at     time.Time // of the prices, now if it is zero
}

func (m *market) Rates(context.Context) (*rate.Table, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	prices, at := make(map[string]rate.Price), m.at
	if at.IsZero() {
		at = time.Now()
	}
	for currency, c := range m.cents {
		prices[currency] = rate.Price{Value: big.NewRat(c, 100), Source: "the market", At: at, MaxAge: m.maxAge}
	}
	table := rate.NewPriceTable("the market", prices, nil, rate.Spread{})
	table.Base = m.base
	return table, nil
}

func (m *market) set(currency string, cents int64) {
	m.change(func() { m.cents[currency] = cents })
}

// change changes the market while nobody asks it.
func (m *market) change(edit func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	edit()
}

// awaitAsked waits until the market was asked twice more.
func (m *market) awaitAsked(t *testing.T) {
	t.Helper()
	asked := func() int {
		m.mu.Lock()
		defer m.mu.Unlock()
		return m.asked
	}
	for first, end := asked(), time.Now().Add(time.Minute); asked() < first+2; runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatal("nobody asks")
		}
	}
}

const marketAccounts = `
  euro: {relation: child, plugin: test, assetCode: EUR, assetScale: 2, balance: {maximum: "1000000"}}
  dollar: {relation: child, plugin: test, assetCode: USD, assetScale: 2, balance: {maximum: "1000000"}}
  yen: {relation: child, plugin: test, assetCode: JPY, assetScale: 2, balance: {maximum: "1000000"}, spread: 0.5}
`

// trade runs a connector that trades at the prices of a market, of a stored state.
func trade(t *testing.T, m *market, state map[string]string) *changeable {
	t.Helper()
	return tradeWith(t, "backend: market", state,
		connector.WithBackend("market", 20*time.Millisecond, func(rate.Options) (rate.Backend, error) { return m, nil }))
}

// tradeWith does the same with a backend of the configuration.
func tradeWith(t *testing.T, backend string, state map[string]string, options ...connector.Option) *changeable {
	t.Helper()
	c := &changeable{t: t, port: freePort(t), disk: newRecorded(state), links: make(map[string]*testLink)}
	plugin := connector.WithPlugin("test", func(a config.Account, _ *slog.Logger) (connector.Link, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.links[a.ID] = newTestLink(ilptest.Fulfilling())
		return c.links[a.ID], nil
	})
	c.Connector, c.stop = start(t, fmt.Sprintf(`
ilpAddress: test.us
%s
spread: 0
spreads: [{from: EUR, to: USD, spread: 0.25}]
store: disk
adminApi: true
adminApiPort: %d
accounts:%s`, backend, c.port, marketAccounts), append(options, plugin,
		connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return c.disk, nil }))...)
	awaitReady(t, c)
	return c
}

// got returns what the last packet to an account was worth there.
func (c *changeable) got(from, to string, amount uint64) string {
	c.t.Helper()
	reply := c.send(from, "test.us."+to, amount)
	if !reply.Fulfilled() {
		return outcome(reply)
	}
	c.mu.Lock()
	l := c.links[to]
	c.mu.Unlock()
	sent := l.Sent()
	return fmt.Sprint(sent[len(sent)-1].Prepare.Amount())
}

func (c *changeable) awaitGot(want, from, to string, amount uint64) {
	c.t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		got := c.got(from, to, amount)
		if got == want {
			return
		}
		if time.Now().After(end) {
			c.t.Fatalf("%d from %s to %s is worth %s, want %s", amount, from, to, got, want)
		}
	}
}

func editOf(what audit.What) admin.Edit {
	return admin.Edit{Change: audit.Change{What: what, Details: map[string]string{}}}
}

// Prices that jump, pins, pauses and spreads decide what a packet is worth, and after a kill they
// decide the same.
func TestOperatorsOverrideRates(t *testing.T) {
	m := &market{cents: map[string]int64{"EUR": 100, "USD": 200, "JPY": 400}, maxAge: time.Hour}
	c := trade(t, m, nil)
	c.awaitGot("150", "euro", "dollar", 100) // the pair keeps a quarter
	c.awaitGot("37", "dollar", "euro", 100)  // also on the way back
	c.awaitGot("100", "dollar", "yen", 100)  // the account of the yen keeps half

	m.set("USD", 300)
	for end := time.Now().Add(time.Minute); len(connector.Pricing(c.Connector).Held) == 0; {
		if time.Now().After(end) {
			t.Fatal("the jump is not held back")
		}
	}
	c.awaitGot("150", "euro", "dollar", 100)
	c.want(http.StatusOK, "GET", "/alerts", "", "the price of \\\"USD\\\" has jumped from 2.000000000 to 3.000000000")
	m.awaitAsked(t)
	if all := c.Alerts().All(); len(all) != 1 || all[0].Count != 1 {
		t.Errorf("the alerts are %+v, want one, raised once", all)
	}
	pair := rate.Pair{From: "EUR", To: "JPY"}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(connector.PinRate(c.Connector, editOf("pin rate"), pair, big.NewRat(10, 1)))
	c.awaitGot("500", "euro", "yen", 100)
	must(connector.PauseRate(c.Connector, editOf("pause rate"), rate.Pair{From: "JPY", To: "USD"}))
	c.awaitGot("T00 no rate available at the moment. currency=USD currency=JPY", "dollar", "yen", 100)

	c.stop()
	state := c.disk.last() // the alert is written by then
	if !slices.ContainsFunc(slices.Collect(maps.Values(state)), func(text string) bool { return strings.Contains(text, "has jumped from") }) {
		t.Error("the alert is not kept")
	}

	m.set("USD", 210) // it has come back while nobody looked
	c = trade(t, m, state)
	c.awaitGot("157", "euro", "dollar", 100)
	for end := time.Now().Add(time.Minute); len(c.Alerts().All()) != 0; { // it ends after the price is in force
		if time.Now().After(end) {
			t.Fatalf("the alert of the last run stays: %+v", c.Alerts().All())
		}
	}
	c.stop()

	m.set("USD", 300)
	c = trade(t, m, state)
	c.awaitGot("150", "euro", "dollar", 100) // the jump is held back still
	c.awaitGot("500", "euro", "yen", 100)
	c.awaitGot("T00 no rate available at the moment. currency=USD currency=JPY", "dollar", "yen", 100)
	if err := connector.ConfirmPrice(c.Connector, editOf("confirm price"), "USD", big.NewRat(299, 100)); err == nil || !strings.Contains(err.Error(), "another price has come") {
		t.Errorf("a price that nobody has seen is confirmed: %v", err)
	}
	c.awaitGot("150", "euro", "dollar", 100)
	must(connector.ConfirmPrice(c.Connector, editOf("confirm price"), "USD", big.NewRat(3, 1)))
	c.awaitGot("225", "euro", "dollar", 100)
	c.want(http.StatusOK, "GET", "/alerts", "", `{"alerts":[]}`)
	must(connector.UnpinRate(c.Connector, editOf("unpin rate"), rate.Pair{From: "JPY", To: "EUR"}))
	must(connector.ResumeRate(c.Connector, editOf("resume rate"), rate.Pair{From: "USD", To: "JPY"}))
	c.awaitGot("200", "euro", "yen", 100)
	for _, err := range []error{
		connector.UnpinRate(c.Connector, editOf("unpin rate"), pair), connector.ResumeRate(c.Connector, editOf("resume rate"), pair),
		connector.ConfirmPrice(c.Connector, editOf("confirm price"), "USD", nil),
	} {
		if err == nil {
			t.Error("what is not there ends")
		}
	}
	state = c.disk.last()
	for key := range state {
		if strings.HasPrefix(key, "rates/p") {
			t.Errorf("%s is kept", key)
		}
	}
}
