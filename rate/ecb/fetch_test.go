package ecb

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilptest/pricesource"
	"github.com/ilp-go/connector/rate"
)

// ask asks a server that answers with handler.
func ask(ctx context.Context, t *testing.T, handler http.HandlerFunc) (*rate.Table, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	defer server.Close()
	backend, err := New(rate.Options{
		HTTP:   server.Client(),
		Config: map[string]any{"ratesApiUrl": server.URL + "/daily.xml"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return backend.Rates(ctx)
}

// dated returns a document of a day with some elements.
func dated(elements string) string {
	return "<rates><Cube time='2026-03-12'>" + elements + "</Cube></rates>"
}

func daily(t testing.TB) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/daily.xml")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestPricesAreFetched(t *testing.T) {
	table, err := ask(t.Context(), t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/daily.xml" {
			http.NotFound(w, r)
			return
		}
		w.Write(daily(t))
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2026, 3, 12, 15, 0, 0, 0, time.UTC); !table.At.Equal(want) || !table.Prices()["USD"].At.Equal(want) {
		t.Errorf("the prices are of %s, want %s", table.At, want)
	}
	if p := table.Prices()["USD"]; p.MaxAge != 6*24*time.Hour || p.Source != "ECB" || p.Certain {
		t.Errorf("price %+v", p)
	}
	for pair, want := range map[[2]string]string{
		{"EUR", "USD"}: "2719/2500",
		{"USD", "EUR"}: "2500/2719",
		{"GBP", "JPY"}: "701000/3701",
		{"IDR", "IDR"}: "1",
	} {
		r, err := table.Between(rate.Asset{Code: pair[0]}, rate.Asset{Code: pair[1]})
		if err != nil || r.String() != want {
			t.Errorf("%v: %s, %v; want %s", pair, r, err, want)
		}
	}
	_, err = table.Between(rate.Asset{Code: "USD"}, rate.Asset{Code: "XYZ"})
	if err == nil || err.Error() != "no rate available. currency=XYZ" {
		t.Errorf("unknown currency: %v", err)
	}
}

func TestUselessAnswersAreRefused(t *testing.T) {
	pricesource.Check(t, func(t *testing.T, url string, client *http.Client) rate.Backend {
		backend, err := New(rate.Options{HTTP: client, Config: map[string]any{"ratesApiUrl": url}})
		if err != nil {
			t.Fatal(err)
		}
		return backend
	})
}

func TestDocumentsThatAreNoListOfTheBank(t *testing.T) {
	tomorrow := today(time.Now()).AddDate(0, 0, 1).Format(time.DateOnly)
	for body, want := range map[string]string{
		"<rates><rate currency='USD' rate='2'/></rates>": "the answer holds no exchange rates",
		`{"USD": 2}`:         "the answer holds no exchange rates",
		"<rates><Cube time=": "the answer is not the XML of the bank",
		dated("<Cube currency='ABC' rate='N/A'/><Cube currency='DEF' rate='0'/>"):                        `the answer holds no exchange rates; check the address; "ABC": "N/A" is not a decimal number`,
		dated("<Cube currency='EUR' rate='1'/>"):                                                         "the answer holds no exchange rates",
		dated("<Cube currency='EUR' rate='0.92'/><Cube currency='USD' rate='1'/>"):                       `the prices are not per euro: the euro has the price "0.92"`,
		dated("<Cube currency='EUR'/><Cube currency='USD' rate='1'/>"):                                   "the prices are not per euro",
		"<rates><Cube currency='USD' rate='2'/></rates>":                                                 "the answer has no date",
		"<Cube time='12 March'><Cube currency='USD' rate='2'/></Cube>":                                   `the date "12 March" is not one`,
		"<Cube time='2026-02-30'><Cube currency='USD' rate='2'/></Cube>":                                 `the date "2026-02-30" is not one`,
		"<Cube time='" + tomorrow + "'><Cube currency='USD' rate='2'/></Cube>":                           "the prices are of " + tomorrow + ", and today is ",
		"<x><Cube time='2026-03-12'><Cube currency='USD' rate='2'/></Cube><Cube time='2026-03-11'/></x>": "the answer has the prices of several days",
	} {
		table, err := ask(t.Context(), t, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
		if err == nil || table != nil || !strings.Contains(err.Error(), "/daily.xml: "+want) {
			t.Errorf("%s: %v, %v; want %s", body, table, err, want)
		}
	}
}

// An old document is no fault: its prices are old.
func TestPricesOfLastYearAreStale(t *testing.T) {
	lastYear := today(time.Now()).AddDate(-1, 0, 0)
	table, err := ask(t.Context(), t, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "<Cube time='%s'><Cube currency='USD' rate='2'/></Cube>", lastYear.Format(time.DateOnly))
	})
	if err != nil || !table.Stale(time.Now()) || !table.At.Equal(publishedAt(lastYear)) {
		t.Errorf("%+v, %v", table, err)
	}
}

// The prices of today count from now on if 16:00 is still to come.
func TestPricesAreNeverFromTheFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it is midnight in the bubble, UTC
		b := &Backend{maxAge: maxAge}
		found, err := parse([]byte("<Cube time='2000-01-01'><Cube currency='USD' rate='2'/></Cube>"), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if table := b.table(found, time.Now()); !table.At.Equal(time.Now()) {
			t.Errorf("at %s it is %s", table.At, time.Now())
		}
	})
}

func TestMaxAgeOfTheConfiguration(t *testing.T) {
	for value, want := range map[any]time.Duration{nil: maxAge, 3600000: time.Hour, 0: 0} {
		backend, err := New(rate.Options{Config: map[string]any{"maxAge": value}})
		if err != nil || backend.(*Backend).maxAge != want {
			t.Errorf("%v: %+v, %v", value, backend, err)
		}
	}
	if _, err := New(rate.Options{Config: map[string]any{"maxAge": "x"}}); err == nil || !strings.HasPrefix(err.Error(), "backendConfig.maxAge: ") {
		t.Error(err)
	}
}

// The days on which the bank publishes nothing:
// https://www.ecb.europa.eu/ecb/contacts/working-hours/html/index.en.html
func closed(day time.Time, easter map[int]string) bool {
	sunday, err := time.Parse(time.DateOnly, easter[day.Year()])
	if err != nil {
		panic(err)
	}
	switch day.Format("01-02") {
	case "01-01", "05-01", "12-25", "12-26":
		return true
	}
	return day.Weekday() == time.Saturday || day.Weekday() == time.Sunday ||
		day.Equal(sunday.AddDate(0, 0, -2)) || day.Equal(sunday.AddDate(0, 0, 1))
}

// Prices live through each gap between two publications, and a late one: the next may be half a
// day late, and an hour passes until we ask.
func TestPricesLastUntilTheNextPublication(t *testing.T) {
	easter := map[int]string{
		2024: "2024-03-31", 2025: "2025-04-20", 2026: "2026-04-05", 2027: "2027-03-28", 2028: "2028-04-16", 2029: "2029-04-01", 2030: "2030-04-21",
	}
	const late = 12*time.Hour + 2*Interval
	longest := time.Duration(0)
	last := time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)
	for day := last.AddDate(0, 0, 1); day.Year() <= 2030; day = day.AddDate(0, 0, 1) {
		if closed(day, easter) {
			continue
		}
		gap := publishedAt(day).Sub(publishedAt(last))
		price := rate.Price{At: publishedAt(last), MaxAge: maxAge}
		if next := publishedAt(day).Add(late); !next.Before(price.End()) {
			t.Errorf("from %s to %s: the price ends %s", last.Format(time.DateOnly), day.Format(time.DateOnly), price.End())
		}
		longest, last = max(longest, gap), day
	}
	if longest != 5*24*time.Hour {
		t.Errorf("the longest gap is %s", longest)
	}
}

// The document is parsed once, and its prices keep their time.
func TestDocumentThatHasNotChanged(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Write(daily(t))
	}))
	defer server.Close()
	backend, err := New(rate.Options{HTTP: server.Client(), Config: map[string]any{"ratesApiUrl": server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := backend.Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if again, err := backend.Rates(t.Context()); again != first || err != nil || asked != 2 {
		t.Errorf("asked %d times: %v", asked, err)
	}
}

func TestEveryProperPrefixIsRefused(t *testing.T) {
	whole := bytes.TrimSpace(daily(t))
	if _, err := parse(whole, time.Now()); err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if found, err := parse(whole[:n], time.Now()); err == nil {
			t.Errorf("the first %d of %d bytes gave %v", n, len(whole), found)
		}
	}
}

func TestNobodyListens(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	backend, err := New(rate.Options{Config: map[string]any{"ratesApiUrl": server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	if table, err := backend.Rates(t.Context()); err == nil {
		t.Errorf("got %v", table)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(daily(f))
	f.Add([]byte(dated("<Cube currency='USD' rate='1e400'/>")))
	f.Add([]byte(dated("<Cube currency='USD' rate='2'/><Cube currency='USD' rate='x'/><Cube currency='A' rate='1'/>")))
	f.Add([]byte("<html>"))
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, body []byte) {
		found, err := parse(body, now)
		if err != nil {
			return
		}
		if len(found.prices) < 2 || found.prices[base].RatString() != "1" || found.day.After(now) {
			t.Fatalf("%q: %v", body, found)
		}
		for currency, price := range found.prices {
			if currency == "" || rate.CheckPrice(price) != nil || found.missing[currency] != "" {
				t.Fatalf("%q: %q costs %v", body, currency, price)
			}
		}
	})
}
