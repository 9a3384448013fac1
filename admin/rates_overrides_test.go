package admin_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/admin/admintest"
	"github.com/ilp-go/connector/rate"
)

// newPricing returns a node with prices: a dollar is worth 4 XRP by two sources, an
// euro 5 XRP that have jumped from 2, and GBP has no price.
func newPricing(t *testing.T) (*admintest.Node, *rate.Pricing) {
	t.Helper()
	n := newNode(t)
	spread, err := rate.ParseSpread("0.01")
	if err != nil {
		t.Fatal(err)
	}
	d := rate.NewPricing(rate.PricingOptions{Spread: spread, MaxJump: big.NewRat(1, 2), Publish: func(*rate.Table) {}})
	now := time.Now().Add(-90 * time.Second)
	offer := func(eur int64) {
		d.Offer(rate.NewPriceTable("combined", map[string]rate.Price{
			"USD": {
				Value: big.NewRat(1, 4), Source: "kraken", At: now, MaxAge: time.Hour,
				Others: []rate.Price{{Value: big.NewRat(26, 100), Source: "bitstamp", At: now}},
			},
			"EUR": {Value: big.NewRat(1, eur), Source: "kraken", At: now, MaxAge: time.Hour},
			"XRP": {Value: big.NewRat(1, 1), Source: "kraken", At: now},
		}, map[string]string{"GBP": "kraken answers 503"}, spread))
	}
	offer(2)
	offer(5)
	take(n, d)
	for _, a := range []*account.Account{
		account.New("eve", account.Settings{AssetCode: "EUR", AssetScale: 3, Spread: "1/2"}),
		account.New("gil", account.Settings{AssetCode: "GBP", AssetScale: 3}),
	} {
		if err := n.Registry.Add(a); err != nil {
			t.Fatal(err)
		}
	}
	return n, d
}

// take makes a node show the state of a Pricing.
func take(n *admintest.Node, d *rate.Pricing) {
	n.Priced = d.State()
}

func get[T any](t *testing.T, api *admin.API, path string) (document T) {
	t.Helper()
	w := answer(api, call(http.MethodGet, path, ""))
	if err := json.Unmarshal(w.Body.Bytes(), &document); w.Code != http.StatusOK || err != nil {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	return document
}

func TestRatesOfAnAccountHaveItsOwnSpread(t *testing.T) {
	n, _ := newPricing(t)
	api := newAPI(t, n, loopback())
	for query, want := range map[string]string{
		"?from=eve":                     `{"eve":{"zoe":1000000,"alice":0.025,"bob":2.5,"gil":null}}`, // half of 2 XRP, of an account with half as its spread
		"?to=eve":                       `{"zoe":{"eve":2.5e-7},"alice":{"eve":10},"bob":{"eve":0.1},"eve":{},"gil":{"eve":null}}`,
		"?from=alice&to=bob":            `{"alice":{"bob":99}}`,
		"?after=alice&to=zoe":           `{"bob":{"zoe":396000},"eve":{"zoe":1000000},"gil":{"zoe":null}}`,
		"?limit=1&to=bob":               `{"zoe":{"bob":0.000002475}}`,
		"?after=gil":                    `{}`,
		"?from=gil&to=zoe&reasons=true": `{"gil":{"zoe":"GBP has no price now: kraken answers 503"}}`,
	} {
		if w := answer(api, call(http.MethodGet, "/rates"+query, "")); w.Code != http.StatusOK || w.Body.String() != want {
			t.Errorf("%s: %d %s\nwant %s", query, w.Code, w.Body, want)
		}
	}
}

// A price that is too old while a new one is held back has a remedy: the new one.
func TestPriceThatIsHeldBackIsTheRemedyForOneTooOld(t *testing.T) {
	n := newNode(t)
	d := rate.NewPricing(rate.PricingOptions{MaxJump: big.NewRat(1, 5), Publish: func(*rate.Table) {}})
	for i, usd := range []int64{1, 3} {
		at := time.Now().Add(time.Duration(i-2) * time.Hour)
		d.Offer(rate.NewPriceTable("market", map[string]rate.Price{
			"XRP": {Value: big.NewRat(1, 1), At: time.Now()},
			"USD": {Value: big.NewRat(usd, 1), Source: "market", At: at, MaxAge: 90 * time.Minute},
		}, nil, rate.Spread{}))
	}
	take(n, d)
	x := get[admin.RateExplanation](t, newAPI(t, n, loopback()), "/rates/explain?from=XRP&to=USD")
	if !strings.Contains(x.Reason, "the price of USD is too old") || !strings.HasPrefix(x.Remedy, "confirm the new price, which is held back, with 'ilp-connector rates confirm USD --price 3'") {
		t.Errorf("%s; %s", x.Reason, x.Remedy)
	}
}

func TestRatesAreBounded(t *testing.T) {
	n := newNode(t)
	n.Registry = account.NewRegistry()
	for i := range 1001 {
		if err := n.Registry.Add(account.New(fmt.Sprint("account-", i), account.Settings{AssetCode: "USD", AssetScale: 2})); err != nil {
			t.Fatal(err)
		}
	}
	api := newAPI(t, n, loopback())
	w := answer(api, call(http.MethodGet, "/rates", ""))
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "from or to, or read page after page with limit") {
		t.Errorf("%d %.200s", w.Code, w.Body)
	}
	rowsOf := func(query string) int { // decoding a million rates takes long
		return strings.Count(answer(api, call(http.MethodGet, "/rates"+query, "")).Body.String(), `":{`)
	}
	first := rowsOf("?limit=999999")
	if first*1001 > 1_000_000 || rowsOf(fmt.Sprint("?limit=999999&after=account-", first-1)) != 1001-first || rowsOf("?limit=2&after=account-5") != 2 {
		t.Errorf("the first page has %d accounts", first)
	}
	if row := get[admin.Rates](t, api, "/rates?from=account-7"); len(row) != 1 || len(row[0].Value) != 1000 {
		t.Errorf("%d rows", len(row))
	}
}

func TestRateIsExplained(t *testing.T) {
	n, d := newPricing(t)
	api := newAPI(t, n, loopback())

	x := get[admin.RateExplanation](t, api, "/rates/explain?from=alice&to=zoe&amount=7")
	if x.Price.Exact != "4" || x.PriceBy != "prices" || x.Spread.Exact != "1/100" || x.Spread.Of != "node" || x.ScaleShift != 7 ||
		x.Rate.Numerator != "39600000" || x.Rate.Denominator != "1" || x.Example.Amount != "7" || x.Example.Outgoing != "277200000" || x.Reason != "" {
		t.Errorf("%+v %+v %+v", x, x.Rate, x.Example)
	}
	p := x.From.Price
	if p.Decimal != "0.25" || p.Source != "kraken" || p.AgeMs < 90_000 || p.MaxAgeMs != 3_600_000 || len(p.Others) != 1 || p.Others[0].Source != "bitstamp" {
		t.Errorf("%+v", p)
	}

	x = get[admin.RateExplanation](t, api, "/rates/explain?from=zoe&to=eve&amount=7")
	if x.Spread.Of != "account" || x.Spread.Account != "eve" || x.Rate.Numerator != "1" || x.Rate.Denominator != "4000000" ||
		x.Example.Product.Exact != "7/4000000" || x.Example.Outgoing != "0" || x.To.HeldBack.Came.Exact != "1/5" || x.To.HeldBack.Used.Exact != "1/2" {
		t.Errorf("%+v %+v %+v", x, x.Rate, x.Example)
	}

	if x = get[admin.RateExplanation](t, api, "/rates/explain?from=EUR&to=USD:2"); x.From.AssetScale != 9 || x.To.AssetScale != 2 || x.Example.Amount != "1000000000" || x.Example.Outgoing != "49" {
		t.Errorf("%+v %+v", x, x.Example)
	}
	x = get[admin.RateExplanation](t, api, "/rates/explain?from=alice&to=gil")
	if x.Rate != nil || x.Reason != "GBP has no price now: kraken answers 503" || !strings.Contains(x.Remedy, "rates pin USD GBP PRICE") || x.From.Price == nil {
		t.Errorf("%+v", x)
	}

	if err := d.Pin(rate.Pin{Pair: rate.Pair{From: "XRP", To: "USD"}, Price: big.NewRat(1, 3), Override: rate.Override{Reason: "a deal"}}); err != nil {
		t.Fatal(err)
	}
	take(n, d)
	if x = get[admin.RateExplanation](t, api, "/rates/explain?from=alice&to=zoe"); x.PriceBy != "pin" || x.Price.Exact != "3" || x.Pin.Price.Exact != "1/3" || x.Pin.From != "XRP" {
		t.Errorf("%+v", x)
	}
	d.Pause(rate.Pause{Pair: rate.Pair{From: "XRP", To: "USD"}})
	take(n, d)
	if x = get[admin.RateExplanation](t, api, "/rates/explain?from=alice&to=zoe"); x.Pause == nil || x.Rate != nil || !strings.Contains(x.Remedy, "rates resume USD XRP") {
		t.Errorf("%+v", x)
	}
}

// Pinned pairs and equal assets trade before the first prices come, so they are shown.
func TestRatesThatNeedNoPricesAreShownBeforeTheFirst(t *testing.T) {
	n := newNode(t) // with zoe of XRP, and alice and bob of USD
	d := rate.NewPricing(rate.PricingOptions{Publish: func(*rate.Table) {}})
	take(n, d)
	api := newAPI(t, n, loopback())
	if w := answer(api, call(http.MethodGet, "/rates", "")); w.Body.String() != `{"zoe":{"alice":null,"bob":null},"alice":{"zoe":null,"bob":100},"bob":{"zoe":null,"alice":0.01}}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := answer(api, call(http.MethodGet, "/rates?from=zoe", "")); w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "exchange rates are not available yet.") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if x := get[admin.RateExplanation](t, api, "/rates/explain?from=alice&to=zoe"); x.Reason != "no prices have come yet" || x.Rate != nil {
		t.Errorf("%+v", x)
	}
	if err := d.Pin(rate.Pin{Pair: rate.Pair{From: "XRP", To: "USD"}, Price: big.NewRat(1, 4)}); err != nil {
		t.Fatal(err)
	}
	take(n, d)
	if w := answer(api, call(http.MethodGet, "/rates?from=zoe&to=alice", "")); w.Body.String() != `{"zoe":{"alice":2.5e-8}}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if x := get[admin.RateExplanation](t, api, "/rates/explain?from=alice&to=zoe"); x.PriceBy != "pin" || x.Price.Exact != "4" || x.Reason != "" {
		t.Errorf("%+v", x)
	}
	if w := answer(api, call(http.MethodPost, "/rates/pins?ephemeral=true", `{"from":"XRP","to":"USD","price":"1/2"}`)); !strings.Contains(w.Body.String(), `"before":{"exact":"1/4"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	d.Pause(rate.Pause{Pair: rate.Pair{From: "XRP", To: "USD"}})
	take(n, d)
	if x := get[admin.RateExplanation](t, api, "/rates/explain?from=alice&to=zoe"); x.Pause == nil || x.Pin == nil || !strings.Contains(x.Reason, "paused") {
		t.Errorf("%+v", x)
	}
}

func TestRateOverridesShowsWhatOperatorsDo(t *testing.T) {
	n, d := newPricing(t)
	if err := d.Pin(rate.Pin{Pair: rate.Pair{From: "XRP", To: "USD"}, Price: big.NewRat(1, 3), Override: rate.Override{At: time.UnixMilli(0), Reason: "a deal", By: "192.0.2.1:7"}}); err != nil {
		t.Fatal(err)
	}
	d.Pause(rate.Pause{Pair: rate.Pair{From: "EUR", To: "USD"}, Override: rate.Override{At: time.UnixMilli(5), Reason: "an attack", By: "192.0.2.1:8", Ephemeral: true}})
	take(n, d)
	overrides := get[admin.RateOverrides](t, newAPI(t, n, loopback()), "/rates/overrides")
	if overrides.Source != "combined" || len(overrides.Pins) != 1 || overrides.Pins[0].Price.Decimal != "0.333333333333333" || overrides.Pins[0].Reason != "a deal" ||
		len(overrides.Pauses) != 1 || overrides.Pauses[0].From != "EUR" || len(overrides.Held) != 1 || overrides.Held[0].Used.Exact != "1/2" || overrides.Held[0].Came.Source != "kraken" || overrides.Held[0].Since.IsZero() {
		t.Errorf("%+v", overrides)
	}
	if p, o := overrides.Pins[0], overrides.Pauses[0]; p.By != "192.0.2.1:7" || p.Ephemeral || p.At.UnixMilli() != 0 ||
		o.By != "192.0.2.1:8" || !o.Ephemeral || o.Reason != "an attack" || o.At.UnixMilli() != 5 {
		t.Errorf("%+v %+v", p, o)
	}
	n = newNode(t)
	n.RateTable = nil
	if w := answer(newAPI(t, n, loopback()), call(http.MethodGet, "/rates/overrides", "")); w.Body.String() != `{"pins":[],"pauses":[],"held":[]}` {
		t.Errorf("without overrides it is %s", w.Body)
	}
}

func TestEveryChangeOfRatesIsAudited(t *testing.T) {
	n, _ := newPricing(t)
	api := newAPI(t, n, loopback())
	for _, c := range []struct{ method, path, body, want, audited string }{
		{http.MethodPost, "/rates/pins?ephemeral=true", `{"from":"XRP","to":"USD","price":"27/100","reason":"a deal"}`, `"price":{"exact":"27/100","decimal":"0.27"},`, "pin rate a deal map[ephemeral:true from:XRP price:27/100 to:USD]"},
		{http.MethodDelete, "/rates/pins?from=XRP&to=USD&reason=over", "", `"from":"XRP","to":"USD","price":{"exact":"27/100","decimal":"0.27"}`, "unpin rate over map[from:XRP price:27/100 to:USD]"},
		{http.MethodPost, "/rates/pauses", `{"from":"EUR","to":"USD","reason":"an attack"}`, `"reason":"an attack","by":"`, "pause rate an attack map[from:EUR to:USD]"},
		{http.MethodDelete, "/rates/pauses?from=EUR&to=USD", "", `"reason":"an attack","by":"`, "resume rate  map[from:EUR to:USD]"},
		{http.MethodPost, "/rates/confirm", `{"currency":"EUR","price":"0.2","reason":"seen"}`, `"came":{"exact":"1/5"`, "confirm price seen map[came:1/5 currency:EUR used:1/2]"},
		{http.MethodPost, "/rates/prices", `{"prices":{"EUR":"0.92","JPY":150.25,"CHF":null}}`, `{"prices":{"CHF":null,"EUR":{"exact":"23/25","decimal":"0.92"},"JPY":{"exact":"601/4","decimal":"150.25"}}}`, "set prices  map[price of CHF:none price of EUR:23/25 price of JPY:601/4]"},
	} {
		w := answer(api, call(c.method, c.path, c.body))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s %s: %d %s", c.method, c.path, w.Code, w.Body)
			continue
		}
		e := get[admin.AuditLog](t, api, "/audit").Entries[0]
		if got := fmt.Sprint(e.What, " ", e.Reason, " ", e.Details); got != c.audited || e.Outcome != "done" {
			t.Errorf("%s %s: audited %s %s", c.method, c.path, got, e.Outcome)
		}
	}
	if n.Posted["CHF"] != nil || n.Posted["JPY"].RatString() != "601/4" {
		t.Errorf("the prices are %v", n.Posted)
	}
}

func TestBadChangesOfRatesNameEveryFault(t *testing.T) {
	n, _ := newPricing(t)
	api := newAPI(t, n, loopback())
	long := strings.Repeat("x", 501)
	for _, c := range []struct {
		method, path, body string
		status             int
		want               []string
	}{
		{http.MethodPost, "/rates/pins?ephemeral=maybe", `{"from":"","too":"USD","price":"-1","reason":"` + long + `"}`, 400, []string{
			"from is missing", "to is missing", `"too" is no field of the body: it may have from, to, price, reason`, "price: the price is negative", `the "reason" is not a string`, "ephemeral in the query",
		}},
		{http.MethodPost, "/rates/pins", `[]`, 400, []string{"the body is no JSON object", "price is missing"}},
		{http.MethodPost, "/rates/pins", `{"from":"USD","to":"USD","price":"1/0"}`, 400, []string{`both "USD"`, "divides by a number that is not above 0"}},
		{http.MethodPost, "/rates/pins", `{"from":1,"to":"USD","price":"1,08"}`, 400, []string{"from is no string", "not a decimal number"}},
		{http.MethodPost, "/rates/pins", `{"from":"UDS","to":"RXP","price":"1"}`, 409, []string{`no account has the asset "UDS"`, `no account has the asset "RXP"`, "force=true"}},
		{http.MethodPost, "/rates/pins", `{"from":"XRP","to":"USD","price":"4"}`, 409, []string{"XRP/USD is 0.25 by its sources, and 4 is", "direction"}},
		{http.MethodPost, "/rates/pauses", `{"from":"UDS","to":"USD"}`, 409, []string{`no account has the asset "UDS"`}},
		{http.MethodDelete, "/rates/pins?reason=" + long, "", 400, []string{"from is missing", "to is missing", "the reason has 501 bytes"}},
		{http.MethodDelete, "/rates/pins?from=USD&to=XRP", "", 404, []string{"USD/XRP is not pinned"}},
		{http.MethodDelete, "/rates/pauses?from=USD&to=XRP", "", 404, []string{"USD/XRP is not paused"}},
		{http.MethodPost, "/rates/confirm", `{}`, 400, []string{"currency is missing"}},
		{http.MethodPost, "/rates/confirm", `{"currency":"USD"}`, 409, []string{"held back"}},
		{http.MethodPost, "/rates/confirm", `{"currency":"EUR","price":"1/4"}`, 409, []string{`"EUR" that is held back is 1/5, and not 1/4`}},
		{http.MethodPost, "/rates/confirm", `{"price":"x"}`, 400, []string{"currency is missing", `price: "x" is not`}},
		{http.MethodPost, "/rates/prices", `{"prices":{}}`, 400, []string{"no object with 1 to 100 currencies"}},
		{http.MethodPost, "/rates/prices", `{"prices":{"EUR":"x","USD":0,"":"1"}}`, 400, []string{"prices is missing", `prices.EUR: "x" is not`, "prices.USD: the price is zero"}},
		{http.MethodGet, "/rates/explain?from=nobody&to=XXX:2", "", 404, []string{`"nobody"`, `"XXX:2"`, "a currency such as EUR or EUR:9"}},
		{http.MethodGet, "/rates/explain?amount=-1", "", 400, []string{"from is missing", "to is missing", "amount is"}},
		{http.MethodGet, "/rates?from=zoe&to=zoe&limit=0&reasons=x", "", 400, []string{"to itself", "limit is not", "leave out limit", "reasons in the query"}},
		{http.MethodGet, "/rates?to=nobody", "", 404, []string{"unknown account id. accountId=nobody"}},
	} {
		w := answer(api, call(c.method, c.path, c.body))
		if w.Code != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, w.Code, c.status)
		}
		for _, want := range c.want {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s %s: %q is not in\n%s", c.method, c.path, want, w.Body)
			}
		}
	}
	if w := answer(api, call(http.MethodPost, "/rates/pins?force=true", `{"from":"RXP","to":"USD","price":"4"}`)); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"before":null`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}
