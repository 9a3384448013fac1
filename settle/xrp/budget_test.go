package xrp

import (
	"testing"
	"testing/synctest"
	"time"
)

// A channel that holds more than the budget of a day cannot be doubled within it. While no payment needs that,
// it is no problem; one that does gets what it needs.
func TestChannelAboveTheBudgetIsNoAlert(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, b := pair(t, func(o *Options) { o.FundingMax = 3000 })
		sum := uint64(0)
		for _, amount := range []uint64{600_000, 1_300_000, 900_000, 1_100_000, 1_500_000} {
			a.pay(time.Now().String(), amount)
			sum += amount
			time.Sleep(25 * time.Hour)
			if got := a.alert(kindBudget); got != "" {
				t.Errorf("with %d drops signed, of %d: %s", a.signedDrops(), a.channel().Amount, got)
			}
		}
		b.wants(sum)
	})
}
