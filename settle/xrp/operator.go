package xrp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// command is what an operator wants. tend does it.
type command struct {
	do   func(ctx context.Context) error
	done chan error
}

// busyPatience is how long an operator's wish waits for tend to have time.
const busyPatience = 20 * time.Second

// ErrBusy says that a transaction is under way, and an operator's wish was not begun.
var ErrBusy = errors.New("a transaction of the account is under way; try again")

// command has tend do something, and waits for it. It returns the transactions that were made for it.
func (s *Settler) command(ctx context.Context, do func(ctx context.Context) error) ([]Transaction, error) {
	var made []Transaction // for tend until it says done
	c := command{func(ctx context.Context) error {
		from, _ := s.Wallet.counters.since(0, "")
		err := do(ctx)
		_, made = s.Wallet.counters.since(from, s.AccountID)
		return err
	}, make(chan error, 1)}
	waited := time.NewTimer(busyPatience)
	defer waited.Stop()
	select {
	case s.commands <- c:
	case <-waited.C:
		return nil, ErrBusy
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrBusy, ctx.Err())
	}
	select {
	case err := <-c.done:
		return made, err
	case <-ctx.Done():
		return nil, fmt.Errorf("it is under way, and 'ilp-connector channels' shows how it ends: %w", ctx.Err())
	}
}

// Definite reports whether an error of Fund or Claim says that nothing has changed on the ledger, but for the
// fee of a transaction.
func Definite(err error) bool {
	for _, no := range []error{ErrBusy, ErrNoReserve, ErrFee, ErrVoid, errNoOurs, errCap, errFailed} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}

// errNoOurs says that there is no channel to do something with.
var errNoOurs = errors.New("there is no channel to the peer")

// Fund puts drops into our channel, whatever the budget, and blocks until that is on the ledger. It and the
// following methods return the transactions that they have made.
func (s *Settler) Fund(ctx context.Context, drops xrpl.Drops) ([]Transaction, error) {
	return s.command(ctx, func(ctx context.Context) error {
		s.mu.Lock()
		ours := s.ours
		s.mu.Unlock()
		switch {
		case ours == nil:
			return errNoOurs
		case drops == 0 || drops > s.ChannelMax || ours.Amount+drops > s.ChannelMax:
			return fmt.Errorf("%w: it has %d drops, and options.channelMax is %d", errCap, ours.Amount, s.ChannelMax)
		}
		return s.put(ctx, *ours, drops, func(string, xrpl.Drops) error { return nil })
	})
}

// Claim takes the best claim of the peer to the ledger, if it brings more than its fee, and blocks until
// that is done.
func (s *Settler) Claim(ctx context.Context) ([]Transaction, error) {
	return s.command(ctx, s.claimAtEnd)
}

// Close asks the ledger to close our channel, after which nothing is paid over it. What the peer has not
// claimed comes back once its settle delay has passed. No other channel is opened before Open.
func (s *Settler) Close(ctx context.Context) ([]Transaction, error) {
	return s.command(ctx, func(ctx context.Context) error {
		if err := s.setClosing(true); err != nil {
			return err
		}
		return s.close(ctx)
	})
}

// Open lets a channel be opened again, or keeps one from being closed.
func (s *Settler) Open(ctx context.Context) ([]Transaction, error) {
	return s.command(ctx, func(ctx context.Context) error {
		if err := s.setClosing(false); err != nil {
			return err
		}
		s.wake()
		return s.renew(ctx)
	})
}

func (s *Settler) setClosing(closing bool) error {
	return s.editOut(func(out outgoing) (outgoing, bool) {
		changes := out.Closing != closing
		out.Closing = closing
		return out, changes
	})
}

// close takes the steps that close our channel, if an operator wants that: the first one asks for it, and
// the last one, after the settle delay, removes it.
func (s *Settler) close(ctx context.Context) error {
	s.mu.Lock()
	out, ours := s.kept.out, s.ours
	s.mu.Unlock()
	if !out.Closing || ours == nil {
		return nil
	}
	step := "close"
	if ours.Expiration != 0 {
		state, err := s.Ledger.State(ctx)
		if err != nil {
			return fmt.Errorf("close the channel: %w", err)
		}
		if state.CloseTime <= ours.Expiration {
			return nil
		}
		step = "remove"
	}
	return s.flag(ctx, step, out.Number, *ours, xrpl.FlagClose)
}

// renew takes back that our channel closes, unless an operator wants that.
func (s *Settler) renew(ctx context.Context) error {
	s.mu.Lock()
	out, ours := s.kept.out, s.ours
	s.mu.Unlock()
	if ours == nil || ours.Expiration == 0 || out.Closing {
		return nil
	}
	return s.flag(ctx, "renew", out.Number, *ours, xrpl.FlagRenew)
}

// flag makes a transaction on our channel that claims nothing.
func (s *Settler) flag(ctx context.Context, step string, number uint64, ours Channel, flags uint32) error {
	op := fmt.Sprintf("%s/%s/%d", s.AccountID, step, number)
	made, err := s.Wallet.Do(ctx, op, xrpl.Transaction{Type: xrpl.PaymentChannelClaim, Channel: ours.ID, Flags: flags}, 0, false)
	if err != nil {
		return fmt.Errorf("%s the channel %v: %w", step, ours.ID, err)
	}
	if err := s.Wallet.Forget(ctx, op); err != nil {
		return err
	}
	if made.Result != success {
		return fmt.Errorf("%s the channel %v: %w: %s", step, ours.ID, errFailed, made.Result)
	}
	s.Log.Info("changed our payment channel", "step", step, "channel", ours.ID)
	err = s.readOurs(ctx)
	if flags&xrpl.FlagClose != 0 && errors.Is(err, errAbsent) { // of course
		return s.leave(ours.ID)
	}
	return err
}

// Status is what operators see of the channels of an account.
type Status struct {
	Address, Peer xrpl.AccountID // Peer is zero until it is known
	Ours          *Ours          // nil if there is no channel to the peer
	Theirs        []Theirs       // the one that the peer pays over comes first
	BudgetLeft    xrpl.Drops     // that may be put into channels now
	Closing       bool           // an operator closes our channel, or has closed it
	Problem       string         // why something is not as it should be
}

// Ours is our channel to the peer.
type Ours struct {
	Channel
	Signed xrpl.Drops // that our best claim is for
}

// Theirs is a channel of the peer to us.
type Theirs struct {
	ID      xrpl.Hash
	Current bool
	Best    xrpl.Drops // that the peer's best claim is for
	Channel *Channel   // as last read; nil for a former one
}

// Status returns what operators see. It does not block.
func (s *Settler) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := Status{Address: s.Wallet.Address, Peer: s.kept.peer, Closing: s.kept.out.Closing, BudgetLeft: s.FundingMax}
	st.BudgetLeft -= min(st.BudgetLeft, sumOf(s.kept.funding, time.Now()))
	if s.fault != nil {
		st.Problem = s.fault.Error()
	}
	if s.ours != nil {
		st.Ours = &Ours{Channel: *s.ours, Signed: s.units.dropsOrZero(s.kept.out.Total)}
	}
	for id, in := range s.kept.in {
		one := Theirs{ID: id, Current: id == s.kept.current, Best: s.units.dropsOrZero(in.Total)}
		if one.Current && s.theirs != nil {
			c := *s.theirs
			one.Channel = &c
			st.Theirs = append([]Theirs{one}, st.Theirs...)
			continue
		}
		st.Theirs = append(st.Theirs, one)
	}
	return st
}
