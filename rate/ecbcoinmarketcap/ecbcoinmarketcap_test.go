package ecbcoinmarketcap

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
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilptest/pricesource"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/fetch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// site stands in for the bank and for CoinMarketCap.
type site struct {
	*httptest.Server
	status int
	body   string
	asked  []*http.Request // of CoinMarketCap
}

func newSite(t *testing.T) *site {
	s := &site{status: http.StatusOK, body: usual(t)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/bank" {
			fmt.Fprintf(w, "<Cube time='%s'><Cube currency='USD' rate='1.25'/></Cube>", time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly))
			return
		}
		s.asked = append(s.asked, r)
		w.WriteHeader(s.status)
		w.Write([]byte(s.body))
	}))
	t.Cleanup(s.Close)
	return s
}

// usual returns an answer of CoinMarketCap, as it was when this was written, but for its time.
func usual(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("testdata/quotes.json")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "2026-03-12T12:00:00.000Z", time.Now().UTC().Format(time.RFC3339Nano))
}

func (s *site) options(config string, currencies ...string) rate.Options {
	all := map[string]any{"apiKey": "planted", "coinmarketcapUrl": s.URL + "/v2/quotes", "ratesApiUrl": s.URL + "/bank"}
	decoder := json.NewDecoder(strings.NewReader(config))
	decoder.UseNumber()
	if err := decoder.Decode(&all); err != nil {
		panic(err)
	}
	return rate.Options{HTTP: s.Client(), Config: all, Currencies: func() []string { return currencies }}
}

func ask(t *testing.T, o rate.Options) *rate.Table {
	t.Helper()
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
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

// The currencies in use that the bank lacks are asked for in one request.
func TestPricesOfTheCurrenciesInUse(t *testing.T) {
	s := newSite(t)
	table := ask(t, s.options("{}", "XRP", "USD", "EUR", "BTC", "XRP", "a b"))
	for pair, want := range map[[2]string]string{
		{"EUR", "XRP"}: "2", {"USD", "XRP"}: "8/5", {"BTC", "XRP"}: "6023471823456789/50000000000",
	} {
		if got := between(table, pair[0], pair[1]); got != want {
			t.Errorf("%v: %s, want %s", pair, got, want)
		}
	}
	if len(s.asked) != 1 {
		t.Fatalf("%d requests", len(s.asked))
	}
	r := s.asked[0]
	if q := r.URL.Query(); q.Get("symbol") != "BTC,XRP" || q.Get("convert") != "EUR" || q.Get("skip_invalid") != "true" || r.Header.Get("X-CMC_PRO_API_KEY") != "planted" {
		t.Errorf("%s, %v", r.URL, r.Header)
	}
	if p := table.Prices()["XRP"]; p.MaxAge != time.Hour || p.Source != "coinmarketcap" || time.Since(p.At) > time.Hour {
		t.Errorf("%+v", p)
	}
	if got := fmt.Sprint(table.Missing()); got != "map[a b:coinmarketcap: it is no symbol of a coin]" {
		t.Errorf("missing: %s", got)
	}
}

func TestCurrenciesThatChange(t *testing.T) {
	s := newSite(t)
	currencies := []string{"USD"}
	o := s.options("{}")
	o.Currencies = func() []string { return currencies }
	b, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		currencies []string
		asked      int
		want       string
	}{{[]string{"USD"}, 0, ""}, {[]string{"USD", "XRP"}, 1, "XRP"}, {[]string{"BTC", "XRP"}, 2, "BTC,XRP"}} {
		currencies = step.currencies
		if _, err := b.Rates(t.Context()); err != nil || len(s.asked) != step.asked {
			t.Fatalf("%v: %d requests, %v", step.currencies, len(s.asked), err)
		}
		if step.asked > 0 && s.asked[step.asked-1].URL.Query().Get("symbol") != step.want {
			t.Errorf("%v: %s", step.currencies, s.asked[step.asked-1].URL)
		}
	}
}

func TestCurrenciesOfTheConfiguration(t *testing.T) {
	s := newSite(t)
	o := s.options(`{"currencies": ["XRP"]}`)
	o.Currencies = nil
	if got := between(ask(t, o), "EUR", "XRP"); got != "2" {
		t.Errorf("EUR to XRP: %s", got)
	}
}

func TestKeyFromElsewhere(t *testing.T) {
	t.Setenv("COINMARKETCAP_KEY", "planted too")
	s := newSite(t)
	if _, err := New(s.options(`{"apiKey": {"env": "COINMARKETCAP_KEY"}}`)); err == nil || strings.Contains(err.Error(), "planted") {
		t.Errorf("a key with a blank: %v", err)
	}
	t.Setenv("COINMARKETCAP_KEY", "planted2")
	if ask(t, s.options(`{"apiKey": {"env": "COINMARKETCAP_KEY"}}`, "XRP")); s.asked[0].Header.Get("X-CMC_PRO_API_KEY") != "planted2" {
		t.Errorf("%v", s.asked[0].Header)
	}
}

func TestMockData(t *testing.T) {
	s := newSite(t)
	const mock = `"mockData": {"base": "EUR", "rates": {"USD": 1.5, "XRP": 4}}`
	if got := between(ask(t, s.options(`{"apiKey": null, `+mock+`}`, "XRP", "BTC")), "USD", "XRP"); got != "8/3" || len(s.asked) != 0 {
		t.Errorf("USD to XRP: %s, %d requests", got, len(s.asked))
	}
	table := ask(t, s.options(`{`+mock+`}`, "XRP", "BTC"))
	if got := between(table, "USD", "XRP"); got != "8/3" || len(s.asked) != 1 || s.asked[0].URL.Query().Get("symbol") != "BTC" {
		t.Errorf("USD to XRP: %s, %d requests", got, len(s.asked))
	}
}

// Anybody may give a coin a known symbol.
func TestCoinsWithOneSymbol(t *testing.T) {
	number := func(text string) any { return json.Number(text) }
	entry := func(id, rank string, active string) any {
		e := map[string]any{"id": number(id), "is_active": number(active), "cmc_rank": nil, "quote": map[string]any{"EUR": map[string]any{"price": number(id)}}}
		if rank != "" {
			e["cmc_rank"] = number(rank)
		}
		return e
	}
	for _, c := range []struct {
		name    string
		entries any
		id      string
		want    string
	}{
		{"one", []any{entry("7", "", "1")}, "", "7"},
		{"alone", entry("7", "3", "1"), "", "7"},
		{"best rank", []any{entry("5", "900", "1"), entry("7", "2", "1"), entry("6", "", "1")}, "", "7"},
		{"not active", []any{entry("5", "1", "0"), entry("7", "2", "1")}, "", "7"},
		{"by id", []any{entry("5", "1", "1"), entry("7", "", "1")}, "7", "7"},
		{"another id", []any{entry("5", "1", "1")}, "7", "no coin with the id 7 has this symbol; correct ids"},
		{"no rank", []any{entry("5", "", "1"), entry("7", "", "1")}, "", "2 coins have this symbol; say in ids which one is meant"},
		{"one rank", []any{entry("5", "3", "1"), entry("7", "3", "1")}, "", "2 coins have this symbol; say in ids which one is meant"},
		{"none", []any{}, "", "no coin has this symbol"},
		{"nothing", nil, "", "no coin has this symbol"},
		{"garbage", []any{7, "x", nil}, "", "no coin has this symbol"},
	} {
		got, err := choose(coinsOf(c.entries), c.id)
		if text := fmt.Sprint(got.price); err == nil && text != c.want || err != nil && err.Error() != c.want {
			t.Errorf("%s: %s, %v; want %s", c.name, text, err, c.want)
		}
	}
}

func TestBadPriceCostsItsCurrencyOnly(t *testing.T) {
	tomorrow := time.Now().AddDate(0, 0, 1).UTC().Format(time.RFC3339)
	for bad, want := range map[string]string{
		`"price": 0, "last_updated": 1`: "the price is zero", `"price": -1, "last_updated": 1`: "the price is negative",
		`"price": null, "last_updated": 1`: "there is no price", `"price": 1e400, "last_updated": 1`: "the price is absurd",
		`"price": 1e-300, "last_updated": 1`: "the price is absurd", `"price": "NaN", "last_updated": 1`: "is not a decimal number",
		`"price": 1`: "the time is neither", `"price": 1, "last_updated": "` + tomorrow + `"`: "is yet to come", ``: "there is no price",
	} {
		s := newSite(t)
		s.body = strings.Replace(s.body, `"XRP": [`, `"ABC": [{"quote": {"EUR": {`+bad+`}}}], "XRP": [`, 1)
		table := ask(t, s.options("{}", "XRP", "ABC", "DEF"))
		if got := between(table, "EUR", "XRP"); got != "2" {
			t.Errorf("%s: EUR to XRP %s", bad, got)
		}
		if m := table.Missing(); !strings.Contains(m["ABC"], want) || m["DEF"] != "coinmarketcap: no coin has this symbol" {
			t.Errorf("%s: missing %v", bad, m)
		}
		if _, err := table.Between(rate.Asset{Code: "EUR"}, rate.Asset{Code: "ABC"}); !rate.Temporary(err) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func TestUselessAnswersAreRefused(t *testing.T) {
	pricesource.Check(t, func(t *testing.T, url string, client *http.Client) rate.Backend {
		return &quotes{
			name: "coinmarketcap", address: url, client: client, currencies: func() []string { return []string{"XRP"} },
			ofBank: func(string) bool { return false },
		}
	})
	for body, want := range map[string]string{
		`{}`: "there is nothing at /data", `{"data": 7}`: "at /data there is no object", `{"data": [7]}`: "at /data there is no object",
		`{"status": {"error_code": 1010, "error_message": "x"}}`: "the limit of the month is reached",
	} {
		s := newSite(t)
		s.body = body
		if why := ask(t, s.options("{}", "XRP")).Missing()["XRP"]; !strings.HasPrefix(why, "coinmarketcap: "+s.URL+"/v2/quotes: ") || !strings.Contains(why, want) {
			t.Errorf("%s: %q, want %s", body, why, want)
		}
	}
}

// A quota that is used up does not come back by asking.
func TestRefusalsWaitLongEnough(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		want   string
		after  time.Duration
	}{
		{401, "1001", "the key is not valid; check apiKey (error 1001)", 10 * time.Minute},
		{402, "1003", "the plan of the key must be paid first", time.Hour},
		{402, "", "the plan of the key has expired", time.Hour},
		{403, "1006", "the plan of the key does not allow this", time.Hour},
		{429, "1008", "the limit of requests in a minute is reached; raise interval (error 1008)", time.Minute},
		{429, "1009", "the limit of the day is reached", 2 * time.Hour},
		{429, "1010", "the limit of the month is reached", 12 * time.Hour},
		{429, "1011", "too many requests come from this address", 15 * time.Minute},
		{400, "400", "it refuses the request (error 400)", 0},
		{429, "", "status 429 Too Many Requests; it is asked too often: raise interval", 0},
		{500, "", "status 500", 0},
	} {
		s := newSite(t)
		s.status, s.body = c.status, `{"status": {"error_code": `+c.code+`, "error_message": "planted"}}`
		if c.code == "" {
			s.body = "<html>"
		}
		var log bytes.Buffer
		o := s.options("{}", "XRP")
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		q, err := newQuotes(o)
		if err != nil {
			t.Fatal(err)
		}
		q.ofBank = func(string) bool { return false }
		_, err = q.Rates(t.Context())
		if err == nil || !strings.HasPrefix(err.Error(), s.URL+"/v2/quotes: "+c.want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%d %s: %v", c.status, c.code, err)
		}
		var wants interface{ RetryAfter() time.Duration }
		if after := time.Duration(0); errors.As(err, &wants) {
			if after = wants.RetryAfter(); after != c.after {
				t.Errorf("%d %s: it is asked again after %s", c.status, c.code, after)
			}
		} else if c.after != 0 {
			t.Errorf("%d %s: it is asked again at once", c.status, c.code)
		}
	}
}

func TestUnusableConfigurationIsRefusedByName(t *testing.T) {
	s := newSite(t)
	for text, want := range map[string]string{
		`{"apiKey": null}`:                            "backendConfig.apiKey: is missing; get one",
		`{"apiKey": 7}`:                               "backendConfig.apiKey: is neither a text nor a reference",
		`{"apiKey": "planted\n"}`:                     "backendConfig.apiKey: has a character that no key has",
		`{"coinmarketcapUrl": "ftp://planted/"}`:      "backendConfig.coinmarketcapUrl: is not an http",
		`{"coinmarketcapUrl": "http://h/?a=planted"}`: "backendConfig.coinmarketcapUrl: is not an http or https URL, or has a query",
		`{"ids": []}`:                                 "backendConfig.ids: is not an object",
		`{"ids": {"BTC": 1.5}}`:                       "backendConfig.ids.BTC: 1.5 is no id",
		`{"currencies": "BTC"}`:                       "backendConfig.currencies: is not a list",
		`{"currencies": [7]}`:                         "backendConfig.currencies: is not a list",
		`{"coinmarketcapMaxAge": "x"}`:                "backendConfig.coinmarketcapMaxAge: x is not",
		`{"maxAge": 1}`:                               "backendConfig.maxAge: ",
		`{"mockData": 1}`:                             "backendConfig.mockData: ",
		`{"spread": 2}`:                               "backendConfig.spread: ",
	} {
		if _, err := New(s.options(text)); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v; want %s", text, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(usual(f)))
	f.Add([]byte(`{"data": {"XRP": {"id": 52, "quote": {"EUR": {"price": 1e400, "last_updated": 1}}}}}`))
	now := time.Now()
	f.Fuzz(func(t *testing.T, body []byte) {
		document, err := fetch.ParseJSON(body)
		if err != nil {
			return
		}
		q := &quotes{ids: map[string]string{"XRP": "52"}}
		prices, missing := map[string]rate.Price{}, map[string]string{}
		if q.read(document, []string{"BTC", "XRP"}, now, prices, missing) != nil {
			return
		}
		for _, currency := range []string{"BTC", "XRP"} {
			p, priced := prices[currency]
			if priced == (missing[currency] != "") || priced && rate.CheckPrice(p.Value) != nil || p.At.After(now.Add(time.Hour)) {
				t.Fatalf("%q: %s is %+v, %q", body, currency, p, missing[currency])
			}
		}
	})
}
