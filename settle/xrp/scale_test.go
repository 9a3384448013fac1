package xrp

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account/balance"
)

// The assetScale of an account may change while its balance is zero. Totals of channels are then worth what they
// were: otherwise a claim would be signed for a thousand times as much.
func TestChannelsKeepTheirWorthWithAnotherScale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t)
		a.pay("one", 50_500) // 50.5 drops
		time.Sleep(time.Minute)
		for _, s := range []*side{a, b} {
			s.end()
			edit := s.edit
			s.edit = func(o *Options) {
				edit(o)
				o.Scale = 6
			}
		}
		a.start()
		b.start()
		a.payAt(6, "two", 20)
		if got := a.signedDrops(); got != 71 {
			t.Errorf("the claim is for %d drops, not 71", got)
		}
		b.wants(50_500 + 20) // in units of either scale
	})
}

// A claim that is no whole number of the new units cannot be kept, so the account does not settle.
func TestClaimThatDoesNotFitAScaleIsAnError(t *testing.T) {
	of := func(n uint64) balance.Amount { return balance.FromUint64(n) }
	for _, c := range []struct {
		total    uint64
		from, to uint8
		want     uint64 // 0 for an error
	}{{50_500, 9, 6, 51}, {51, 6, 9, 51_000}, {51, 6, 6, 51}, {2_000, 6, 3, 2}, {2_001, 6, 3, 0}, {2_000_001, 9, 3, 0}} {
		got, err := units{c.to}.rescaled(of(c.total), c.from)
		if (err == nil) != (c.want > 0) || err == nil && got != of(c.want) {
			t.Errorf("%+v: %v, %v", c, got, err)
		}
	}
}
