package rate

import (
	"context"
	"errors"
	"math/big"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pricing is a Pricing whose published table a test looks at.
type pricing struct {
	*Pricing
	t         *testing.T
	published atomic.Pointer[Table]
	count     atomic.Int64
}

func newPricing(t *testing.T, edit func(*PricingOptions)) *pricing {
	d := &pricing{t: t}
	o := PricingOptions{MaxJump: big.NewRat(1, 5), Publish: func(table *Table) { d.published.Store(table); d.count.Add(1) }}
	if edit != nil {
		edit(&o)
	}
	d.Pricing = NewPricing(o)
	return d
}

// offer offers prices of now, in hundredths of the base.
func (d *pricing) offer(cents map[string]int64) []Held {
	held, _ := d.Offer(priceTable(cents, nil))
	return held
}

func priceTable(cents map[string]int64, edit func(currency string, p *Price)) *Table {
	prices := make(map[string]Price)
	for currency, c := range cents {
		p := Price{Value: big.NewRat(c, 100), Source: "test", At: time.Now(), MaxAge: time.Hour}
		if edit != nil {
			edit(currency, &p)
		}
		prices[currency] = p
	}
	return NewPriceTable("test", prices, nil, Spread{})
}

// want checks the rate that is traded at, or the type of its error.
func (d *pricing) want(from, to, want string) {
	d.t.Helper()
	r, err := d.published.Load().Between(Asset{Code: from}, Asset{Code: to})
	got := r.String()
	if err != nil {
		got = err.Error()
		if !Temporary(err) {
			got += " for good"
		}
	}
	if got != want {
		d.t.Errorf("%s to %s is %s, want %s", from, to, got, want)
	}
}

const (
	notYetText = "exchange rates are not available yet."
	noneNow    = "no rate available at the moment. currency="
)

func TestEqualAssetsNeedNoPrices(t *testing.T) {
	d := newPricing(t, func(o *PricingOptions) { o.Spread = mustSpread(t, "0.25") })
	d.want("XRP", "XRP", "3/4")
	d.want("XRP", "USD", notYetText)
	d.offer(map[string]int64{"EUR": 100})
	d.want("XRP", "XRP", "1")
	d.want("XRP", "EUR", "no rate available. currency=XRP for good")
	d.Offer(NewPriceTable("test", nil, map[string]string{"XRP": "its source is down"}, Spread{}))
	d.want("XRP", "EUR", noneNow+"XRP")
}

func TestPricesAreUsedUntilTheyAreTooOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newPricing(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go d.Run(ctx)
		d.Offer(priceTable(map[string]int64{"EUR": 100, "USD": 200, "GBP": 50}, func(currency string, p *Price) {
			switch currency {
			case "EUR":
				p.MaxAge = 0
			case "USD":
				p.MaxAge = time.Minute
			}
		}))
		time.Sleep(time.Minute - 1)
		synctest.Wait()
		d.want("EUR", "USD", "2")
		time.Sleep(1)
		synctest.Wait()
		d.want("EUR", "USD", noneNow+"USD")
		d.want("EUR", "GBP", "1/2")
		time.Sleep(time.Hour - time.Minute)
		synctest.Wait()
		d.want("GBP", "EUR", noneNow+"GBP")
		published := d.count.Load()
		time.Sleep(1000 * time.Hour)
		synctest.Wait()
		if d.count.Load() != published {
			t.Error("tables are published though nothing has changed")
		}
		d.offer(map[string]int64{"EUR": 100, "USD": 210, "GBP": 51})
		synctest.Wait()
		d.want("EUR", "USD", "21/10")
	})
}

func TestTablesOfQuotesGetTooOldAsAWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newPricing(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go d.Run(ctx)
		table := NewTable(time.Now(), Par, Spread{})
		table.MaxAge = time.Minute
		d.Offer(table)
		d.want("A", "B", "1")
		time.Sleep(time.Minute)
		synctest.Wait()
		d.want("A", "B", noneNow+"A")
		d.want("A", "A", "1")
	})
}

func TestPriceThatJumpsIsHeldBack(t *testing.T) {
	d := newPricing(t, nil)
	d.offer(map[string]int64{"EUR": 100, "USD": 100, "GBP": 100})
	if held := d.offer(map[string]int64{"EUR": 100, "USD": 120, "GBP": 84}); len(held) != 0 {
		t.Errorf("held back %v", held)
	}
	d.want("EUR", "USD", "6/5")

	// A fifth more than 120 is 144, and a fifth more than 70 is 84.
	held := d.offer(map[string]int64{"EUR": 100, "USD": 145, "GBP": 69})
	if len(held) != 2 || held[0].Currency != "GBP" || held[1].Currency != "USD" {
		t.Errorf("held back %v, want GBP and USD", held)
	}
	d.want("EUR", "USD", "6/5")
	d.want("EUR", "GBP", "21/25")
	if held := d.offer(map[string]int64{"EUR": 100, "USD": 146, "GBP": 80}); len(held) != 0 {
		t.Errorf("held back anew %v", held)
	}
	d.want("EUR", "GBP", "4/5") // it has come back
	if held := d.State().Held; len(held) != 1 || held[0].Came.Value.Cmp(big.NewRat(146, 100)) != 0 {
		t.Errorf("held back are %v, want the latest price of USD", held)
	}
	if _, err := d.Confirm("GBP", nil); !errors.Is(err, ErrNotHeld) {
		t.Errorf("a price that is not held back is confirmed: %v", err)
	}
	if h, err := d.Confirm("USD", big.NewRat(145, 100)); !errors.Is(err, ErrOtherPrice) || h.Came.Value.Cmp(big.NewRat(146, 100)) != 0 {
		t.Errorf("a price is confirmed that nobody has seen: %v, %v", h, err)
	}
	d.want("EUR", "USD", "6/5")
	if h, err := d.Confirm("USD", big.NewRat(73, 50)); err != nil || h.Used.Value.Cmp(big.NewRat(120, 100)) != 0 {
		t.Errorf("confirmed %v, %v", h, err)
	}
	d.want("EUR", "USD", "73/50")
	if held := d.offer(map[string]int64{"EUR": 100, "USD": 150, "GBP": 80}); len(held) != 0 || len(d.State().Held) != 0 {
		t.Errorf("held back %v after it was confirmed", held)
	}
}

func TestJumpIsConfirmedByAnotherSourceOrNeedsNone(t *testing.T) {
	d := newPricing(t, nil)
	d.offer(map[string]int64{"EUR": 100, "USD": 100, "GBP": 100, "JPY": 100})
	held, _ := d.Offer(priceTable(map[string]int64{"EUR": 100, "USD": 300, "GBP": 300, "JPY": 300, "NEW": 5}, func(currency string, p *Price) {
		switch currency {
		case "USD":
			p.Others = []Price{{Value: big.NewRat(1, 1)}, {Value: big.NewRat(29, 10)}}
		case "GBP":
			p.Certain = true
		case "JPY":
			p.Others = []Price{{Value: big.NewRat(1, 1)}}
		}
	}))
	if len(held) != 1 || held[0].Currency != "JPY" {
		t.Errorf("held back %v, want JPY", held)
	}
	d.want("EUR", "USD", "3")
	d.want("EUR", "GBP", "3")
	d.want("EUR", "JPY", "1")
	d.want("EUR", "NEW", "1/20")
}

// While a price is held back, a source that still says nearly the one from before keeps it fresh.
func TestAnotherSourceKeepsTheFormerPriceFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newPricing(t, nil)
		d.offer(map[string]int64{"EUR": 100, "USD": 100})
		for _, other := range []int64{104, 110, 95} {
			time.Sleep(50 * time.Minute)
			d.Offer(priceTable(map[string]int64{"EUR": 100, "USD": 300}, func(currency string, p *Price) {
				if currency == "USD" {
					p.Others = []Price{{Value: big.NewRat(500, 100)}, {Value: big.NewRat(other, 100), Source: "the other", At: time.Now(), MaxAge: time.Hour}}
				}
			}))
			d.want("EUR", "USD", big.NewRat(other, 100).RatString())
			if held := d.State().Held; len(held) != 1 || held[0].Used.Source != "the other" || held[0].Came.Value.RatString() != "3" {
				t.Errorf("held back are %v", held)
			}
		}
	})
}

// A price that is held back does not keep the one from before from getting too old.
func TestPriceInUseGetsTooOldWhileAnotherIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newPricing(t, nil)
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go d.Run(ctx)
		d.offer(map[string]int64{"EUR": 100, "USD": 100})
		for range 3 {
			time.Sleep(20 * time.Minute)
			d.offer(map[string]int64{"EUR": 100, "USD": 300})
		}
		synctest.Wait()
		d.want("EUR", "USD", noneNow+"USD")
		if _, err := d.Confirm("USD", nil); err != nil {
			t.Error(err)
		}
		d.want("EUR", "USD", "3")
	})
}

func TestOperatorsPinAndPausePairs(t *testing.T) {
	d := newPricing(t, nil)
	d.offer(map[string]int64{"EUR": 100, "USD": 200})
	usd := Pair{"EUR", "USD"}
	if err := d.Pin(Pin{Pair: usd, Price: big.NewRat(3, 1)}); err != nil {
		t.Fatal(err)
	}
	d.want("EUR", "USD", "3")
	d.want("USD", "EUR", "1/3")
	d.offer(map[string]int64{"EUR": 100, "USD": 201})
	d.want("EUR", "USD", "3")
	if err := d.Pin(Pin{Pair: Pair{"USD", "EUR"}, Price: big.NewRat(1, 4)}); err != nil {
		t.Fatal(err)
	}
	d.want("EUR", "USD", "4") // the later pin counts for both directions
	if err := d.Pin(Pin{Pair: Pair{"EUR", "XRP"}, Price: big.NewRat(5, 2)}); err != nil {
		t.Fatal(err)
	}
	d.want("XRP", "EUR", "2/5") // also where the backend has no price
	d.Pause(Pause{Pair: usd})
	d.want("EUR", "USD", "no rate available at the moment. currency=EUR currency=USD")
	d.want("USD", "EUR", "no rate available at the moment. currency=USD currency=EUR")
	d.want("EUR", "XRP", "5/2")
	if !d.Resume(Pair{"USD", "EUR"}) || d.Resume(usd) {
		t.Error("a pause does not end, or ends twice")
	}
	d.want("EUR", "USD", "4")
	if was, there := d.Unpin(usd); !there || was.Pair != (Pair{"USD", "EUR"}) {
		t.Errorf("unpinned %v, %t", was, there)
	}
	if _, there := d.Unpin(usd); there {
		t.Error("unpinned twice")
	}
	d.want("EUR", "USD", "201/100")
	for _, price := range []*big.Rat{nil, new(big.Rat), big.NewRat(-1, 2)} {
		if err := d.Pin(Pin{Pair: usd, Price: price}); err == nil {
			t.Errorf("the price %v is pinned", price)
		}
	}
}

// A pair that is paused twice stays paused since the first time, for the latest reason.
func TestPairIsPausedSinceTheFirstTime(t *testing.T) {
	d := newPricing(t, nil)
	first, second := time.Unix(1, 0), time.Unix(2, 0)
	pair := Pair{"EUR", "USD"}
	d.Pause(Pause{pair, Override{At: first, Reason: "an attack"}})
	got := d.Pause(Pause{pair.reverse(), Override{At: second, Reason: "the market is closed", By: "192.0.2.1:7", Ephemeral: true}})
	want := Pause{pair, Override{At: first, Reason: "the market is closed", By: "192.0.2.1:7"}}
	if all := d.State().Paused; got != want || len(all) != 1 || all[0] != want {
		t.Errorf("paused are %+v after %+v, want %+v", all, got, want)
	}
}

func TestMostSpecificSpreadWins(t *testing.T) {
	d := newPricing(t, func(o *PricingOptions) {
		o.Spreads = map[Pair]Spread{{"EUR", "USD"}: mustSpread(t, "0.5"), {"USD", "EUR"}: mustSpread(t, "0.75"), {"EUR", "GBP"}: mustSpread(t, "0.25")}
	})
	table := NewTable(time.Now(), Par, mustSpread(t, "0.1"))
	d.Offer(table)
	for _, c := range []struct {
		from, to Party
		of       string
		rate     string
	}{
		{Party{Asset{"EUR", 0}, "1/8"}, Party{Asset{"USD", 0}, ""}, "pair", "1/2"},
		{Party{Asset{"USD", 0}, ""}, Party{Asset{"EUR", 0}, "1/8"}, "pair", "1/4"},
		{Party{Asset{"GBP", 0}, ""}, Party{Asset{"EUR", 0}, ""}, "pair", "3/4"},
		{Party{Asset{"GBP", 0}, "1/8"}, Party{Asset{"USD", 0}, "1/4"}, "account", "7/8"},
		{Party{Asset{"GBP", 0}, ""}, Party{Asset{"USD", 0}, "1/4"}, "account", "3/4"},
		{Party{Asset{"GBP", 0}, ""}, Party{Asset{"USD", 0}, "0"}, "account", "1"},
		{Party{Asset{"GBP", 0}, ""}, Party{Asset{"USD", 1}, ""}, "node", "9"},
	} {
		e := d.published.Load().Explain(c.from, c.to)
		if e.Err != nil || e.SpreadOf != c.of || e.Rate.String() != c.rate {
			t.Errorf("%v to %v: %s by the %s, %v; want %s by the %s", c.from, c.to, e.Rate, e.SpreadOf, e.Err, c.rate, c.of)
		}
	}
	if e := d.published.Load().Explain(Party{Spread: "x"}, Party{}); e.Err == nil {
		t.Error("a spread that is no number counts")
	}
}
