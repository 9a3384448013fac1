package xrp

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
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
