package xrp

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A payment that fits the channel asks the ledger nothing: servers limit how often they are asked.
func TestPaymentsDoNotAskTheLedger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("first", 1)
		time.Sleep(time.Minute)
		var asked atomic.Int64
		w.failing(func(string) (error, bool) {
			asked.Add(1)
			return nil, false
		})
		for i := range 100 {
			a.pay(fmt.Sprint(i), 1)
			time.Sleep(10 * time.Millisecond)
		}
		b.wants(101)
		if n := asked.Load(); n > 10 {
			t.Errorf("100 payments within a second asked the ledger %d times", n)
		}
	})
}

// Above the threshold the channel is funded at once.
func TestPaymentAboveTheThresholdFunds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, _ := pair(t)
		a.pay("first", 500_001)
		time.Sleep(time.Second)
		if c := a.channel(); c.Amount != 2000 {
			t.Errorf("it holds %d drops", c.Amount)
		}
	})
}
