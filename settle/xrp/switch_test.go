package xrp

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// another puts a second channel of a side on the ledger, with the key of the first one.
func (s *side) another() Channel {
	c := s.channel()
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	c.ID, c.Amount, c.Paid = xrpl.Hash{2}, 1000, 0
	s.world.channels[c.ID] = &c
	return c
}

// names tells a side which channel the other side pays over.
func (s *side) names(channel xrpl.Hash) {
	s.t.Helper()
	if _, err := s.tell(nameChannel(channel.String())); err != nil {
		s.t.Fatal(err)
	}
}

// A peer that goes back to a former channel, pays, and leaves it again, has its claim taken to the ledger too.
func TestClaimsOnAChannelThatIsFormerTwiceAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		first, second := a.channel().ID, a.another().ID
		b.names(second)
		time.Sleep(2 * time.Minute) // the claim is taken, and nothing is left
		b.names(first)
		if _, err := b.tell(a.signed(first, 90_000)); err != nil {
			t.Fatal(err)
		}
		b.names(second)
		time.Sleep(2 * time.Minute)
		if c, _ := w.Channel(t.Context(), first); c.Paid != 90 {
			t.Errorf("%d drops were taken, not 90", c.Paid)
		}
	})
}

// The disk may say that a credit failed, and have it all the same. What is in memory is behind then, and must
// not be written again when the peer switches channels.
func TestChannelThatComesBackAfterAnUnsureCreditIsNotCreditedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		unsure := false
		w, a, b := newPair(t)
		edit := b.edit
		b.edit = func(o *Options) {
			edit(o)
			credit := o.Credit
			o.Credit = func(ctx context.Context, id string, amount balance.Amount, changes store.Batch) error {
				if err := credit(ctx, id, amount, changes); err != nil || !unsure {
					return err
				}
				unsure = false
				return errors.New("the disk does not answer")
			}
		}
		a.start()
		b.start()
		defer a.end()
		defer b.end()
		a.pay("one", 50_000)
		time.Sleep(time.Minute)
		first, second := a.channel().ID, a.another().ID
		b.names(second) // so that tend is busy with the claim on the first one
		b.names(first)
		w.failing(func(request string) (error, bool) {
			if request == "submit" {
				return errNet, false
			}
			return nil, false
		})
		b.now().wake()
		time.Sleep(2 * time.Minute) // the claim is worth its fee: tend waits for the ledger
		unsure = true
		best := a.signed(first, 80_000)
		if _, err := b.tell(best); err == nil {
			t.Fatal("the disk has answered")
		}
		b.names(second)
		b.names(first)
		if _, err := b.tell(best); err == nil || !strings.Contains(err.Error(), "old=80000") {
			t.Errorf("the claim is taken again: %v", err)
		}
		b.wants(80_000)
		w.failing(nil)
	})
}

// A claim is signed for drops, rounded up. What the ledger has paid for it is more than it was for, and is not
// what the peer has paid.
func TestRoundingOfClaimsIsNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_500) // 51 drops
		first, second := a.channel().ID, a.another().ID
		if _, err := b.now().Claim(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := a.channel().Paid; got != 51 {
			t.Fatalf("%d drops were taken", got)
		}
		b.names(second)
		b.names(first)
		a.pay("two", 300)
		b.wants(50_800)
		w.mu.Lock()
		w.remove(w.channels[second])
		w.mu.Unlock()
		a.end()
		a.disk = forgetful(a)
		a.start()
		a.pay("three", 100)
		b.wants(50_900)
	})
}

// late is the messenger of a side whose peer does not learn of its new channel yet, and goes on with a former one.
type late struct {
	settle.Messenger
	told *atomic.Bool
}

func (m late) Ask(ctx context.Context, asked settle.Message) ([]settle.MessageEntry, error) {
	switch _, names := asked.Entry(entryChannel); {
	case m.told.Load():
	case names:
		return nil, settle.ErrNoAnswer
	case asked.Transfer:
		return nil, &settle.RefusedError{Reason: `{"message":"new claim is less than old claim. new=700 old=50000"}`}
	}
	return m.Messenger.Ask(ctx, asked)
}

// A peer that still takes claims on our former channel says that it has a better one. That is no receipt for
// the payment over the new channel.
func TestBetterClaimOnAFormerChannelIsNoReceipt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, a, b := pair(t)
		a.pay("one", 50_000)
		gone := a.channel()
		a.end()
		w.mu.Lock()
		w.remove(&gone)
		w.mu.Unlock()
		var told atomic.Bool
		edit := a.edit
		a.edit = func(o *Options) {
			edit(o)
			o.Messenger = late{o.Messenger, &told}
		}
		a.start()
		time.Sleep(5 * time.Minute)
		if err := a.now().Pay(t.Context(), settle.Payment{ID: "two", Amount: balance.FromUint64(700), Scale: 9}); err == nil {
			t.Error("it counts as paid")
		}
		told.Store(true)
		a.pay("two", 700)
		b.wants(50_700)
	})
}
