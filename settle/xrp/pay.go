package xrp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// Entries of messages.
const (
	entryClaim   = "claim"
	entryChannel = "ripple_channel_id"
	entryAddress = "xrp_address"
	entryInfo    = "info"
	entryBest    = "xrp_claim" // ours: which is the best claim that you have of me?
)

// fundPatience is how long a payment waits until the channel holds enough for it.
const fundPatience = 40 * time.Second

var errFormer = fmt.Errorf("the payment was made over a channel that is closed now, and %w: ask the peer whether it has it, and "+
	"say how it ended with 'ilp-connector settlements resolve'", settle.ErrAskOperator)

// Pay raises our claim on the channel by the payment, and sends it to the peer. The claim is durable before
// it leaves, with the id of the payment. If the peer does not take it, the next call of Pay sends it again,
// and no other payment is made before.
func (s *Settler) Pay(ctx context.Context, p settle.Payment) error {
	s.paying.Lock()
	defer s.paying.Unlock()
	if err := s.sure(); err != nil {
		return err
	}
	s.mu.Lock()
	paid, former := s.kept.out.paid(p.ID), slices.Contains(s.kept.out.Former, p.ID)
	s.mu.Unlock()
	if former {
		return errFormer
	}
	if !paid {
		if err := s.raise(ctx, p); err != nil {
			return err
		}
	}
	if err := s.deliver(ctx); err != nil {
		return err
	}
	if s.needsMore() {
		s.wake()
	}
	return nil
}

// needsMore reports whether our channel is to be funded, or whether tend has to say why it cannot be.
func (s *Settler) needsMore() bool {
	s.mu.Lock()
	out, ours := s.kept.out, s.ours
	s.mu.Unlock()
	if ours == nil {
		return true
	}
	more, err := s.more(*ours, out, 0)
	return more > 0 || err != nil
}

// raise raises our claim by a payment, durably. Its errors wrap settle.ErrNotSent, unless the claim may
// have been raised.
func (s *Settler) raise(ctx context.Context, p settle.Payment) error {
	notSent := func(err error) error { return fmt.Errorf("%w: %w", settle.ErrNotSent, err) }
	if !s.Messenger.Connected() {
		return notSent(errors.New("the peer is not connected"))
	}
	if p.Scale != s.Scale {
		return notSent(fmt.Errorf("the payment is of scale %d, and the channel of %d", p.Scale, s.Scale))
	}
	waiting, stop := context.WithTimeout(ctx, fundPatience)
	defer stop()
	defer s.update(func() { s.wanted = 0 })
	for raised := false; !raised; {
		var bad error
		err := s.await(waiting, func() bool {
			_, _, fits, err := s.priceLocked(p)
			bad = err
			return fits || err != nil
		})
		if err != nil {
			err = s.reason()
			if ctx.Err() == nil { // else we end
				s.alertWaits(err)
			}
			return notSent(err)
		}
		if bad != nil {
			return notSent(bad)
		}
		err = s.editOut(func(out outgoing) (next outgoing, changes bool) {
			s.mu.Lock()
			total, drops, fits, err := s.priceLocked(p)
			key := s.ChannelKey(s.kept.peer)
			s.mu.Unlock()
			if !fits || err != nil {
				return out, false // tend has just found that the channel is gone
			}
			message := xrpl.ClaimMessage(out.Channel, drops)
			signature, err := key.Sign(message[:])
			if err != nil {
				bad = fmt.Errorf("sign a claim: %w", err)
				return out, false
			}
			raised = true
			return out.with(p, total, signature), true
		})
		if bad != nil {
			return notSent(bad)
		}
		if err != nil {
			return err
		}
	}
	s.Alerts.Resolve(kindWaits)
	return nil
}

// priceLocked returns what our best claim is after a payment, and whether the channel holds that. If it does
// not, tend is asked for more. The caller holds mu.
func (s *Settler) priceLocked(p settle.Payment) (total balance.Amount, drops xrpl.Drops, fits bool, err error) {
	out := s.kept.out
	total, ok := out.Total.Add(p.Amount)
	if !ok {
		return total, 0, false, errAmount
	}
	if s.ours == nil || s.ours.ID != out.Channel || out.Closing || s.ours.Expiration != 0 {
		return total, 0, false, nil
	}
	if drops, err = s.units.drops(total); err != nil || drops <= s.ours.Amount {
		return total, drops, err == nil, err
	}
	if s.wanted != drops {
		s.wanted = drops
		s.wake()
	}
	return total, drops, false, nil
}

// reason returns why nothing can be paid over our channel.
func (s *Settler) reason() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := s.kept.out
	switch {
	case out.Closing:
		return errors.New("an operator has closed the channel: open one again with 'ilp-connector channels open'")
	case s.fault != nil:
		return s.fault
	case s.ours == nil:
		return errors.New("there is no channel to the peer yet")
	case s.ours.Expiration != 0:
		return fmt.Errorf("the channel %v closes; it is being renewed", s.ours.ID)
	}
	return fmt.Errorf("the channel %v holds %d drops, and %d are needed; it is being funded", s.ours.ID, s.ours.Amount, s.wanted)
}

// deliver sends our best claim to the peer. nil says that the peer has it.
func (s *Settler) deliver(ctx context.Context) error {
	s.mu.Lock()
	knows := s.greeted.channel == s.kept.out.Channel
	s.mu.Unlock()
	err := s.sendClaim(ctx, knows)
	if refused, is := errors.AsType[*settle.RefusedError](err); is {
		// The peer may not know our channel, or not that it was funded.
		s.Log.Info("the peer has refused a claim, and is told of the channel", "reason", refused.Reason)
		if told := s.tellChannel(ctx); told != nil {
			return errors.Join(err, told)
		}
		err = s.sendClaim(ctx, true)
	}
	return err
}

// transferAmount returns an amount as a Transfer has it. Peers compare it with what the claim adds, for
// their logs alone.
func transferAmount(a balance.Amount) uint64 {
	n, fits := a.Uint64()
	if !fits {
		return math.MaxUint64
	}
	return n
}

// sendClaim sends our best claim once. knows says that the peer knows our channel. Otherwise a better claim that
// it has may be one on a former channel.
func (s *Settler) sendClaim(ctx context.Context, knows bool) error {
	s.mu.Lock()
	out := s.kept.out
	s.mu.Unlock()
	text, err := json.Marshal(claim{Amount: out.Total.String(), Signature: strings.ToLower(out.Signature.String())})
	if err != nil {
		return err
	}
	_, err = s.Messenger.Ask(ctx, settle.Message{
		Transfer: true, Amount: transferAmount(out.Last), Entries: []settle.MessageEntry{{Name: entryClaim, Type: settle.JSON, Data: text}},
	})
	refused, is := errors.AsType[*settle.RefusedError](err)
	if !is {
		return err
	}
	if has, ok := bestOfPeer(refused.Reason); ok && knows && has.Cmp(out.Total) >= 0 {
		return nil // an earlier message has brought it there
	}
	return err
}
