package connector_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Packets are refused from the moment at which a price reaches its maxAge, and go on after the next good
// answer of its source, without a restart.
func TestPacketsAreRefusedFromTheMomentAPriceIsTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at atomic.Pointer[time.Time] // of the price, nil if the source is broken
		say := func(moment time.Time) { at.Store(&moment) }
		say(time.Now())
		p := runPriced(t, "USD", "backend: http\nbackendConfig: {url: 'http://prices.test/usd', maxAge: 600000}\n",
			http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				moment := at.Load()
				if moment == nil {
					w.WriteHeader(http.StatusInternalServerError)
					return
				}
				_, _ = w.Write([]byte(document(saying{"2", *moment, "EUR"}, "USD")))
			}))
		defer p.stop()
		const (
			refused = `ilp_connector_refused_packets_total{account="euro",asset="EUR",cause="stale_rate",code="T00",direction="incoming",scale="2"}`
			stale   = "ilp_connector_rate_stale"
			ended   = `ilp_connector_rate_source_fetches_total{outcome="refused",source="http"}`
			tooOld  = `other: the price of the asset "USD" of the account is too old, so its packets are refused with T00: it is of 2000-01-01T00:00:00Z by http://prices.test/usd`
			fails   = ": the source http of exchange rates fails: http://prices.test/usd: status 500 Internal Server Error"
		)
		want := func(worth string, metrics map[string]string, alerts ...string) {
			t.Helper()
			if got := p.trade(); got != worth {
				t.Errorf("a packet is worth %s, want %s", got, worth)
			}
			for name, value := range metrics {
				if got := p.metric(name); got != value {
					t.Errorf("%s is %s, want %s", name, got, value)
				}
			}
			said := p.alerts()
			for _, alert := range alerts {
				if !strings.Contains(strings.Join(said, "\n"), alert) {
					t.Errorf("no alert says %q: %q", alert, said)
				}
			}
			if len(alerts) == 0 && len(said) != 0 {
				t.Errorf("there are alerts: %q", said)
			}
		}
		synctest.Wait()
		want("200", map[string]string{refused: "none", stale: "0", ended: "0"})
		p.pass(5 * time.Minute)
		want("200", map[string]string{refused: "none", stale: "0", ended: "0"})

		at.Store(nil)
		p.pass(5*time.Minute - 1)
		want("200", map[string]string{refused: "none"}, fails)
		p.pass(1)
		want("T00 no rate available at the moment. currency=EUR", map[string]string{refused: "1", stale: "1"}, tooOld, fails)
		if n := p.metric(ended); n == "0" {
			t.Error("no refusal of the source is counted")
		}
		p.pass(time.Hour)
		want("T00 no rate available at the moment. currency=EUR", map[string]string{refused: "2", stale: "1"}, tooOld, fails, "the exchange rates are too old")

		say(time.Now())
		p.pass(6 * time.Minute) // the attempts are 5 minutes apart by now, and alerts end within 10 seconds
		want("200", map[string]string{refused: "2", stale: "0"})
	})
}
