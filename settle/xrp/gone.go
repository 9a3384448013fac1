package xrp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// A channel that is not found is gone once it was missing for so long, and in so many ledgers. One answer is
// no proof: the next server may be behind, or on another network.
const (
	goneAfter   = time.Minute
	goneLedgers = 10
)

// errAbsent says that our channel was not found, and may be there all the same.
var errAbsent = errors.New("the ledger server does not find our channel")

// absence is when a channel was first not found, and the last validated ledger then.
type absence struct {
	at     time.Time
	ledger uint32
}

// gone reports whether a channel that was just not found is gone for good. It is for the goroutine of tend, which
// calls found when the channel is there.
func (s *Settler) gone(ctx context.Context, channel xrpl.Hash) (bool, error) {
	state, err := s.Ledger.State(ctx)
	if err != nil {
		return false, fmt.Errorf("look for channel %v: %w", channel, err)
	}
	if _, err := s.Ledger.Account(ctx, s.Wallet.Address); err != nil { // a ledger without our account is another one
		return false, fmt.Errorf("look for channel %v: our account: %w", channel, err)
	}
	first, before := s.absent[channel]
	if !before {
		s.absent[channel] = absence{time.Now(), state.Validated}
		return false, nil
	}
	return time.Since(first.at) >= goneAfter && state.Validated >= first.ledger+goneLedgers, nil
}

// found notes that a channel is there, and what the ledger has paid over it.
func (s *Settler) found(c Channel) {
	delete(s.absent, c.ID)
	s.taken[c.ID] = c.Paid
}
