package xrp

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
)

// No server may be able to say what has become of a transaction: it lacks the ledgers. The account goes on with
// all else, and says what it waits for.
func TestTransactionThatNoServerKnowsIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		w.failing(func(request string) (error, bool) {
			if request == "tx" {
				return errNet, false
			}
			return nil, false
		})
		go func() {
			_ = a.now().Pay(t.Context(), settle.Payment{ID: "large", Amount: balance.FromUint64(5_000_000), Scale: 9})
		}()
		time.Sleep(30 * time.Minute)
		if got := a.now().Status().Problem; !strings.Contains(got, "peer/fund/") || !strings.Contains(got, errNet.Error()) {
			t.Errorf("the problem is %q", got)
		}
		w.failing(nil)
		a.pay("large", 5_000_000)
		b.wants(5_050_000)
	})
}

// A channel that is being opened when the process dies is ours, whatever the options say by then.
func TestChannelThatWasBegunIsFinishedBeyondTheBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for left := range 8 {
			w, a, b := newPair(t)
			b.start()
			a.start()
			a.process.dieAfter(left)
			time.Sleep(time.Minute)
			a.process.die()
			a.kill()
			edit := a.edit
			a.edit = func(o *Options) {
				edit(o)
				o.FundingMax = 100
			}
			a.start()
			time.Sleep(3 * time.Minute)
			if all, _ := w.Channels(t.Context(), a.address(), b.address()); len(all) > 0 && a.now().Status().Ours == nil {
				t.Errorf("dead after %d writes: the channel %v is on the ledger, and not used: %v", left, all[0].ID, a.now().Status().Problem)
			}
			a.end()
			b.end()
		}
	})
}
