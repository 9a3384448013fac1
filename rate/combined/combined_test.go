package combined

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/ilp-go/connector/rate"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a source that a test writes.
type fake struct {
	prices  map[string]string
	missing map[string]string
	maxAge  time.Duration
	at      time.Time // now if it is zero
	err     error
	certain bool
	lists   []string     // nil for all
	asked   atomic.Int32 // one fake may be several sources
}

func (f *fake) Rates(context.Context) (*rate.Table, error) {
	f.asked.Add(1)
	if f.err != nil {
		return nil, f.err
	}
	prices := map[string]rate.Price{}
	at := f.at
	if at.IsZero() {
		at = time.Now()
	}
	for currency, text := range f.prices {
		value, ok := new(big.Rat).SetString(text)
		if !ok {
			panic(text)
		}
		prices[currency] = rate.Price{Value: value, Source: "fake", At: at, MaxAge: f.maxAge, Certain: f.certain}
	}
	return rate.NewPriceTable("fake", prices, f.missing, rate.Spread{}), nil
}

func (f *fake) Lists(currency string) bool {
	return f.lists == nil || strings.Contains(strings.Join(f.lists, " "), currency)
}

// join combines sources, whose names are a, b and so on.
func join(t testing.TB, mode Mode, backends ...rate.Backend) *Backend {
	t.Helper()
	c := Config{Name: "combined", Mode: mode}
	for i, backend := range backends {
		c.Sources = append(c.Sources, Source{Name: string(rune('a' + i)), Backend: backend})
	}
	b, err := Join(rate.Options{Currencies: func() []string { return []string{"EUR", "BTC"} }}, c)
	if err != nil {
		t.Fatal(err)
	}
	switch b := b.(type) {
	case settable:
		return b.Backend
	case *Backend:
		return b
	}
	panic("another type")
}

func ask(t testing.TB, b rate.Backend) *rate.Table {
	t.Helper()
	table, err := b.Rates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// between returns a rate between two currencies, or the text of the error.
func between(table *rate.Table, from, to string) string {
	r, err := table.Between(rate.Asset{Code: from}, rate.Asset{Code: to})
	if err != nil {
		return err.Error()
	}
	return r.String()
}

func others(table *rate.Table, currency string) (said []string) {
	for _, other := range table.Prices()[currency].Others {
		said = append(said, other.Value.RatString())
	}
	return said
}

func TestFirstSourceCountsAndTheOthersSecondIt(t *testing.T) {
	table := ask(t, join(t, Ordered,
		&fake{prices: map[string]string{"EUR": "1", "USD": "1.1"}},
		&fake{prices: map[string]string{"EUR": "1", "USD": "1.2", "JPY": "160"}},
		&fake{prices: map[string]string{"JPY": "1", "USD": "1/150", "EUR": "1/165"}},
	))
	if got := between(table, "EUR", "USD"); got != "11/10" {
		t.Errorf("EUR to USD: %s", got)
	}
	if got := fmt.Sprint(others(table, "USD")); got != "[6/5 11/10]" {
		t.Errorf("the others say of USD %s", got)
	}
	if got := fmt.Sprint(between(table, "EUR", "JPY"), " ", others(table, "JPY")); got != "160 [165]" {
		t.Errorf("JPY: %s", got)
	}
}

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		said         []string
		want, others string
	}{
		{[]string{"2"}, "2", "[]"},
		{[]string{"2", "3"}, "5/2", "[2 3]"},
		{[]string{"2", "1000", "3"}, "3", "[2 1000]"},
		{[]string{"4", "1/1000", "2", "3"}, "5/2", "[1/1000 4 2 3]"},
	} {
		var sources []rate.Backend
		for _, said := range c.said {
			sources = append(sources, &fake{prices: map[string]string{"EUR": "1", "XRP": said}})
		}
		table := ask(t, join(t, Median, sources...))
		if got := between(table, "EUR", "XRP"); got != c.want {
			t.Errorf("%v: %s, want %s", c.said, got, c.want)
		}
		if got := fmt.Sprint(others(table, "XRP")); got != c.others {
			t.Errorf("%v: the others say %s, want %s", c.said, got, c.others)
		}
	}
}

// A price that a source has from another one is no vote of its own.
func TestMedianCountsNoPriceTwice(t *testing.T) {
	table := ask(t, join(t, Median,
		&fake{prices: map[string]string{"EUR": "1", "USD": "1.1"}},
		&fake{prices: map[string]string{"USD": "1", "BTC": "1/60000"}},
		&fake{prices: map[string]string{"EUR": "1", "USD": "1.2"}},
	))
	if got := between(table, "EUR", "USD"); got != "23/20" {
		t.Errorf("EUR to USD: %s", got)
	}
}

// No digit is lost, and the price is as old as the oldest that it is made of.
func TestSharedCurrencyLinksSourcesExactly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		table := ask(t, join(t, Ordered,
			&fake{prices: map[string]string{"EUR": "1", "USD": "1.0876"}, at: now.Add(-2 * time.Hour), maxAge: 24 * time.Hour},
			&fake{prices: map[string]string{"USD": "1", "BTC": "10/600007"}, at: now.Add(-time.Minute), maxAge: time.Hour},
			&fake{prices: map[string]string{"BTC": "1", "XRP": "123456.789"}, at: now, maxAge: 48 * time.Hour},
		))
		want, _ := new(big.Rat).SetString("1.0876")
		for _, factor := range []string{"10/600007", "123456.789"} {
			f, _ := new(big.Rat).SetString(factor)
			want.Mul(want, f)
		}
		if got := between(table, "EUR", "XRP"); got != want.RatString() {
			t.Errorf("EUR to XRP: %s, want %s", got, want.RatString())
		}
		xrp := table.Prices()["XRP"]
		if !xrp.At.Equal(now.Add(-2*time.Hour)) || !xrp.End().Equal(now.Add(59*time.Minute)) {
			t.Errorf("it is of %s and ends %s; it is %s", xrp.At, xrp.End(), now)
		}
		if b := table.Prices()["BTC"]; !b.End().Equal(now.Add(59 * time.Minute)) {
			t.Errorf("BTC ends %s", b.End())
		}
	})
}

// What the first source says of USD is all that links the second: if the first is wrong by a
// factor, so are all prices of the second, in the base. They must not second it.
func TestLinkedSourceSecondsNothingOfItsLink(t *testing.T) {
	first := &fake{prices: map[string]string{"EUR": "1", "USD": "1.1", "JPY": "165"}}
	second := &fake{prices: map[string]string{"USD": "1", "JPY": "150", "BTC": "1/60000"}}
	third := &fake{prices: map[string]string{"USD": "1", "JPY": "150", "BTC": "1/60001"}}
	b := join(t, Ordered, first, second, third)
	var traded *rate.Table
	pricing := rate.NewPricing(rate.PricingOptions{MaxJump: big.NewRat(1, 5), Publish: func(table *rate.Table) { traded = table }})
	pricing.Offer(ask(t, b))
	before := map[string]string{}
	for _, to := range []string{"USD", "JPY", "BTC"} {
		before[to] = between(traded, "EUR", to)
	}
	first.prices = map[string]string{"EUR": "1", "USD": "110", "JPY": "16500"}
	if held, _ := pricing.Offer(ask(t, b)); len(held) != 3 {
		t.Errorf("%d prices are held back: %+v", len(held), held)
	}
	for to, want := range before {
		if got := between(traded, "EUR", to); got != want {
			t.Errorf("EUR to %s: %s, before %s", to, got, want)
		}
	}
}

func TestJumpThatTwoSourcesSeeIsNoDoubt(t *testing.T) {
	for name, c := range map[string]struct {
		second string
		held   int
	}{"both": {"10/39", 0}, "one": {"1/2", 1}, "one, and the other was there once": {"1/4", 1}} {
		t.Run(name, func(t *testing.T) {
			first := &fake{prices: map[string]string{"EUR": "1", "XRP": "2"}}
			second := &fake{prices: map[string]string{"XRP": "1", "EUR": "1/2"}}
			b := join(t, Ordered, first, second)
			pricing := rate.NewPricing(rate.PricingOptions{MaxJump: big.NewRat(1, 5), Publish: func(*rate.Table) {}})
			pricing.Offer(ask(t, b))
			if first.prices["XRP"], second.prices["EUR"] = "4", c.second; c.held == 1 && c.second == "1/4" {
				first.prices["XRP"] = "2"
				ask(t, b)
				first.prices["XRP"], second.err = "4", errors.New("it is down")
			}
			if held, _ := pricing.Offer(ask(t, b)); len(held) != c.held {
				t.Errorf("held back: %+v", held)
			}
		})
	}
}

func TestOperatorsWordStaysCertain(t *testing.T) {
	static := &fake{prices: map[string]string{"USD": "1", "EUR": "0.9", "ABC": "3"}, certain: true}
	linked := &fake{prices: map[string]string{"ABC": "1", "DEF": "2"}, certain: true}
	table := ask(t, join(t, Ordered, &fake{prices: map[string]string{"EUR": "1", "GBP": "0.8"}}, static, linked))
	for currency, want := range map[string]bool{"EUR": false, "GBP": false, "USD": true, "ABC": true, "DEF": false} {
		if got := table.Prices()[currency].Certain; got != want {
			t.Errorf("%s is certain: %t", currency, got)
		}
	}
}

// A source that fails costs only itself.
func TestSourceThatFails(t *testing.T) {
	var log bytes.Buffer
	bad := &fake{err: errors.New("it is gone"), lists: []string{"BTC"}}
	b := join(t, Ordered, bad, &fake{prices: map[string]string{"EUR": "1", "USD": "1.1"}, missing: map[string]string{"JPY": "the price is zero"}})
	b.o.Log = slog.New(slog.NewTextHandler(&log, nil))
	for range 3 {
		table := ask(t, b)
		if got := between(table, "EUR", "USD"); got != "11/10" {
			t.Errorf("EUR to USD: %s", got)
		}
		if got := fmt.Sprint(table.Missing()); got != "map[BTC:a: it is gone JPY:b: the price is zero]" {
			t.Errorf("missing: %s", got)
		}
		_, err := table.Between(rate.Asset{Code: "EUR"}, rate.Asset{Code: "BTC"})
		if !rate.Temporary(err) {
			t.Errorf("EUR to BTC: %v", err)
		}
		if _, err := table.Between(rate.Asset{Code: "EUR"}, rate.Asset{Code: "XYZ"}); rate.Temporary(err) || err == nil {
			t.Errorf("EUR to XYZ: %v", err)
		}
		b.sources[0].next = time.Time{}
	}
	if n := strings.Count(log.String(), "a source of exchange rates fails"); n != 1 || !strings.Contains(log.String(), "it is gone") {
		t.Errorf("log: %s", &log)
	}
	bad.err, bad.prices = nil, map[string]string{"EUR": "1", "BTC": "1/60000"}
	if got := between(ask(t, b), "EUR", "BTC"); got != "1/60000" {
		t.Errorf("EUR to BTC: %s", got)
	}
	if !strings.Contains(log.String(), "answers again") {
		t.Errorf("log: %s", &log)
	}
}

func TestNoSourceAnswers(t *testing.T) {
	b := join(t, Ordered, &fake{err: errors.New("it is gone")}, &fake{err: errors.New("it is down")})
	if table, err := b.Rates(t.Context()); err == nil || err.Error() != "a: it is gone; b: it is down" {
		t.Errorf("%v, %v", table, err)
	}
}

// hanging hangs, whatever its context says, until the test lets it go.
type hanging chan struct{}

func (h hanging) Rates(context.Context) (*rate.Table, error) {
	<-h
	return nil, errors.New("too late")
}

type panics struct{}

func (panics) Rates(context.Context) (*rate.Table, error) { panic("a bug") }

type nothing struct{}

func (nothing) Rates(context.Context) (*rate.Table, error) { return nil, nil }

type par struct{}

func (par) Rates(context.Context) (*rate.Table, error) {
	return rate.NewTable(time.Now(), rate.Par, rate.Spread{}), nil
}

func TestSourceThatHangsOrBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(hanging)
		good := &fake{prices: map[string]string{"EUR": "1", "USD": "1.1"}}
		b := join(t, Ordered, hang, panics{}, nothing{}, par{}, good)
		began := time.Now()
		table := ask(t, b)
		if got := between(table, "EUR", "USD"); got != "11/10" || time.Since(began) != Timeout {
			t.Errorf("EUR to USD: %s after %s", got, time.Since(began))
		}
		for i, want := range []string{"no answer in time", "it panicked: a bug", "it returned no table", "cannot be combined"} {
			if s := b.sources[i]; s.err == nil || !strings.Contains(s.err.Error(), want) {
				t.Errorf("%s: %v, want %s", s.Name, s.err, want)
			}
		}
		<-time.After(time.Hour)
		if ask(t, b); !errors.Is(b.sources[0].err, errBusy) || good.asked.Load() != 2 {
			t.Errorf("%v, the good one was asked %d times", b.sources[0].err, good.asked.Load())
		}
		close(hang)
		synctest.Wait()
		<-time.After(time.Hour)
		if ask(t, b); b.sources[0].err.Error() != "too late" {
			t.Errorf("%v", b.sources[0].err)
		}
	})
}

// What there is comes in the time that the poller gives.
func TestAnswersInTimeForThePoller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(hanging)
		defer close(hang)
		b := join(t, Ordered, hang, &fake{prices: map[string]string{"EUR": "1", "USD": "1.1"}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := b.Rates(ctx); err != nil || ctx.Err() != nil {
			t.Errorf("%v, %v", err, ctx.Err())
		}
	})
}

// The last prices of a source stay in use until they are too old. Then the next source counts.
func TestLastPricesOfASourceThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := &fake{prices: map[string]string{"EUR": "1", "USD": "1.1"}, maxAge: time.Hour}
		b := join(t, Ordered, first, &fake{prices: map[string]string{"EUR": "1", "USD": "1.2"}, maxAge: time.Hour})
		ask(t, b)
		first.err = errors.New("it is down")
		for after, want := range []string{"11/10", "6/5"} {
			table := ask(t, b)
			if got := between(table, "EUR", "USD"); got != want {
				t.Errorf("after %d hours: %s", after, got)
			}
			<-time.After(time.Hour)
		}
	})
}

// If the base has no usable price any more, the prices of the others go on as they were.
func TestBaseThatGoesStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bank := &fake{prices: map[string]string{"EUR": "1", "USD": "2", "JPY": "300"}, maxAge: time.Hour}
		market := &fake{prices: map[string]string{"USD": "1", "BTC": "1/60000"}, maxAge: time.Hour}
		b := join(t, Ordered, bank, market)
		before := ask(t, b)
		bank.err = errors.New("it is down")
		<-time.After(2 * time.Hour)
		market.prices["BTC"] = "1/61000"
		after := ask(t, b)
		for _, currency := range []string{"USD", "BTC"} {
			p := after.Prices()[currency]
			ratio, _ := new(big.Rat).Quo(p.Value, before.Prices()[currency].Value).Float64()
			if ratio < 0.9 || ratio > 1.1 || !time.Now().Before(p.End()) {
				t.Errorf("%s is %v times what it was, and ends %s", currency, ratio, p.End())
			}
		}
		if got := between(after, "USD", "BTC"); got != "1/61000" {
			t.Errorf("USD to BTC: %s", got)
		}
		for _, currency := range []string{"EUR", "JPY"} {
			if p, there := after.Prices()[currency]; there && time.Now().Before(p.End()) {
				t.Errorf("%s is still good until %s", currency, p.End())
			}
		}
	})
}

func TestSourcesWithoutALink(t *testing.T) {
	table := ask(t, join(t, Ordered, &fake{prices: map[string]string{"EUR": "1", "USD": "2"}}, &fake{prices: map[string]string{"ABC": "1", "DEF": "2"}}))
	if got := table.Missing()["DEF"]; got != "b: no currency links its prices to those of the other sources" {
		t.Errorf("%q", got)
	}
}

// busy is the error of a source that wants to be left alone.
type busy time.Duration

func (busy) Error() string               { return "busy" }
func (b busy) RetryAfter() time.Duration { return time.Duration(b) }

func TestEachSourceIsAskedWhenItIsItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		daily := &fake{prices: map[string]string{"EUR": "1", "USD": "2"}}
		often := &fake{prices: map[string]string{"EUR": "1", "XRP": "2"}}
		limited := &fake{err: fmt.Errorf("quota: %w", busy(time.Hour))}
		b := join(t, Ordered, daily, often, limited)
		b.sources[0].Interval = time.Hour
		for range 90 { // minutes
			ask(t, b)
			<-time.After(time.Minute)
		}
		if daily.asked.Load() != 2 || often.asked.Load() != 90 || limited.asked.Load() != 2 {
			t.Errorf("asked %d, %d and %d times", daily.asked.Load(), often.asked.Load(), limited.asked.Load())
		}
	})
}

// The price in the middle of two sources is one that neither of them says. Near it there is always the
// higher one if maxJump is large, so that a single source that lies would confirm its own jump.
func TestOneOfTwoSourcesConfirmsNoJumpOfTheMiddle(t *testing.T) {
	for _, c := range []struct {
		jump int64 // in tenths
		lie  string
		held int
	}{{10, "2000", 1}, {2, "2.9", 1}, {10, "7.9", 1}, {10, "3", 0}} {
		honest := &fake{prices: map[string]string{"EUR": "1", "XRP": "2"}}
		liar := &fake{prices: map[string]string{"EUR": "1", "XRP": "2"}}
		b := join(t, Median, honest, liar)
		pricing := rate.NewPricing(rate.PricingOptions{MaxJump: big.NewRat(c.jump, 10), Publish: func(*rate.Table) {}})
		pricing.Offer(ask(t, b))
		liar.prices["XRP"] = c.lie
		held, _ := pricing.Offer(ask(t, b))
		if len(held) != c.held {
			t.Errorf("with a bound of %d/10 and a source that says %s, held back are %+v", c.jump, c.lie, held)
		}
	}
	both := []*fake{{prices: map[string]string{"EUR": "1", "XRP": "2"}}, {prices: map[string]string{"EUR": "1", "XRP": "2"}}}
	b := join(t, Median, both[0], both[1])
	pricing := rate.NewPricing(rate.PricingOptions{MaxJump: big.NewRat(1, 5), Publish: func(*rate.Table) {}})
	pricing.Offer(ask(t, b))
	both[0].prices["XRP"], both[1].prices["XRP"] = "4", "4"
	if held, _ := pricing.Offer(ask(t, b)); len(held) != 0 {
		t.Errorf("a jump that both sources see is held back: %+v", held)
	}
}
