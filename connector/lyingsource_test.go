package connector_test

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/store"
)

// runLied runs a connector with a store, whose source of prices lies.
func runLied(t *testing.T, source http.HandlerFunc) (*priced, *recorded) {
	t.Helper()
	disk := newRecorded(nil)
	p := runPriced(t, "USD", "store: disk\nbackend: http\nbackendConfig: {url: 'http://prices.test/usd'}\n", source,
		connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return disk, nil }))
	return p, disk
}

// kept returns what the store has of the prices.
func (r *recorded) kept() (text string) {
	_ = r.Load("rates/last", func(_ string, value []byte) error { text = string(value); return nil })
	return text
}

// A time that JSON cannot have must not end the connector.
func TestSourceWithAnOddTimeHarmsNoConnector(t *testing.T) {
	day := 24 * time.Hour
	for _, zone := range []time.Duration{day, -day} {
		synctest.Test(t, func(t *testing.T) {
			p, disk := runLied(t, func(w http.ResponseWriter, _ *http.Request) {
				at := time.Now().Add(zone).UTC().Format("2006-01-02T15:04:05")
				sign := map[bool]string{true: "+", false: "-"}[zone > 0]
				_, _ = w.Write([]byte(`{"base": "USD", "at": "` + at + sign + `24:00", "prices": {"EUR": 2}}`))
			})
			defer p.stop()
			synctest.Wait()
			if got := p.trade(); got != "50" || !strings.Contains(disk.kept(), `"at":"2000-01-01T00:00:00Z"`) {
				t.Errorf("a packet is worth %s, and the store has %s", got, disk.kept())
			}
		})
	}
}

// A backend of a program may have such a time, too.
func TestBackendWithAnOddTimeHarmsNoConnector(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := newRecorded(nil)
		at := time.Now().In(time.FixedZone("", 24*60*60))
		p := runPriced(t, "USD", "store: disk\nbackend: odd\n", http.NotFoundHandler(),
			connector.WithStore("disk", func(connector.StoreConfig) (store.Store, error) { return disk, nil }),
			connector.WithBackend("odd", time.Minute, func(rate.Options) (rate.Backend, error) {
				return oddTimes{at}, nil
			}))
		defer p.stop()
		synctest.Wait()
		if got := p.trade(); got != "200" || !strings.Contains(disk.kept(), `"USD"`) || strings.Contains(disk.kept(), `"EUR"`) {
			t.Errorf("a packet is worth %s, and the store has %s", got, disk.kept())
		}
	})
}

// A source that makes up thousands of currencies, and lets all of them jump, costs us the alert and
// the log line of the one that an account has.
func TestCurrenciesThatNoAccountHasCostLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jump := 0
		p, disk := runLied(t, func(w http.ResponseWriter, _ *http.Request) {
			jump++
			made := make([]string, 5000)
			for i := range made {
				made[i] = fmt.Sprintf(`"%05x": %d`, i, jump)
			}
			_, _ = fmt.Fprintf(w, `{"base": "USD", "at": %d, "prices": {"EUR": %d, %s}}`, time.Now().Unix(), jump, strings.Join(made, ","))
		})
		defer p.stop()
		synctest.Wait()
		p.Alerts().RaiseKind(time.Now(), "", "ours", "our own")
		p.pass(time.Minute)
		said := p.alerts()
		if len(said) != 2 || said[0] != ": our own" || !strings.Contains(said[1], `the price of "EUR" has jumped`) {
			t.Errorf("%d alerts: %.300q", len(said), said)
		}
		if kept := disk.kept(); len(kept) > 1000 || !strings.Contains(kept, "EUR") {
			t.Errorf("the store has %d bytes of prices: %.300s", len(kept), kept)
		}
	})
}

// oddTimes is a backend whose prices are of moments that JSON cannot have.
type oddTimes struct{ at time.Time }

func (o oddTimes) Rates(context.Context) (*rate.Table, error) {
	return rate.NewPriceTable("odd", map[string]rate.Price{
		"EUR": {Value: big.NewRat(1, 1), At: o.at.AddDate(9000, 0, 0)},
		"USD": {Value: big.NewRat(2, 1), At: o.at},
	}, nil, rate.Spread{}), nil
}
