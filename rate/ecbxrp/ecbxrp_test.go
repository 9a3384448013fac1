package ecbxrp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilptest/pricesource"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/fetch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a server that stands in for the bank and the markets.
type world struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]string // by path
	asked   map[string]int
}

func newWorld(t *testing.T) *world {
	w := &world{asked: map[string]int{}, answers: map[string]string{
		"/bank":      "<Cube time='" + time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly) + "'><Cube currency='USD' rate='1.1'/></Cube>",
		"/bitstamp":  answer(t, "bitstamp"),
		"/kraken":    answer(t, "kraken"),
		"/coinbase":  answer(t, "coinbase"),
		"/coingecko": answer(t, "coingecko"),
	}}
	w.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.asked[r.URL.Path]++
		if w.answers[r.URL.Path] == "" {
			http.Error(out, "gone", http.StatusGone)
			return
		}
		out.Write([]byte(w.answers[r.URL.Path]))
	}))
	t.Cleanup(w.Close)
	return w
}

// answer returns an answer of a market, with the time as it is now.
func answer(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	return strings.NewReplacer("1773316800", fmt.Sprint(now.Unix()), "2026-03-12T12:00:00.123456Z", now.UTC().Format(time.RFC3339Nano)).Replace(string(text))
}

func (w *world) set(path, answer string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[path] = answer
}

// backend makes a backend that asks the world, with further configuration as JSON.
func (w *world) backend(t *testing.T, sources []string, more string, log *bytes.Buffer) rate.Backend {
	t.Helper()
	config := map[string]any{}
	decoder := json.NewDecoder(strings.NewReader(more))
	decoder.UseNumber()
	if err := decoder.Decode(&config); err != nil {
		t.Fatal(err)
	}
	var list []any
	for _, name := range sources {
		list = append(list, map[string]any{"source": name, "url": w.URL + "/" + name})
	}
	if config["xrpSources"] == nil {
		config["xrpSources"] = list
	}
	if config["ratesApiUrl"] == nil {
		config["ratesApiUrl"] = w.URL + "/bank"
	}
	o := rate.Options{HTTP: w.Client(), Config: config, Currencies: func() []string { return []string{"EUR", "XRP", "USD"} }}
	if log != nil {
		o.Log = slog.New(slog.NewTextHandler(log, nil))
	}
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ask(t *testing.T, b rate.Backend) *rate.Table {
	t.Helper()
	table, err := b.Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func between(table *rate.Table, from, to string) string {
	r, err := table.Between(rate.Asset{Code: from}, rate.Asset{Code: to})
	if err != nil {
		return err.Error()
	}
	return r.String()
}

// Each market's own answer, as it was when this was written.
func TestMarkets(t *testing.T) {
	w := newWorld(t)
	for name, want := range map[string]string{"bitstamp": "50000/26117", "kraken": "50000/26123", "coinbase": "2500/1307", "coingecko": "1000000000000/522961234567"} {
		table := ask(t, w.backend(t, []string{name}, "{}", nil))
		if got := between(table, "EUR", "XRP"); got != want {
			t.Errorf("%s: EUR to XRP %s, want %s", name, got, want)
		}
		p := table.Prices()["XRP"]
		if p.Source != name || time.Since(p.At) > time.Hour || p.MaxAge != xrpMaxAge || p.Certain {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// They are tried in order, and second each other.
func TestMarketsThatFailOneAfterTheOther(t *testing.T) {
	w := newWorld(t)
	b := w.backend(t, []string{"bitstamp", "kraken", "coinbase"}, "{}", nil)
	table := ask(t, b)
	if p := table.Prices()["XRP"]; p.Source != "bitstamp" || len(p.Others) != 2 || p.Others[0].Source != "kraken" {
		t.Errorf("%+v", p)
	}
	if got := between(table, "USD", "XRP"); got != "500000/287287" { // 50000/26117 / 1.1
		t.Errorf("USD to XRP: %s", got)
	}
	fresh := func(gone ...string) *rate.Table {
		for _, name := range gone {
			w.set("/"+name, "")
		}
		return ask(t, w.backend(t, []string{"bitstamp", "kraken", "coinbase"}, "{}", nil))
	}
	if p := fresh("bitstamp").Prices()["XRP"]; p.Source != "kraken" || len(p.Others) != 1 {
		t.Errorf("%+v", p)
	}
	if p := fresh("kraken").Prices()["XRP"]; p.Source != "coinbase" || len(p.Others) != 0 {
		t.Errorf("%+v", p)
	}
	table = fresh("coinbase")
	if why := table.Missing()["XRP"]; !strings.HasPrefix(why, "bitstamp: "+w.URL+"/bitstamp: it is gone for good") {
		t.Errorf("%q", why)
	}
	if got := between(table, "EUR", "USD"); got != "11/10" {
		t.Errorf("EUR to USD: %s", got)
	}
	// Without the bank there is still XRP.
	w.set("/bank", "")
	w.set("/kraken", answer(t, "kraken"))
	table = ask(t, w.backend(t, []string{"kraken"}, "{}", nil))
	if got := between(table, "EUR", "XRP"); got != "50000/26123" || !strings.Contains(table.Missing()["USD"], "ecb: ") {
		t.Errorf("EUR to XRP: %s; missing: %v", got, table.Missing())
	}
}

func TestUselessAnswersAreRefused(t *testing.T) {
	for _, m := range markets {
		t.Run(m.name, func(t *testing.T) {
			pricesource.Check(t, func(t *testing.T, url string, client *http.Client) rate.Backend {
				source, err := fetch.New(url, fetch.Options{Client: client})
				if err != nil {
					t.Fatal(err)
				}
				return &ticker{m, source, time.Hour}
			})
		})
	}
}

func TestAnswersWithoutAPrice(t *testing.T) {
	now := fmt.Sprint(time.Now().Unix())
	for _, c := range []struct{ name, body, want string }{
		{"bitstamp", `{"last": "0", "timestamp": "` + now + `"}`, "the price is zero"},
		{"bitstamp", `{"last": -1, "timestamp": "` + now + `"}`, "the price is negative"},
		{"bitstamp", `{"last": 1e400, "timestamp": "` + now + `"}`, "the price is absurd"},
		{"bitstamp", `{"last": 1e-300, "timestamp": "` + now + `"}`, "the price is absurd"},
		{"bitstamp", `{"last": null, "timestamp": "` + now + `"}`, "there is no price"},
		{"bitstamp", `{"last": "NaN", "timestamp": "` + now + `"}`, `"NaN" is not a decimal number`},
		{"bitstamp", `{"last": "0.5"}`, "there is nothing at /timestamp"},
		{"bitstamp", `{"last": "0.5", "timestamp": 99999999999}`, "is yet to come"},
		{"bitstamp", `{"last": "0.5", "timestamp": true}`, "the time is neither"},
		{"bitstamp", `{"status": "error", "reason": "Invalid pair"}`, `it says "Invalid pair"`},
		{"kraken", `{"error": ["EQuery:Unknown asset pair"]}`, `it says "EQuery:Unknown asset pair"`},
		{"kraken", `{"error": [], "result": {"XXBTZEUR": {"c": ["60000", "1"]}}}`, "there is nothing at /result/XXRPZEUR/c/0"},
		{"coinbase", `{"message": "NotFound"}`, `it says "NotFound"`},
		{"coingecko", `{}`, "there is nothing at /ripple/eur"},
		{"coingecko", `[]`, "there is nothing at /ripple/eur"},
	} {
		w := newWorld(t)
		w.set("/"+c.name, c.body)
		b := w.backend(t, []string{c.name}, "{}", nil)
		if why := ask(t, b).Missing()["XRP"]; !strings.HasPrefix(why, c.name+": "+w.URL+"/"+c.name+": ") || !strings.Contains(why, c.want) {
			t.Errorf("%s %s: %q, want %s", c.name, c.body, why, c.want)
		}
	}
}

// As in the reference: a price of XRP in mockData is used, and else the market is asked.
func TestMockData(t *testing.T) {
	w := newWorld(t)
	b := w.backend(t, []string{"kraken"}, `{"mockData": {"base": "EUR", "rates": {"USD": 1.5, "XRP": 4}}}`, nil)
	if got := between(ask(t, b), "USD", "XRP"); got != "8/3" || len(w.asked) != 0 {
		t.Errorf("USD to XRP: %s; asked: %v", got, w.asked)
	}
	b = w.backend(t, []string{"kraken"}, `{"mockData": {"base": "EUR", "rates": {"USD": 1.5, "XRP": 0}}}`, nil)
	if got := between(ask(t, b), "EUR", "XRP"); got != "50000/26123" || w.asked["/bank"] != 0 {
		t.Errorf("EUR to XRP: %s; asked: %v", got, w.asked)
	}
	b = w.backend(t, []string{"kraken"}, `{"mockData": {"base": "USD", "rates": {"JPY": 150}}}`, nil)
	table := ask(t, b)
	if got := between(table, "USD", "JPY"); got != "150" || !strings.Contains(table.Missing()["XRP"], "no currency links") {
		t.Errorf("USD to JPY: %s; missing: %v", got, table.Missing())
	}
}

func TestSourceOfTheReferenceIsGone(t *testing.T) {
	const old = "https://data.ripple.com/v2/exchange_rates/EUR+rhub8VRN55s94qWKDv6jmDy1pUykJzF3wq/XRP"
	w := newWorld(t)
	var log bytes.Buffer
	w.backend(t, nil, `{"xrpSources": ["`+old+`", {"source": "kraken", "url": "`+w.URL+`/kraken"}]}`, &log)
	if got := log.String(); !strings.Contains(got, "data.ripple.com of the reference is gone") || !strings.Contains(got, "backendConfig.xrpSources[0]") {
		t.Errorf("log: %s", got)
	}
	log.Reset()
	w.backend(t, nil, `{"ratesApiUrl": "`+old+`", "xrpSources": ["kraken"]}`, &log)
	if got := log.String(); !strings.Contains(got, "backendConfig.ratesApiUrl") {
		t.Errorf("log: %s", got)
	}
	chosen, err := choose(rate.Options{Config: map[string]any{"xrpSources": []any{map[string]any{"url": old}}}})
	if err != nil || len(chosen) != usualMarkets {
		t.Errorf("%v, %v", chosen, err)
	}
}

func TestUnusableConfigurationIsRefusedByName(t *testing.T) {
	for text, want := range map[string]string{
		`{"xrpSources": "kraken"}`:                                   "backendConfig.xrpSources: is not a list",
		`{"xrpSources": ["mtgox"]}`:                                  "backendConfig.xrpSources[0]: names no market that we know; there is: bitstamp, kraken, coinbase, coingecko",
		`{"xrpSources": ["kraken", 7]}`:                              "backendConfig.xrpSources[1]: names no market",
		`{"xrpSources": ["kraken", "kraken"]}`:                       "backendConfig.xrpSources[1]: is there already",
		`{"xrpSources": [{"source": "kraken", "key": "x"}]}`:         `backendConfig.xrpSources[0]: "key" is not known`,
		`{"xrpSources": [{"source": "kraken", "url": "ftp://h/x"}]}`: "backendConfig.xrpSources[0].url: is not an http",
		`{"xrpMaxAge": "x"}`:                                         "backendConfig.xrpMaxAge: x is not a whole number",
		`{"timeout": 1}`:                                             "backendConfig.timeout: ",
		`{"maxAge": 1}`:                                              "backendConfig.maxAge: ",
		`{"mockData": 1}`:                                            "backendConfig.mockData: ",
		`{"spread": 2}`:                                              "backendConfig.spread: ",
	} {
		var config map[string]any
		if err := json.Unmarshal([]byte(text), &config); err != nil {
			t.Fatal(err)
		}
		if _, err := New(rate.Options{Config: config}); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v; want %s", text, err, want)
		}
	}
}

func TestUnknownKeysAreWarnedAbout(t *testing.T) {
	var log bytes.Buffer
	newWorld(t).backend(t, []string{"kraken"}, `{"xrpMaxAge": 60000, "interval": 5000, "xrpsources": 1}`, &log)
	if got := log.String(); strings.Count(got, "unknown key") != 1 || !strings.Contains(got, "backendConfig.xrpsources") {
		t.Errorf("log: %s", got)
	}
}

func FuzzRead(f *testing.F) {
	for _, m := range markets {
		text, err := os.ReadFile("testdata/" + m.name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte) {
		document, err := fetch.ParseJSON(body)
		if err != nil {
			return
		}
		for _, m := range markets {
			euros, at, err := m.read(document, now)
			if err == nil && (rate.CheckPrice(euros) != nil || at.After(now.Add(time.Hour))) {
				t.Fatalf("%s: %q: %v at %s", m.name, body, euros, at)
			}
			if err != nil && (len(err.Error()) > 1000 || errors.Is(err, errGone)) {
				t.Fatalf("%s: %q: %v", m.name, body, err)
			}
		}
	})
}
