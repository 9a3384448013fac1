package connector_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/rate"
)

const assets = `
ilpAddress: test.us
accounts:
  euro: {relation: peer, plugin: loopback, assetCode: EUR, assetScale: 2}
  ripple: {relation: peer, plugin: loopback, assetCode: XRP, assetScale: 9}
  a.b: {relation: peer, plugin: loopback, assetCode: BTC, assetScale: 8, ilpAddressSegment: ab}
`

// The backend that a configuration without one gets does not know every asset.
func TestCheckWarnsOfAssetsWithoutRates(t *testing.T) {
	for more, want := range map[string][]string{
		"":                    {`accounts.ripple.assetCode: is "XRP", for which the backend ecb has no rate`, `accounts["a.b"].assetCode: is "BTC"`},
		"backend: one-to-one": nil,
		"backendConfig: {ratesApiUrl: 'http://h'}":                nil,
		"backendConfig: {mockData: {base: EUR, rates: {XRP: 2}}}": {`accounts["a.b"].assetCode: is "BTC"`},
	} {
		cfg, _, err := config.Parse("test.yaml", []byte(assets+more), nil, connector.Known())
		if err != nil {
			t.Fatal(err)
		}
		warnings, err := connector.Check(cfg)
		if err != nil || len(warnings) != len(want) {
			t.Fatalf("%q: %v, %v", more, warnings, err)
		}
		for i, w := range warnings {
			if !strings.HasPrefix(w.String(), want[i]) {
				t.Errorf("%q warns: %s; want %s", more, w, want[i])
			}
		}
		var log lockedLog
		if _, err := connector.Parse("test.yaml", []byte(assets+more), nil, connector.WithLog(slog.New(slog.NewTextHandler(&log, nil)))); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(log.take(), "has no rate"); got != len(want) {
			t.Errorf("%q: the log has %d warnings, want %d", more, got, len(want))
		}
	}
}

func TestCheckKnowsACodeInSmallLetters(t *testing.T) {
	text := strings.Replace(strings.Replace(assets, "assetCode: EUR", "assetCode: usd", 1), "assetCode: BTC", "assetCode: btc", 1)
	cfg, _, err := config.Parse("test.yaml", []byte(text), nil, connector.Known())
	if err != nil {
		t.Fatal(err)
	}
	warnings, err := connector.Check(cfg)
	if err != nil || len(warnings) != 3 {
		t.Fatalf("%v, %v", warnings, err)
	}
	for _, w := range warnings {
		if s := w.String(); strings.Contains(s, "did you mean USD?") != strings.Contains(s, `"usd"`) || strings.Contains(s, "mean BTC") {
			t.Error(s)
		}
	}
}

// changingPrices is a backend whose prices a test changes. It is asked every minute.
type changingPrices struct{ now atomic.Pointer[rate.Prices] }

func (p *changingPrices) Rates(context.Context) (*rate.Table, error) {
	return rate.NewTable(time.Now(), p.now.Load().Quote, rate.Spread{}), nil
}

func (p *changingPrices) set(currencies ...string) {
	prices := rate.Prices{}
	for _, currency := range currencies {
		prices[currency] = big.NewRat(2, 1)
	}
	p.now.Store(&prices)
}

// The table that comes is the truth. An account without a rate is alerted once, until it has
// one.
func TestAccountWithoutRateIsAlerted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := new(changingPrices)
		backend.set("EUR")
		var log lockedLog
		options := []connector.Option{
			connector.WithLog(slog.New(slog.NewTextHandler(&log, nil))),
			connector.WithBackend("prices", time.Minute, func(rate.Options) (rate.Backend, error) { return backend, nil }),
		}
		c, err := connector.Parse("test.yaml", []byte(assets+"backend: prices"), nil, options...)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		must := func(ids ...string) {
			t.Helper()
			synctest.Wait()
			var alerted []string
			for _, a := range c.Alerts().All() {
				if a.Count != 1 || !strings.Contains(a.Message, "no exchange rate for the asset") {
					t.Errorf("alert %+v", a)
				}
				alerted = append(alerted, a.AccountID)
			}
			if fmt.Sprint(alerted) != fmt.Sprint(ids) {
				t.Errorf("%q are alerted, want %q", alerted, ids)
			}
		}
		must("a.b", "ripple")
		if text := log.take(); strings.Count(text, `msg="no exchange rate for the asset of an account; its packets are refused"`) != 2 || !strings.Contains(text, "account=ripple asset=XRP") {
			t.Errorf("the log is\n%s", text)
		}
		time.Sleep(10 * time.Minute)
		must("a.b", "ripple")
		backend.set("EUR", "XRP")
		time.Sleep(time.Minute)
		must("a.b")
		a, _, err := config.ParseAccount("doge", []byte(`{"relation": "peer", "plugin": "loopback", "assetCode": "DOGE", "assetScale": 2}`), connector.Known(options...))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddAccount(a); err != nil {
			t.Fatal(err)
		}
		must("a.b", "doge")
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestManyAccountsWithoutRateAreSummedUp(t *testing.T) {
	var many strings.Builder
	many.WriteString("ilpAddress: test.us\nbackend: ecb\nbackendConfig: {mockData: {base: EUR, rates: {}}}\naccounts:\n")
	for i := range 50 {
		fmt.Fprintf(&many, "  a%02d: {relation: peer, plugin: loopback, assetCode: XRP, assetScale: 9}\n", i)
	}
	c, _ := start(t, many.String())
	awaitReady(t, c)
	alerts := c.Alerts().All()
	if last := alerts[len(alerts)-1]; len(alerts) != 21 || last.AccountID != "" || !strings.HasPrefix(last.Message, "30 more accounts") {
		t.Errorf("%d alerts, the last %+v", len(alerts), last)
	}
}

// oldPrices is a backend whose prices are always a day old, and may be used for an hour.
type oldPrices struct{}

func (oldPrices) Rates(context.Context) (*rate.Table, error) {
	old := rate.Price{Value: big.NewRat(1, 1), Source: "market", At: time.Now().Add(-24 * time.Hour), MaxAge: time.Hour}
	return rate.NewPriceTable("prices", map[string]rate.Price{"EUR": old, "XRP": old, "BTC": old}, nil, rate.Spread{}), nil
}

// Prices that stay too old are told once, although each that comes is of another time.
func TestPricesThatStayTooOldAreToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lockedLog
		c, err := connector.Parse("test.yaml", []byte(assets+"backend: prices"), nil,
			connector.WithLog(slog.New(slog.NewTextHandler(&log, nil))),
			connector.WithBackend("prices", time.Minute, func(rate.Options) (rate.Backend, error) { return oldPrices{}, nil }))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- c.Run(ctx) }()
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		text, accounts := log.take(), len(c.Accounts())
		if got := strings.Count(text, "is too old, so its packets are refused"); got == 0 || got > accounts {
			t.Errorf("%d lines about %d accounts:\n%s", got, accounts, text)
		}
		for _, a := range c.Alerts().All() {
			if a.Count != 1 {
				t.Errorf("raised %d times: %s", a.Count, a.Message)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
