package rate

import (
	"testing"
	"testing/synctest"
	"time"
)

// in returns a table like priceTable, in a base.
func inBase(base string, cents map[string]int64) *Table {
	t := priceTable(cents, nil)
	t.Base = base
	return t
}

// The same prices in another base are no jump of any, and a jump is one in any base.
func TestPricesAreComparedInOneBase(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newPricing(t, nil)
		d.Offer(inBase("EUR", map[string]int64{"EUR": 100, "USD": 200, "JPY": 400}))
		time.Sleep(10 * time.Minute)
		if held, _ := d.Offer(inBase("USD", map[string]int64{"EUR": 50, "USD": 100, "JPY": 210})); len(held) != 0 {
			t.Errorf("held back are %v", held)
		}
		d.want("EUR", "JPY", "21/5")
		time.Sleep(10 * time.Minute)
		if held, _ := d.Offer(inBase("JPY", map[string]int64{"EUR": 25, "USD": 10, "JPY": 100})); len(held) != 1 || held[0].Currency != "USD" {
			t.Errorf("held back are %v, want USD", held)
		}
		d.want("EUR", "JPY", "4")
		d.want("USD", "JPY", "21/10") // as before, and in the new base
		used := d.State().Held[0].Used
		if used.Value.RatString() != "10/21" || !used.At.Equal(time.Now().Add(-10*time.Minute)) || used.End() != used.At.Add(time.Hour) {
			t.Errorf("used is %v of %v until %v", used.Value, used.At, used.End())
		}
		time.Sleep(10 * time.Minute)
		d.Offer(inBase("JPY", map[string]int64{"EUR": 25, "USD": 47, "JPY": 100}))
		d.want("USD", "JPY", "100/47")
		if held, _ := d.Offer(inBase("XRP", map[string]int64{"EUR": 7, "XRP": 100})); len(held) != 0 {
			t.Errorf("prices without a common base are compared: %v", held)
		}
		d.want("EUR", "XRP", "100/7")
		if held, _ := d.Offer(inBase("", map[string]int64{"EUR": 70, "XRP": 100})); len(held) != 1 {
			t.Errorf("prices in a base that is not told are not compared: %v", held)
		}
	})
}

// A price that is computed from others ends with the first of them.
func TestPriceWithinOthers(t *testing.T) {
	at := func(m int) time.Time { return time.Unix(0, 0).Add(time.Duration(m) * time.Minute) }
	forever, short, old := Price{At: at(50)}, Price{At: at(40), MaxAge: 20 * time.Minute}, Price{At: at(0), MaxAge: 2 * time.Hour}
	if p := forever.Within(short, old); p.At != at(0) || p.End() != at(60) {
		t.Errorf("it is of %v, and ends at %v", p.At, p.End())
	}
	if p := short.Within(); p.At != short.At || p.MaxAge != short.MaxAge {
		t.Errorf("alone it is %v", p)
	}
	if p := (Price{At: at(30), MaxAge: time.Minute}).Within(Price{At: at(40)}); p.At != at(30) || p.End() != at(31) {
		t.Errorf("it is of %v, and ends at %v", p.At, p.End())
	}
	if p := forever.Within(Price{At: at(60)}); p.MaxAge != 0 || p.At != at(50) {
		t.Errorf("it ends at %v", p.End())
	}
}
