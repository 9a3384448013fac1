package xrp

import (
	"testing"
	"testing/synctest"
	"time"
)

// Open takes back that a channel closes, also if the ledger is away while the operator says so.
func TestChannelThatIsOpenAgainIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		if _, err := a.now().Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.failing(func(string) (error, bool) { return ErrNotAsked, false })
		go func() { _, _ = a.now().Open(t.Context()) }()
		time.Sleep(time.Second)
		w.failing(nil)
		time.Sleep(2 * time.Minute)
		a.kill() // what Open has not done is forgotten
		a.start()
		time.Sleep(2 * time.Minute)
		if c := a.channel(); c.Expiration != 0 {
			t.Error("it closes")
		}
		a.pay("two", 700)
		b.wants(50_700)
	})
}
