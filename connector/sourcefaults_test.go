package connector_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/connector"
	"github.com/ilp-go/connector/ilptest/pricesource"
)

// saying is what a source says of the price of a currency.
type saying struct {
	price string // as the document has it, empty if it has none
	at    time.Time
	base  string
}

// format is a backend, and how its source answers at http://prices.test/ and its name.
type format struct {
	name     string
	config   string
	currency string
	write    func(s saying) string // the document
	good     string                // the price at which 1 EUR is worth 2 units of the currency
	jumped   string                // a price a thousand times as much, or as little
	named    []string              // how alerts name the source
	lacks    string                // what the document does not say: its base, its time
	fallback bool                  // another source says the same, and never fails
}

// document returns a list in the format of backend http.
func document(s saying, currency string) string {
	more := ""
	if s.price != "" {
		more = fmt.Sprintf(`, %q: %q`, currency, s.price)
	}
	return fmt.Sprintf(`{"base": %q, "at": %q, "prices": {"GBP": "0.8"%s}}`, s.base, s.at.UTC().Format(time.RFC3339), more)
}

// bank returns a list in the format of the bank. No two are equal.
func bank(s saying) string {
	more := ""
	if s.price != "" {
		more = fmt.Sprintf("<Cube currency='USD' rate='%s'/>", s.price)
	}
	euro := "1"
	if s.base != "EUR" {
		euro = "1.1"
	}
	return fmt.Sprintf("<Cube time='%s'><Cube currency='EUR' rate='%s'/><Cube currency='GBP' rate='0.8'/>%s</Cube><!-- %d -->",
		s.at.UTC().Format(time.DateOnly), euro, more, time.Now().UnixNano())
}

func coins(s saying) string {
	quote := "null"
	if s.price != "" {
		quote = fmt.Sprintf(`{%q: {"price": %q, "last_updated": %q}}`, s.base, s.price, s.at.UTC().Format(time.RFC3339))
	}
	return fmt.Sprintf(`{"status": {"error_code": 0}, "data": {"BTC": [{"id": 1, "is_active": 1, "quote": %s}]}}`, quote)
}

func kraken(s saying) string {
	prices := ""
	if s.price != "" {
		prices = fmt.Sprintf("%q", s.price)
	}
	return fmt.Sprintf(`{"error": [], "result": {"XXRPZ%s": {"c": [%s]}}}`, s.base, prices)
}

// without writes a price of a JSON document, or nothing if there is none.
func without(s saying, name string) string {
	if s.price == "" {
		return ""
	}
	return fmt.Sprintf("%q: %q, ", name, s.price)
}

func xrpMarket(name, lacks string, write func(saying) string) format {
	return format{
		name: name, currency: "XRP", write: write, good: "0.5", jumped: "500", named: []string{name + " of exchange rates", name + ": ", "by " + name}, lacks: lacks,
		config: `
backend: ecb-plus-xrp
backendConfig: {ratesApiUrl: "http://prices.test/bank", xrpMaxAge: 600000, xrpSources: [{source: ` + name + `, url: "http://prices.test/` + name + `"}]}
`,
	}
}

// formats has each backend that fetches prices, alone and among others.
var formats = []format{
	{
		name: "ecb", currency: "USD", write: bank, good: "2", jumped: "2000", named: []string{"prices.test/ecb", "by ecb", "by ECB"},
		config: `
backend: ecb
backendConfig: {ratesApiUrl: "http://prices.test/ecb", maxAge: 600000, interval: 60000}
`,
	},
	xrpMarket("bitstamp", "base", func(s saying) string { return fmt.Sprintf(`{%s"timestamp": "%d"}`, without(s, "last"), s.at.Unix()) }),
	xrpMarket("kraken", "time", kraken),
	xrpMarket("coinbase", "base", func(s saying) string {
		return fmt.Sprintf(`{%s"time": %q}`, without(s, "price"), s.at.UTC().Format(time.RFC3339))
	}),
	xrpMarket("coingecko", "", func(s saying) string {
		return fmt.Sprintf(`{"ripple": {%s"last_updated_at": %d}}`, without(s, strings.ToLower(s.base)), s.at.Unix())
	}),
	{
		name: "coinmarketcap", currency: "BTC", write: coins, good: "0.5", jumped: "0.0005",
		named: []string{"prices.test/coinmarketcap", "coinmarketcap of", "coinmarketcap: ", "by coinmarketcap"},
		config: `
backend: ecb-plus-coinmarketcap
backendConfig: {ratesApiUrl: "http://prices.test/bank", apiKey: key, coinmarketcapUrl: "http://prices.test/coinmarketcap", coinmarketcapMaxAge: 600000, interval: 60000}
`,
	},
	{
		name: "http", currency: "USD", write: func(s saying) string { return document(s, "USD") }, good: "2", jumped: "0.002",
		named:  []string{"prices.test/http"},
		config: "backend: http\nbackendConfig: {url: 'http://prices.test/http', maxAge: 600000}\n",
	},
	{
		name: "among", currency: "USD", write: func(s saying) string { return document(s, "USD") }, good: "2", jumped: "0.002",
		named: []string{"source http of", "prices.test/among"}, fallback: true,
		config: `
backend: combined
backendConfig: {backends: [{backend: http, url: "http://prices.test/among", maxAge: 600000}, {backend: http, url: "http://prices.test/fallback"}]}
`,
	},
	{
		name: "bank among", currency: "USD", write: bank, good: "2", jumped: "2000", named: []string{"source ecb of", "by ECB"}, fallback: true,
		config: `
backend: combined
backendConfig: {backends: [{backend: ecb, ratesApiUrl: "http://prices.test/bank%20among", maxAge: 600000, interval: 60000}, {backend: http, url: "http://prices.test/fallback"}]}
`,
	},
	{
		name: "market among", currency: "XRP", write: kraken, good: "0.5", jumped: "0.0005", lacks: "time",
		named: []string{"source ecb-plus-xrp/kraken of", "by kraken"}, fallback: true,
		config: `
backend: combined
backendConfig:
  backends:
    - {backend: ecb-plus-xrp, ratesApiUrl: "http://prices.test/bank", xrpSources: [{source: kraken, url: "http://prices.test/market among"}], xrpMaxAge: 600000}
    - {backend: http, url: "http://prices.test/fallback"}
`,
	},
	{
		name: "coins among", currency: "BTC", write: coins, good: "0.5", jumped: "0.0005", fallback: true,
		named: []string{"source ecb-plus-coinmarketcap/coinmarketcap of", "source ecb-plus-coinmarketcap of", "by coinmarketcap"},
		config: `
backend: combined
backendConfig:
  backends:
    - {backend: ecb-plus-coinmarketcap, apiKey: key, ratesApiUrl: "http://prices.test/bank", coinmarketcapUrl: "http://prices.test/coins among", interval: 60000, coinmarketcapMaxAge: 600000}
    - {backend: http, url: "http://prices.test/fallback"}
`,
	},
}

// sourceFault is something that is wrong with an answer.
type sourceFault struct {
	name    string
	answer  func(f format) http.Handler
	want    []string // one of these is in the alert
	needs   string   // what the document must say for that
	unknown bool     // at the start it cannot be told from a source that knows it
}

// sayingFaults are those of a document that is sound but for what it says.
func sayingFaults() (all []sourceFault) {
	of := func(name, needs string, unknown bool, edit func(s *saying, f format), want ...string) {
		all = append(all, sourceFault{name: name, needs: needs, unknown: unknown, want: want, answer: func(f format) http.Handler {
			return says(f, func(s *saying) { edit(s, f) })
		}})
	}
	price := func(text string) func(*saying, format) { return func(s *saying, _ format) { s.price = text } }
	of("zero", "", false, price("0"), "the price is zero")
	of("negative", "", false, price("-2"), "the price is negative")
	of("no number", "", false, price("NaN"), `"NaN" is not a decimal number`)
	of("no price", "", true, price(""), "has no price of it any more", "there is nothing at", "there is no price")
	of("absurd", "", false, price("1e30"), "the price is absurd")
	of("a jump", "", true, func(s *saying, f format) { s.price = f.jumped }, "has jumped")
	of("another base", "base", true, func(s *saying, _ format) { s.base = "CHF" },
		"the prices are not per euro", `no more in "EUR"`, "there is nothing at /r", "there is no price")
	of("tomorrow", "time", false, func(s *saying, _ format) { s.at = s.at.Add(48 * time.Hour) }, "check the clock")
	of("last year", "time", false, func(s *saying, _ format) { s.at = s.at.AddDate(-1, 0, 0) }, "too old")
	return all
}

// says answers with what a source says when all is well, but for an edit.
func says(f format, edit func(*saying)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s := saying{f.good, time.Now(), "EUR"}
		edit(&s)
		_, _ = w.Write([]byte(f.write(s)))
	})
}

// Whatever a source answers, the connector runs on, trades at no wrong price, and tells which source has
// which fault until that is over. Another source goes on meanwhile.
func TestFaultsOfEachSource(t *testing.T) {
	faults := sayingFaults()
	for _, f := range pricesource.Faults() {
		faults = append(faults, sourceFault{name: f.Name, want: []string{f.Want}, answer: func(format) http.Handler { return f.Handler }})
	}
	for _, f := range formats {
		for _, fault := range faults {
			if fault.needs != "" && fault.needs == f.lacks {
				continue
			}
			t.Run(f.name+"/"+fault.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { testFault(t, f, fault) })
			})
		}
	}
}

func testFault(t *testing.T, f format, fault sourceFault) {
	var now atomic.Pointer[http.Handler]
	turn := func(h http.Handler) { now.Store(&h) }
	fine := says(f, func(*saying) {})
	if turn(fine); !fault.unknown {
		turn(fault.answer(f))
	}
	p := runPriced(t, f.currency, f.config, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := saying{"2", time.Now(), "EUR"}
		switch r.URL.Path {
		case "/" + f.name:
			(*now.Load()).ServeHTTP(w, r)
		case "/bank":
			s.price = ""
			_, _ = w.Write([]byte(bank(s)))
		case "/fallback":
			_, _ = w.Write([]byte(document(s, f.currency)))
		default:
			t.Errorf("%s is asked", r.URL)
		}
	}))
	defer p.stop()
	faulty := func(when string, allowed ...string) {
		t.Helper()
		turn(fault.answer(f))
		p.pass(5 * time.Minute)
		got := p.trade()
		if f.fallback {
			allowed = []string{"200"}
		}
		if !slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(got, a) }) {
			t.Errorf("%s: a packet is worth %s, want one of %q", when, got, allowed)
		}
		if !slices.ContainsFunc(p.alerts(), func(text string) bool { return hasOne(text, f.named) && hasOne(text, fault.want) }) {
			t.Errorf("%s: no alert names one of %q and one of %q:\n%s", when, f.named, fault.want, strings.Join(p.alerts(), "\n"))
		}
	}
	well := func(when string) {
		t.Helper()
		turn(fine)
		p.pass(8 * time.Minute)
		if got := p.trade(); got != "200" {
			t.Errorf("%s: a packet is worth %s", when, got)
		}
		if base := connector.Pricing(p.Connector).Table.Base; base != "EUR" {
			t.Errorf("%s: the prices are in %q", when, base)
		}
		if said := p.alerts(); len(said) != 0 {
			t.Errorf("%s: there are alerts:\n%s", when, strings.Join(said, "\n"))
		}
	}
	if !fault.unknown {
		faulty("at the start", "T00")
	}
	well("after a good answer")
	faulty("later", "T00", "200")
	p.pass(6 * time.Minute)
	faulty("when the last good price is too old", "T00")
	well("at the end")
}

func hasOne(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}
