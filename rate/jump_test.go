package rate

import (
	"math/big"
	"testing"
	"testing/synctest"
	"time"
)

// After a gap a price may have moved by more: by MaxJump for each MaxAge. One that has is used, and told.
// One that has moved further is held back.
func TestPriceAfterAGap(t *testing.T) {
	for name, c := range map[string]struct {
		gap        time.Duration // until the next price
		used, came int64
		late, held bool
	}{
		"within its age":               {time.Hour, 100, 120, false, false},
		"a jump within its age":        {time.Hour, 100, 121, false, true},
		"half an age more":             {90 * time.Minute, 100, 130, true, false},
		"too far for half an age more": {90 * time.Minute, 100, 131, false, true},
		"after three ages":             {3 * time.Hour, 100, 160, true, false},
		"down after three ages":        {3 * time.Hour, 160, 100, true, false},
		"too far after three ages":     {3 * time.Hour, 100, 161, false, true},
		"too far down":                 {3 * time.Hour, 161, 100, false, true},
		"little after three ages":      {3 * time.Hour, 100, 115, false, false},
		"after a year":                 {365 * 24 * time.Hour, 100, 100_000, true, false},
		"other units after a day":      {24 * time.Hour, 100, 100_000, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newPricing(t, nil)
				d.offer(map[string]int64{"EUR": 100, "USD": c.used})
				time.Sleep(c.gap)
				held, late := d.Offer(priceTable(map[string]int64{"EUR": 100, "USD": c.came}, nil))
				if (len(held) == 1) != c.held || (len(late) == 1) != c.late {
					t.Errorf("held back %v, and late %v", held, late)
				}
				for _, h := range append(held, late...) {
					if h.Currency != "USD" || h.Used.Value.Cmp(big.NewRat(c.used, 100)) != 0 || h.Came.Value.Cmp(big.NewRat(c.came, 100)) != 0 || !h.Since.Equal(time.Now()) {
						t.Errorf("told is %+v", h)
					}
				}
				if !c.held {
					d.want("EUR", "USD", big.NewRat(c.came, 100).RatString())
				}
			})
		})
	}
}

// Waiting makes no price less doubtful, and neither does a restart.
func TestPriceThatIsHeldBackStaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newPricing(t, nil)
		d.offer(map[string]int64{"EUR": 100, "USD": 100})
		time.Sleep(2 * time.Hour)
		since := time.Now()
		stay := func(d *pricing, cents map[string]int64) {
			t.Helper()
			_, late := d.Offer(priceTable(cents, nil))
			if held := d.State().Held; cents["USD"] > 0 && (len(held) != 1 || !held[0].Since.Equal(since)) || len(late) != 0 {
				t.Errorf("held back are %v, and late %v", held, late)
			}
			d.want("EUR", "USD", noneNow+"USD")
		}
		for range 100 {
			stay(d, map[string]int64{"EUR": 100, "USD": 150})
			time.Sleep(time.Hour)
		}
		for range 2 {
			again := newPricing(t, nil)
			again.Restore(d.Memory())
			d = again
			time.Sleep(100 * time.Hour)
			stay(d, map[string]int64{"EUR": 100, "USD": 150})
		}
		if _, err := d.Confirm("USD", nil); err != nil {
			t.Error(err)
		}
		d.want("EUR", "USD", "3/2")
		if m := d.Memory(); len(m.Since) != 0 {
			t.Errorf("confirmed prices are doubtful: %v", m.Since)
		}
	})
}

// A currency whose price is gone for a while is compared with its last price when it comes again, also after
// a restart.
func TestPriceThatComesAgainIsCompared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newPricing(t, nil)
		d.Offer(inBase("EUR", map[string]int64{"EUR": 100, "USD": 100, "JPY": 100}))
		time.Sleep(time.Minute)
		d.Offer(NewPriceTable("test", nil, map[string]string{"EUR": "down", "USD": "down", "JPY": "down"}, Spread{}))
		d.want("EUR", "USD", noneNow+"EUR")
		time.Sleep(time.Minute)
		d.Offer(inBase("JPY", map[string]int64{"EUR": 100, "JPY": 100}))
		d.want("EUR", "USD", "no rate available. currency=USD for good")
		again := newPricing(t, nil)
		again.Restore(d.Memory())
		both := []*pricing{d, again}
		for _, d := range both {
			held, _ := d.Offer(inBase("JPY", map[string]int64{"EUR": 100, "USD": 200, "JPY": 100}))
			if len(held) != 1 || held[0].Currency != "USD" || held[0].Used.Value.RatString() != "1" {
				t.Errorf("held back are %v", held)
			}
			d.want("EUR", "USD", "1")
			d.Offer(inBase("JPY", map[string]int64{"EUR": 100, "JPY": 100}))
		}
		time.Sleep(10 * time.Hour)
		for _, d := range both {
			held, late := d.Offer(inBase("JPY", map[string]int64{"EUR": 100, "USD": 200, "JPY": 100}))
			if len(held) != 1 || len(late) != 0 {
				t.Errorf("a doubtful price that was gone meanwhile: held back %v, late %v", held, late)
			}
			d.Offer(inBase("JPY", map[string]int64{"EUR": 100, "USD": 110, "JPY": 100}))
			if m := d.Memory(); len(m.Since) != 0 || len(m.Gone) != 0 || len(m.Prices) != 3 || m.Base != "JPY" {
				t.Errorf("the memory is %+v", m)
			}
		}
	})
}
