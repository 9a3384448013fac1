package docs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/combined"
	"github.com/ilp-go/connector/rate/ecb"
	"github.com/ilp-go/connector/rate/ecbcoinmarketcap"
	"github.com/ilp-go/connector/rate/ecbxrp"
	"github.com/ilp-go/connector/rate/httpjson"
	"github.com/ilp-go/connector/rate/onetoone"
	"github.com/ilp-go/connector/rate/randomizer"
	"github.com/ilp-go/connector/rate/static"
)

// sources stands in for the sources of exchange rates that pages name.
type sources struct {
	mu    sync.Mutex
	asked map[string]int
}

func (s *sources) RoundTrip(r *http.Request) (*http.Response, error) {
	now := time.Now().UTC()
	address := r.URL.Host + r.URL.Path
	body, there := map[string]string{
		"www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml": "<Cube time='" + now.AddDate(0, 0, -1).Format(time.DateOnly) + "'><Cube currency='USD' rate='1.1'/></Cube>",
		"www.bitstamp.net/api/v2/ticker/xrpeur/":                fmt.Sprintf(`{"last": "0.5", "timestamp": "%d"}`, now.Unix()),
		"prices.example/bitstamp/xrpeur":                        fmt.Sprintf(`{"last": "0.5", "timestamp": "%d"}`, now.Unix()),
		"api.kraken.com/0/public/Ticker":                        `{"error": [], "result": {"XXRPZEUR": {"c": ["0.5", "10"]}}}`,
		"api.exchange.coinbase.com/products/XRP-EUR/ticker":     `{"price": "0.5", "time": "` + now.Format(time.RFC3339) + `"}`,
		"pro-api.coinmarketcap.com/v2/cryptocurrency/quotes/latest": `{"status": {"error_code": 0}, "data": {"XRP": [{"id": 52, "is_active": 1, "quote": {"EUR":
			{"price": 0.5, "last_updated": "` + now.Format(time.RFC3339) + `"}}}]}}`,
		"prices.example/usd":   `{"base": "USD", "at": "` + now.Format(time.RFC3339) + `", "prices": {"EUR": "0.92", "JPY": 150.25}}`,
		"coins.example/quotes": `{"data": [{"code": "BTC", "quote": {"USD": {"price": 60000}}}]}`,
	}[address]
	if !there {
		return nil, errors.New("nothing stands in for " + address)
	}
	s.mu.Lock()
	s.asked[address]++
	s.mu.Unlock()
	return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

var backends = map[string]func(rate.Options) (rate.Backend, error){
	"one-to-one": onetoone.New, "ecb": ecb.New, "ecb-plus-xrp": ecbxrp.New, "ecb-plus-coinmarketcap": ecbcoinmarketcap.New,
	"http": httpjson.New, "static": static.New, "randomizer": randomizer.New, "combined": combined.New(lookup),
}

func lookup(name string) (combined.Maker, error) {
	return combined.Maker{New: map[string]func(rate.Options) (rate.Backend, error){"ecb": ecb.New, "http": httpjson.New, "static": static.New}[name]}, nil
}

// Each example of a backend makes one, which gets prices from all that the example names.
func TestExamplesOfBackendsGetPrices(t *testing.T) {
	t.Setenv("COINMARKETCAP_KEY", "key")
	t.Setenv("PRICES_KEY", "key")
	shown := map[string]bool{}
	for _, b := range pageOf(t, "docs/rates.md").blocks {
		if !b.has("settings") {
			continue
		}
		cfg, _, err := config.Parse("example.yaml", []byte(complete(b.text, needs)), nil, connector.Known())
		if err != nil {
			t.Errorf("%s: %v", b, err)
			continue
		}
		shown[cfg.Backend] = true
		var log bytes.Buffer
		standIn := &sources{asked: map[string]int{}}
		backend, err := backends[cfg.Backend](rate.Options{
			Spread: cfg.Spread, Config: cfg.BackendConfig, HTTP: &http.Client{Transport: standIn},
			Log:        slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn})),
			Currencies: func() []string { return []string{"EUR", "USD", "XRP"} },
		})
		if err != nil {
			t.Errorf("%s: %v", b, err)
			continue
		}
		table, err := backend.Rates(t.Context())
		if err != nil {
			t.Errorf("%s: %v", b, err)
			continue
		}
		if n := len(table.Prices()); table.Prices() != nil && n < 2 || table.Stale(time.Now()) {
			t.Errorf("%s: %d prices of %s", b, n, table.At)
		}
		if text := log.String(); strings.Contains(text, "fails") || strings.Contains(text, "unknown key") || strings.Contains(text, "XRP") {
			t.Errorf("%s: it logs %s", b, text)
		}
		for _, word := range strings.Fields(b.text) {
			if address, is := strings.CutPrefix(strings.Trim(word, `",`), "https://"); is && standIn.asked[address] == 0 {
				t.Errorf("%s: %s was not asked", b, address)
			}
		}
	}
	for _, name := range connector.Known().Backends {
		if !shown[name] {
			t.Errorf("docs/rates.md has no example of the backend %s", name)
		}
	}
}
