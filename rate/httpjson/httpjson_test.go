package httpjson

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/ilptest/pricesource"
	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/rate/fetch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source is a server whose answer a test changes.
type source struct {
	*httptest.Server
	body string
	got  http.Header
}

func serve(t *testing.T, body string) *source {
	s := &source{body: body}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.got = r.Header
		_, _ = w.Write([]byte(s.body))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *source) backend(t *testing.T, config map[string]any) *Backend {
	t.Helper()
	all := map[string]any{"url": s.URL + "/prices"}
	for key, value := range config {
		all[key] = value
	}
	b, err := New(rate.Options{HTTP: s.Client(), Config: all})
	if err != nil {
		t.Fatal(err)
	}
	return b.(*Backend)
}

const usual = `{"base": "USD", "at": "2026-03-12T12:00:00Z", "prices": {"EUR": "0.92", "JPY": 150.25, "XXX": 0.1234567890123456789012345}}`

func TestPricesOfTheDocumentedShape(t *testing.T) {
	table, err := serve(t, usual).backend(t, map[string]any{"spread": "0.5"}).Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for pair, want := range map[[2]string]string{
		{"USD", "EUR"}: "23/50", {"EUR", "JPY"}: "15025/184",
	} {
		r, err := table.Between(rate.Asset{Code: pair[0]}, rate.Asset{Code: pair[1]})
		if err != nil || r.String() != want {
			t.Errorf("%v: %s, %v; want %s", pair, r, err, want)
		}
	}
	at := time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)
	for currency, p := range table.Prices() {
		if !p.At.Equal(at) || p.MaxAge != time.Hour || p.Certain || !strings.HasSuffix(p.Source, "/prices") {
			t.Errorf("%s: %+v", currency, p)
		}
	}
	if got := table.Prices()["XXX"].Value.FloatString(25); got != "0.1234567890123456789012345" {
		t.Errorf("digits were lost: %s", got)
	}
}

func TestPricesOfOtherShapes(t *testing.T) {
	at := fmt.Sprint(time.Now().Unix())
	for name, c := range map[string]struct {
		body   string
		config map[string]any
	}{
		"no base":    {`{"at": ` + at + `, "prices": {"EUR": 0.5}}`, map[string]any{"base": "USD"}},
		"base twice": {`{"base": "USD", "at": ` + at + `, "prices": {"EUR": 0.5, "USD": 1.000}}`, map[string]any{"base": "USD"}},
		"renamed": {`{"source": "USD", "time": "` + at + `", "quotes": {"EUR": 0.5}}`,
			map[string]any{"pointers": map[string]any{"base": "/source", "at": "/time", "prices": "/quotes"}}},
		"per currency": {`{"base": "USD", "at": ` + at + `, "prices": {"EUR": 2}}`, map[string]any{"inverse": true}},
		"only prices":  {`{"EUR": "0.5"}`, map[string]any{"base": "USD", "pointers": map[string]any{"at": "now", "prices": ""}}},
		"a list": {`{"data": [{"code": "EUR", "quote": {"USD": {"price": 2}}}, {"other": 1}, 7]}`,
			map[string]any{"base": "USD", "inverse": true, "pointers": map[string]any{"at": "now", "prices": "/data", "currency": "/code", "price": "/quote/USD/price"}}},
		"objects": {`{"data": {"x1": {"code": "EUR", "rate": 0.5}}}`,
			map[string]any{"base": "USD", "pointers": map[string]any{"at": "now", "prices": "/data", "currency": "/code", "price": "/rate"}}},
		"one ticker": {`{"result": {"XUSDZEUR": {"c": ["0.5", "30"]}}}`,
			map[string]any{"base": "USD", "pointers": map[string]any{"at": "now", "prices": "/result", "price": "/c/0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := serve(t, c.body).backend(t, c.config).Rates(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			to := "EUR"
			if name == "one ticker" {
				to = "XUSDZEUR"
			}
			if r, err := table.Between(rate.Asset{Code: "USD"}, rate.Asset{Code: to}); err != nil || r.String() != "1/2" {
				t.Errorf("%s, %v", r, err)
			}
			if table.Stale(time.Now()) || table.At.After(time.Now()) {
				t.Errorf("the prices are of %s", table.At)
			}
		})
	}
}

func TestUselessAnswersAreRefused(t *testing.T) {
	pricesource.Check(t, func(t *testing.T, url string, client *http.Client) rate.Backend {
		b, err := New(rate.Options{HTTP: client, Config: map[string]any{"url": url}})
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
}

func TestDocumentsWithoutWhatTheyShouldHave(t *testing.T) {
	tomorrow := time.Now().AddDate(0, 0, 1).UTC().Format(time.RFC3339)
	for body, want := range map[string]string{
		`[]`:                          "there is nothing at /base, where the currency of the prices should be",
		`{"USD": 2}`:                  "there is nothing at /base",
		`{"base": 7}`:                 "at /base there is no currency",
		`{"base": "USD"}`:             "there is nothing at /at, where the time of the prices should be",
		`{"base": "USD", "at": null}`: "the time is neither a text nor a number",
		`{"base": "USD", "at": "` + tomorrow + `"}`:              "its time " + tomorrow + " is yet to come",
		`{"base": "USD", "at": 1}`:                               "there is nothing at /prices",
		`{"base": "USD", "at": 1, "prices": 7}`:                  "at /prices there is neither",
		`{"base": "USD", "at": 1, "prices": []}`:                 "the prices are a list",
		`{"base": "USD", "at": 1, "prices": {}}`:                 "the answer holds no price that can be used",
		`{"base": "USD", "at": 1, "prices": {"USD": 1}}`:         "the answer holds no price that can be used",
		`{"base": "USD", "at": 1, "prices": {"EUR": 0}}`:         `the answer holds no price that can be used; "EUR": the price is zero`,
		`{"base": "USD", "at": 1, "prices": {"USD": 2, "A": 1}}`: `the prices are not in "USD"`,
		`{"base": "USD", "at": 1, "prices": {"USD": 0, "A": 1}}`: `the prices are not in "USD"`,
		`{"base": "USD", "at": 1, "prices": {"EUR": NaN}}`:       "the answer is no JSON",
	} {
		table, err := serve(t, body).backend(t, nil).Rates(t.Context())
		if err == nil || table != nil || !strings.Contains(err.Error(), "/prices: "+want) {
			t.Errorf("%s: %v, %v; want %s", body, table, err, want)
		}
	}
}

func TestPricesOfLastYearAreStale(t *testing.T) {
	at := time.Now().AddDate(-1, 0, 0).Format(time.RFC3339)
	table, err := serve(t, `{"base": "USD", "at": "`+at+`", "prices": {"EUR": 1}}`).backend(t, nil).Rates(t.Context())
	if err != nil || !table.Stale(time.Now()) {
		t.Errorf("%+v, %v", table, err)
	}
}

// Another base would look like a jump of all prices, or pass for none.
func TestSourceThatChangesItsBaseIsRefused(t *testing.T) {
	s := serve(t, usual)
	b := s.backend(t, nil)
	if _, err := b.Rates(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.body = strings.Replace(usual, "USD", "GBP", 1)
	if table, err := b.Rates(t.Context()); err == nil || !strings.Contains(err.Error(), `/prices: the prices are in "GBP", and no more in "USD"`) {
		t.Errorf("%v, %v", table, err)
	}
	s.body = usual
	if _, err := b.Rates(t.Context()); err != nil {
		t.Error(err)
	}
}

// A price that cannot be used costs its own currency, and no other.
func TestBadPriceCostsItsCurrencyOnly(t *testing.T) {
	for _, bad := range []string{"0", "-1", `"N/A"`, "null", "true", "{}", "[1]", `""`, "1e400", "1e-300", `"NaN"`, strings.Repeat("9", 65)} {
		s := serve(t, `{"base": "USD", "at": 1773316800, "prices": {"EUR": 0.5, "ABC": 3}}`)
		var log bytes.Buffer
		b := s.backend(t, nil)
		b.gaps.Log = slog.New(slog.NewTextHandler(&log, nil))
		for _, body := range []string{s.body, strings.Replace(s.body, "3}", bad+"}", 1)} {
			s.body = body
			table, err := b.Rates(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", bad, err)
			}
			if r, err := table.Between(rate.Asset{Code: "USD"}, rate.Asset{Code: "EUR"}); err != nil || r.String() != "1/2" {
				t.Errorf("%s: USD to EUR %s, %v", bad, r, err)
			}
			_, err = table.Between(rate.Asset{Code: "USD"}, rate.Asset{Code: "ABC"})
			if missing, is := errors.AsType[*rate.MissingPrice](err); strings.Contains(body, bad+"}") && (!is || missing.Why == "") {
				t.Errorf("%s: USD to ABC: %v", bad, err)
			}
		}
		if !strings.Contains(log.String(), "ABC") {
			t.Errorf("%s: log %s", bad, &log)
		}
	}
}

// What is no code of a currency costs us nothing, however long it is.
func TestTextThatIsNoCurrencyIsNotKept(t *testing.T) {
	long := strings.Repeat("x", 500_000)
	for _, bad := range []string{long, `a\u001b[31mb`, `a\nb`, `a\u202eb`} {
		s := serve(t, `{"base": "USD", "at": 1773316800, "prices": {"EUR": 0.5, "`+bad+`": 3}}`)
		table, err := s.backend(t, nil).Rates(t.Context())
		if err != nil || len(table.Prices()) != 2 || len(table.Missing()) != 1 {
			t.Fatalf("%.20q: %d prices, %v", bad, len(table.Prices()), err)
		}
		for said, why := range table.Missing() {
			if len(said) > 20 || why != "it is no code of a currency" {
				t.Errorf("%.20q: %d bytes are kept: %s", bad, len(said), why)
			}
		}
		s.body = `{"base": "` + bad + `", "at": 1773316800, "prices": {"EUR": 0.5}}`
		if _, err := s.backend(t, nil).Rates(t.Context()); err == nil || !strings.Contains(err.Error(), "at /base there is no currency") {
			t.Errorf("%.20q is a base: %.200v", bad, err)
		}
	}
}

func TestTooManyCurrenciesAreRefused(t *testing.T) {
	for more, want := range map[int]string{-1: "", 0: "the answer has more than 10000 currencies"} {
		var body strings.Builder
		for i := range rate.CurrenciesMax + more {
			fmt.Fprintf(&body, `, "X%d": %d`, i, i%2) // every other price is zero
		}
		_, err := serve(t, `{"base": "USD", "at": 1773316800, "prices": {"EUR": 0.5`+body.String()+`}}`).backend(t, nil).Rates(t.Context())
		if fmt.Sprint(err) != "<nil>" && want == "" || want != "" && (err == nil || !strings.HasSuffix(err.Error(), want)) {
			t.Errorf("%d more: %v", more, err)
		}
	}
}

func TestCurrencyThatVanishesIsMissing(t *testing.T) {
	s := serve(t, usual)
	b := s.backend(t, nil)
	if _, err := b.Rates(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.body = strings.Replace(usual, `"JPY": 150.25, `, "", 1)
	table, err := b.Rates(t.Context())
	if err != nil || table.Missing()["JPY"] != "the source has no price of it any more" || len(table.Missing()) != 1 {
		t.Errorf("%v, %v", table.Missing(), err)
	}
}

func TestHeadersAreSentAndNeverTold(t *testing.T) {
	t.Setenv("PRICES_KEY", "planted")
	s := serve(t, usual)
	b := s.backend(t, map[string]any{"headers": map[string]any{"x-api-key": map[string]any{"env": "PRICES_KEY"}, "Accept": "application/json"}})
	if _, err := b.Rates(t.Context()); err != nil || s.got.Get("X-Api-Key") != "planted" || s.got.Get("Accept") != "application/json" {
		t.Errorf("%v, %v", s.got, err)
	}
	s.body = "{}"
	if _, err := b.Rates(t.Context()); err == nil || strings.Contains(err.Error(), "planted") {
		t.Error(err)
	}
}

// An address that the configuration does not have may be secret in all its parts but the host.
func TestAddressFromAReferenceIsNotTold(t *testing.T) {
	s := serve(t, usual)
	host := s.URL
	t.Setenv("PRICES_URL", host+"/planted/prices")
	b := s.backend(t, map[string]any{"url": map[string]any{"env": "PRICES_URL"}})
	table, err := b.Rates(t.Context())
	if err != nil || table.Prices()["EUR"].Source != host || table.Source != "http "+host {
		t.Errorf("%+v, %v", table, err)
	}
	for _, body := range []string{"{}", "", "<html>"} {
		s.body = body
		if _, err := b.Rates(t.Context()); err == nil || strings.Contains(err.Error(), "planted") || !strings.Contains(err.Error(), host+": ") {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestUnusableConfigurationIsRefusedByName(t *testing.T) {
	pointers := func(name string, value any) map[string]any {
		return map[string]any{"url": "http://h/", "pointers": map[string]any{name: value}}
	}
	headers := func(name string, value any) map[string]any {
		return map[string]any{"url": "http://h/", "headers": map[string]any{name: value}}
	}
	for name, c := range map[string]struct {
		config map[string]any
		want   string
	}{
		"no address":            {nil, "backendConfig.url: is missing"},
		"address":               {map[string]any{"url": "ftp://planted/"}, "backendConfig.url: is not an http or https URL"},
		"variable":              {map[string]any{"url": map[string]any{"env": "PRICES_NONE"}}, "backendConfig.url: the variable"},
		"base":                  {map[string]any{"url": "http://h/", "base": 7}, "backendConfig.base: 7 is not a text"},
		"inverse":               {map[string]any{"url": "http://h/", "inverse": "yes"}, "backendConfig.inverse: yes is neither"},
		"pointers":              {map[string]any{"url": "http://h/", "pointers": "/x"}, "backendConfig.pointers: is not an object"},
		"pointer":               {pointers("prices", "rates"), "backendConfig.pointers.prices: is no JSON pointer"},
		"pointer now":           {pointers("prices", "now"), "backendConfig.pointers.prices: is no JSON pointer"},
		"number":                {pointers("at", 7), "backendConfig.pointers.at: is no JSON pointer"},
		"another pointer":       {pointers("time", "/t"), "backendConfig.pointers.time: is not known"},
		"headers":               {map[string]any{"url": "http://h/", "headers": []any{}}, "backendConfig.headers: is not an object"},
		"header":                {headers("a b", "x"), "backendConfig.headers: \"a b\" is no name"},
		"value":                 {headers("a", "planted\nb"), "backendConfig.headers.a: has a control character"},
		"value that is no text": {headers("a", 7), "backendConfig.headers.a: is neither a text nor a reference"},
		"age":                   {map[string]any{"url": "http://h/", "maxAge": -1}, "backendConfig.maxAge: "},
		"spread":                {map[string]any{"url": "http://h/", "spread": 2}, "backendConfig.spread: "},
	} {
		if _, err := New(rate.Options{Config: c.config}); err == nil || !strings.HasPrefix(err.Error(), c.want) || strings.Contains(err.Error(), "planted") {
			t.Errorf("%s: %v; want %s", name, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(usual), false)
	f.Add([]byte(`{"base": "USD", "at": 1, "prices": {"EUR": 1e400, "JPY": "1", "USD": 1}}`), true)
	f.Add([]byte(`{"base": "USD", "at": 1, "prices": [{"currency": "EUR", "price": 1}]}`), true)
	moment := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	currency, price := fetch.Pointer("/currency"), fetch.Pointer("/price")
	f.Fuzz(func(t *testing.T, body []byte, list bool) {
		document, err := fetch.ParseJSON(body)
		if err != nil {
			return
		}
		s := shape{base: "/base", at: "/at", prices: "/prices", inverse: list}
		if list {
			s.currency, s.price = &currency, &price
		}
		found, err := s.read(document, "", moment)
		if err != nil {
			return
		}
		if len(found.prices) < 2 || found.prices[found.base].RatString() != "1" || found.at.After(moment.Add(time.Hour)) {
			t.Fatalf("%q: %v", body, found)
		}
		for currency, price := range found.prices {
			if currency == "" || rate.CheckPrice(price) != nil || found.missing[currency] != "" {
				t.Fatalf("%q: %q costs %v", body, currency, price)
			}
		}
	})
}
