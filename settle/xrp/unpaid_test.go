package xrp

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The peer's channel may be closed while no server of the ledger can be asked. What it has not paid is lost, and
// that is not silent, although the peer has another channel by then.
func TestClaimThatIsLostIsToldOf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		time.Sleep(time.Minute)
		w.failing(func(string) (error, bool) { return errNet, false })
		time.Sleep(time.Minute)
		c := a.channel()
		w.mu.Lock()
		w.remove(w.channels[c.ID])
		w.mu.Unlock()
		w.failing(nil)
		time.Sleep(10 * time.Minute)
		if got := b.alert(kindLost); !strings.Contains(got, "50 drops of its best claim were not paid") {
			t.Errorf("alert: %q", got)
		}
	})
}
