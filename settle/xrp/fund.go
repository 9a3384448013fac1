package xrp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

var zero balance.Amount

// Errors of what is put into channels.
var (
	errBudget = errors.New("the budget of a day is used up")
	errCap    = errors.New("the channel may not hold more")
	errFailed = errors.New("the ledger has taken the transaction and its fee, and done nothing")
)

// fund puts more into our channel, if what we have paid over it is above a share of what it holds, or if a
// payment waits for more.
func (s *Settler) fund(ctx context.Context) error {
	s.mu.Lock()
	out, ours, wanted := s.kept.out, s.ours, s.wanted
	s.mu.Unlock()
	if ours == nil || out.Closing || ours.Expiration != 0 { // what is put into an expired channel closes it
		return nil
	}
	more, err := s.more(*ours, out, wanted)
	if err != nil {
		return err
	}
	if left := s.budgetLeft(); left < more {
		switch least := wanted - min(wanted, ours.Amount); {
		case least > 0:
			more = min(more, least) // what the payment needs
		case left >= s.ChannelAmount:
			more = left
		default:
			more = 0 // no payment waits for it
		}
	}
	return s.put(ctx, *ours, more, s.budget)
}

// put puts drops into our channel, and finishes what was begun before. book is called before a new
// transaction.
func (s *Settler) put(ctx context.Context, ours Channel, more xrpl.Drops, book func(op string, drops xrpl.Drops) error) error {
	s.mu.Lock()
	number := s.kept.out.Number
	s.mu.Unlock()
	op := fmt.Sprintf("%s/fund/%d", s.AccountID, number)
	pending, err := s.Wallet.Pending(ctx, op)
	switch {
	case err != nil:
		return err
	case pending:
	case more == 0:
		return nil
	default:
		if err := book(op, more); err != nil {
			return err
		}
	}
	made, err := s.Wallet.Do(ctx, op, xrpl.Transaction{Type: xrpl.PaymentChannelFund, Channel: ours.ID, Amount: &more}, more, false)
	if err = s.spent(ctx, op, made, err); err != nil {
		return fmt.Errorf("fund the channel %v: %w", ours.ID, err)
	}
	err = s.editOut(func(out outgoing) (outgoing, bool) {
		out.Number++
		return out, true
	})
	if err != nil {
		return err
	}
	if err := s.Wallet.Forget(ctx, op); err != nil {
		return err
	}
	return s.readOurs(ctx)
}

// more returns how many drops our channel needs, 0 if none.
func (s *Settler) more(ours Channel, out outgoing, wanted xrpl.Drops) (xrpl.Drops, error) {
	var paid xrpl.Drops
	if out.Total.Sign() > 0 {
		var err error
		if paid, err = s.units.drops(out.Total); err != nil {
			return 0, err
		}
	}
	if wanted <= ours.Amount && !above(paid, ours.Amount, s.FundThreshold) {
		return 0, nil
	}
	target := min(max(2*ours.Amount, wanted), s.ChannelMax)
	if wanted > ours.Amount && target < wanted {
		return 0, fmt.Errorf("%w: a payment needs %d drops in channel %v, and options.channelMax is %d", errCap, wanted, ours.ID, s.ChannelMax)
	}
	if target <= ours.Amount {
		return 0, nil
	}
	return target - ours.Amount, nil
}

// above reports whether a part of a whole is above a share of it.
func above(part, whole xrpl.Drops, share *big.Rat) bool {
	of := new(big.Rat).SetInt(new(big.Int).SetUint64(uint64(whole)))
	return new(big.Rat).SetInt(new(big.Int).SetUint64(uint64(part))).Cmp(of.Mul(of, share)) > 0
}

// budgetTime is the time that FundingMax is for.
const budgetTime = 24 * time.Hour

// budget books what an operation puts into channels, durably before it is made. An operation that was
// booked before is not booked again.
func (s *Settler) budget(op string, drops xrpl.Drops) error {
	s.mu.Lock()
	booked := slices.Clone(s.kept.funding)
	s.mu.Unlock()
	now := time.Now()
	booked = slices.DeleteFunc(booked, func(f funding) bool { return f.Op == op || now.Sub(f.At) > budgetTime })
	sum := sumOf(booked, now)
	if sum+drops > s.FundingMax {
		return fmt.Errorf("%w: %d drops were put into channels within a day, %d more are needed, and options.fundingMax is %d",
			errBudget, sum, drops, s.FundingMax)
	}
	booked = append(booked, funding{op, drops, now.UTC()})
	return s.keep(func(k *kept) { k.funding = booked }, change(keyFunding, booked))
}

// sumOf returns what was put into channels within a day. Each sum is at most FundingMax, and so are all.
func sumOf(booked []funding, now time.Time) (sum xrpl.Drops) {
	for _, f := range booked {
		if now.Sub(f.At) <= budgetTime {
			sum += f.Drops
		}
	}
	return sum
}

// budgetLeft returns what may be put into channels now.
func (s *Settler) budgetLeft() xrpl.Drops {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.FundingMax - min(s.FundingMax, sumOf(s.kept.funding, time.Now()))
}

// spent looks at how an operation that was booked has ended. Nothing was put into a channel after an error
// that says so, and then it is not booked any more.
func (s *Settler) spent(ctx context.Context, op string, made Made, err error) error {
	failed := err == nil && made.Result != success
	if failed {
		err = fmt.Errorf("%w: %s", errFailed, made.Result)
		if forgotten := s.Wallet.Forget(ctx, op); forgotten != nil {
			return errors.Join(err, forgotten)
		}
	}
	if failed || errors.Is(err, ErrVoid) || errors.Is(err, ErrNoReserve) || errors.Is(err, ErrFee) {
		s.mu.Lock()
		booked := slices.DeleteFunc(slices.Clone(s.kept.funding), func(f funding) bool { return f.Op == op })
		s.mu.Unlock()
		return errors.Join(err, s.keep(func(k *kept) { k.funding = booked }, change(keyFunding, booked)))
	}
	return err
}

// tag returns a random number that tells a channel from others in an explorer of the ledger.
func tag() *uint32 {
	var b [4]byte
	_, _ = rand.Read(b[:])
	n := binary.BigEndian.Uint32(b[:])
	return &n
}
