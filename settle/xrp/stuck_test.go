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
