package xrp

import (
	"testing"
	"testing/synctest"
	"time"
)

// absent has a ledger server not find any channel for a while: it is behind, or its ledger is another one.
func (w *world) absent(d time.Duration) {
	end := time.Now().Add(d)
	w.failing(func(request string) (error, bool) {
		if request == "channel" && time.Now().Before(end) {
			return ErrNotFound, false
		}
		return nil, false
	})
}

// One answer of one server is no proof that a channel is gone.
func TestChannelThatIsNotFoundOnceIsNotReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		b.old = true
		a.pay("one", 50_000)
		w.absent(30 * time.Second)
		a.now().wake()
		a.pay("two", 700)
		b.wants(50_700)
		time.Sleep(5 * time.Minute)
		if all, _ := w.Channels(t.Context(), a.address(), b.address()); len(all) != 1 {
			t.Errorf("there are %d channels to the peer", len(all))
		}
	})
}

// The same for a former channel of the peer: its claim is taken once the server has it again.
func TestFormerChannelThatIsNotFoundOnceIsClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		first, second := a.channel().ID, a.another().ID
		b.names(second)
		w.absent(30 * time.Second)
		time.Sleep(5 * time.Minute)
		if c, _ := w.Channel(t.Context(), first); c.Paid != 50 {
			t.Errorf("%d drops were taken", c.Paid)
		}
	})
}
