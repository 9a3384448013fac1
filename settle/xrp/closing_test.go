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

// Claims are not taken on a channel that may have been closed since it was read.
func TestClaimsOnAChannelThatWasReadLongAgoAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		c := a.channel()
		w.failing(func(string) (error, bool) { return errNet, false })
		time.Sleep(20 * time.Minute)
		if _, err := b.tell(a.signed(c.ID, 60_000)); err != nil {
			t.Errorf("the ledger is away for 20 minutes, and a claim is refused: %v", err)
		}
		time.Sleep(45 * time.Minute) // a close could have passed by now
		if _, err := b.tell(a.signed(c.ID, 70_000)); err == nil {
			t.Error("a claim is taken though the channel may be gone")
		}
		b.wants(60_000)
		w.failing(nil)
		if _, err := b.tell(a.signed(c.ID, 70_000)); err != nil {
			t.Error(err)
		}
	})
}
