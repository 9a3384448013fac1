package xrp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// feeRule says whether a claim that brings some drops is worth a fee.
type feeRule func(brings, fee xrpl.Drops) bool

// anyFee is the rule where the next moment may be too late.
func anyFee(brings, fee xrpl.Drops) bool { return brings > fee }

// worthwhile is the rule of options.
func (s *Settler) worthwhile(brings, fee xrpl.Drops) bool { return !above(fee, brings, s.MaxFee) }

// claimTheirs takes the best claims of the peer to the ledger: at once where a channel closes or another
// one has taken its place, and now and then otherwise.
func (s *Settler) claimTheirs(ctx context.Context) error {
	s.mu.Lock()
	theirs, current := s.theirs, s.kept.current
	var former []xrpl.Hash
	for channel := range s.kept.in {
		if channel != current && !s.settled[channel] {
			former = append(former, channel)
		}
	}
	s.mu.Unlock()
	var all []error
	for _, channel := range former {
		all = append(all, s.claimOne(ctx, channel, anyFee))
	}
	switch {
	case theirs == nil:
	case s.closing(*theirs) != nil:
		all = append(all, s.claimOne(ctx, theirs.ID, anyFee))
	case s.claimed.IsZero():
		s.claimed = time.Now() // as the npm plugin, not at the start
	case time.Since(s.claimed) >= s.ClaimInterval:
		s.claimed = time.Now()
		all = append(all, s.claimOne(ctx, theirs.ID, s.worthwhile))
	}
	return errors.Join(all...)
}

// claimAtEnd takes the best claim to the ledger before we end.
func (s *Settler) claimAtEnd(ctx context.Context) error {
	s.mu.Lock()
	current := s.kept.current
	s.mu.Unlock()
	if current == (xrpl.Hash{}) {
		return nil
	}
	return s.claimOne(ctx, current, anyFee)
}

// claimOne takes the best claim on a channel to the ledger, if the ledger has paid less, and the rule allows
// the fee.
func (s *Settler) claimOne(ctx context.Context, channel xrpl.Hash, rule feeRule) error {
	s.mu.Lock()
	in := s.kept.in[channel]
	s.mu.Unlock()
	c, err := s.Ledger.Channel(ctx, channel)
	switch {
	case errors.Is(err, ErrNotFound):
		gone, err := s.gone(ctx, channel)
		if gone {
			s.alertUnpaid(channel, in)
			s.markSettled(channel, in)
		}
		return err
	case err != nil:
		return fmt.Errorf("claim: %w", err)
	case in == nil || len(in.Signature) == 0:
		s.markSettled(channel, in)
		return nil
	}
	s.found(c)
	drops, err := s.units.drops(in.Total)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	if drops <= c.Paid {
		s.markSettled(channel, in)
		return nil
	}
	state, err := s.Ledger.State(ctx)
	if err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	if !rule(drops-c.Paid, state.Fee) {
		return nil
	}
	op := fmt.Sprintf("%s/claim/%v/%d", s.AccountID, channel, drops)
	key := c.Key
	made, err := s.Wallet.Do(ctx, op, xrpl.Transaction{
		Type: xrpl.PaymentChannelClaim, Channel: channel, Balance: &drops, Signature: in.Signature, PublicKey: &key,
	}, 0, false)
	if err != nil {
		return fmt.Errorf("claim %d drops on channel %v: %w", drops, channel, err)
	}
	if err := s.Wallet.Forget(ctx, op); err != nil {
		return err
	}
	if made.Result != success {
		return fmt.Errorf("claim %d drops on channel %v: %w: %s", drops, channel, errFailed, made.Result)
	}
	// The same result comes if the channel had expired, and was closed without paying.
	if now, err := s.Ledger.Channel(ctx, channel); err == nil && now.Paid >= drops {
		s.found(now)
		s.Log.Info("claimed on the ledger", "channel", channel, "drops", drops-c.Paid)
		s.Alerts.Resolve(kindLost)
	} else if errors.Is(err, ErrNotFound) {
		s.Alerts.Raise(kindLost, fmt.Sprintf(alertLost, channel, drops-c.Paid, made.ID))
	}
	return nil
}

// alertUnpaid tells the operator if a channel is gone before our best claim on it was paid.
func (s *Settler) alertUnpaid(channel xrpl.Hash, in *incoming) {
	paid, known := s.taken[channel]
	if in == nil || len(in.Signature) == 0 || !known {
		return
	}
	if best := s.units.dropsOrZero(in.Total); best > paid {
		s.Alerts.Raise(kindLost, fmt.Sprintf(alertUnpaid, channel, best-paid))
	}
}

// markSettled notes that nothing is left to claim on a channel beyond a claim, if no more claims on it can come.
func (s *Settler) markSettled(channel xrpl.Hash, in *incoming) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if channel != s.kept.current && s.kept.in[channel] == in { // the peer may have paid over it once more meanwhile
		s.settled[channel] = true
	}
}
