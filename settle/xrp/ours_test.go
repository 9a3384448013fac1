package xrp

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// beside returns a settler of a second account of a side, with the same wallet and the same peer.
func (s *side) beside() *Settler {
	s.t.Helper()
	o := s.now().Options
	o.AccountID, o.Peer = "second", s.other.address()
	second, err := New(o, store.Namespace(s.process, "second"))
	if err != nil {
		s.t.Fatal(err)
	}
	return second
}

// Two accounts may have one address and one peer. A claim on a channel counts once, so each needs its own.
func TestAccountsDoNotShareAChannel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, a, _ := pair(t)
		second := a.beside()
		if err := second.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if first, now := a.now().kept.out.Channel, second.kept.out.Channel; now == first || now == (xrpl.Hash{}) {
			t.Errorf("the second account pays over channel %v, the first one over %v", now, first)
		}
	})
}

// An operator gives the account another secret, or another peer: nothing can be paid over the old channel.
func TestChannelOfFormerOptionsIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		former := a.channel()
		a.end()
		edit := a.edit
		a.edit = func(o *Options) {
			edit(o)
			o.ChannelKey = func(peer xrpl.AccountID) xrpl.Signer { return xrpl.ChannelKey("a new secret", peer.String()) }
		}
		a.start()
		a.pay("two", 700)
		b.wants(50_700)
		time.Sleep(2 * time.Minute)
		if c, _ := w.Channel(t.Context(), former.ID); c.Paid != 50 {
			t.Errorf("%d drops were taken of the former channel", c.Paid)
		}
	})
}

// Without its store a side finds its channel on the ledger, and needs the peer to go on with it. It waits for a
// peer that is away, rather than lock XRP in another channel.
func TestForgottenChannelWaitsForThePeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		edit := a.edit
		a.edit = func(o *Options) {
			edit(o)
			o.Peer = b.address()
		}
		a.pay("one", 50_000)
		a.end()
		b.end()
		a.disk = forgetful(a)
		a.start()
		time.Sleep(10 * time.Minute)
		b.start()
		a.pay("two", 700)
		b.wants(50_700)
		if all, _ := w.Channels(t.Context(), a.address(), b.address()); len(all) != 1 {
			t.Errorf("there are %d channels to the peer", len(all))
		}
	})
}
