package xrp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

const (
	// lookEvery is how often the channels are read although nothing has woken tend.
	lookEvery = 30 * time.Second
	// againAfter is the pause after something has failed, at first and at most.
	againAfter, againMost = time.Second, time.Minute
)

// tend looks after the channels until ctx ends: at the beginning, when something wakes it, and every now
// and then. It is the only goroutine that opens, funds and claims.
func (s *Settler) tend(ctx context.Context) {
	pause, told := againAfter, ""
	for {
		err := s.look(ctx)
		if ctx.Err() != nil {
			return
		}
		s.update(func() { s.fault = err })
		next := min(lookEvery, max(s.ClaimInterval, againAfter))
		if err != nil {
			next, pause = pause, min(2*pause, againMost)
			if text := err.Error(); text != told { // once for each reason
				told = text
				s.Log.Warn("the payment channels are not as they should be", "error", err, "retryIn", next)
			}
		} else {
			pause, told = againAfter, ""
		}
		s.alertFault(err)
		timer := time.NewTimer(next)
		select {
		case <-ctx.Done():
		case <-timer.C:
		case <-s.woken:
		case c := <-s.commands:
			c.done <- c.do(ctx)
		}
		timer.Stop()
	}
}

// look does one after the other whatever there is to do. Its errors are tried again.
func (s *Settler) look(ctx context.Context) error {
	if err := s.sure(); err != nil {
		return err
	}
	var all []error
	for _, step := range []func(context.Context) error{s.learnPeer, s.readTheirs, s.claimTheirs, s.readOurs, s.close, s.renew, s.open, s.fund, s.greet} {
		if err := step(ctx); err != nil {
			all = append(all, err)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return errors.Join(all...)
}

// learnPeer learns the address of the peer, and keeps it: our key and our channel depend on it.
func (s *Settler) learnPeer(ctx context.Context) error {
	if s.Peer != (xrpl.AccountID{}) {
		return nil
	}
	s.mu.Lock()
	known := s.kept.peer
	s.mu.Unlock()
	if known == (xrpl.AccountID{}) {
		if err := s.askAddress(ctx); err != nil {
			return fmt.Errorf("ask the peer for its address: %w; or set options.peerAddress", err)
		}
		s.mu.Lock()
		known = s.kept.peer
		s.mu.Unlock()
	}
	if s.keptPeer == known {
		return nil
	}
	if err := s.keep(func(k *kept) { k.peer = known }, change(keyPeer, known)); err != nil {
		return err
	}
	s.keptPeer = known
	return nil
}

// readTheirs reads the peer's channel again.
func (s *Settler) readTheirs(ctx context.Context) error {
	s.mu.Lock()
	current := s.kept.current
	s.mu.Unlock()
	if current == (xrpl.Hash{}) {
		return nil
	}
	c, err := s.Ledger.Channel(ctx, current)
	switch {
	case errors.Is(err, ErrNotFound):
		s.update(func() { s.theirs = nil })
		s.Alerts.Raise(kindGone, fmt.Sprintf(alertGone, current))
		return nil // the peer opens another one, and names it
	case err != nil:
		return fmt.Errorf("read the channel of the peer: %w", err)
	}
	s.mu.Lock()
	in := s.kept.in[current]
	s.mu.Unlock()
	if in == nil || in.Key != c.Key { // of an import: its best claim has no key
		if _, err := s.adopt(ctx, current.String()); err != nil {
			return fmt.Errorf("the channel %v of the peer: %w", current, err)
		}
		return nil
	}
	s.found(c)
	s.take(c)
	s.Alerts.Resolve(kindGone)
	if s.closing(c) != nil {
		s.Alerts.Raise(kindClosing, fmt.Sprintf(alertClosing, c.ID, closes(c).Format(time.RFC3339)))
	} else {
		s.Alerts.Resolve(kindClosing)
	}
	return nil
}

// take notes what the ledger has of the channel that we take claims on.
func (s *Settler) take(c Channel) {
	s.update(func() { s.theirs, s.read = &c, time.Now() })
}

// closes returns when a channel that closes may be gone.
func closes(c Channel) time.Time {
	at := c.Expiration
	if c.CancelAfter != 0 && (at == 0 || c.CancelAfter < at) {
		at = c.CancelAfter
	}
	return xrpl.Time(at)
}

// readOurs reads our channel again. If it is gone, or not for this account, another one is opened.
func (s *Settler) readOurs(ctx context.Context) error {
	s.mu.Lock()
	out, peer := s.kept.out, s.kept.peer
	s.mu.Unlock()
	if out.Channel == (xrpl.Hash{}) || peer == (xrpl.AccountID{}) { // our key on the channel depends on the peer
		return nil
	}
	c, err := s.Ledger.Channel(ctx, out.Channel)
	switch {
	case errors.Is(err, ErrNotFound):
		s.update(func() { s.ours = nil }) // nothing is paid over it meanwhile
		gone, err := s.gone(ctx, out.Channel)
		if err != nil {
			return err
		}
		if !gone {
			return fmt.Errorf("%w %v; it is looked for again, and another one is opened if it is gone", errAbsent, out.Channel)
		}
		s.Log.Warn("our channel is gone from the ledger", "channel", out.Channel)
		return s.leave(out.Channel)
	case err != nil:
		return fmt.Errorf("read our channel: %w", err)
	}
	s.found(c)
	switch err := s.usable(c, peer); {
	case errors.Is(err, errNotOurs):
		s.Log.Warn("our channel stays on the ledger, and another one is used", "channel", c.ID, "error", err)
		return s.leave(c.ID)
	case err != nil:
		return err
	}
	s.update(func() { s.ours = &c })
	return nil
}

// leave goes on without our channel.
func (s *Settler) leave(channel xrpl.Hash) error {
	s.update(func() { s.ours = nil })
	return s.editOut(func(now outgoing) (outgoing, bool) {
		return now.next(xrpl.Hash{}, zero, nil), now.Channel == channel
	})
}

// errNotOurs says that a channel is none that the account pays over.
var errNotOurs = errors.New("the channel is not for this account")

// usable returns why we cannot pay a peer over a channel: an operator has changed the options since it was
// opened, or another account of ours pays over it.
func (s *Settler) usable(c Channel, peer xrpl.AccountID) error {
	switch {
	case c.Owner != s.Wallet.Address, c.Destination != peer:
		return fmt.Errorf("%w: it is from %v to %v", errNotOurs, c.Owner, c.Destination)
	case c.Key != s.ChannelKey(peer).Public():
		return fmt.Errorf("%w: its key is not that of options.secret", errNotOurs)
	}
	err := s.Owners.Take(c.ID, s.AccountID)
	if errors.Is(err, errTaken) {
		return fmt.Errorf("%w: %w", errNotOurs, err)
	}
	return err
}

// open opens a channel to the peer, if there is none.
func (s *Settler) open(ctx context.Context) error {
	s.mu.Lock()
	out, peer := s.kept.out, s.kept.peer
	s.mu.Unlock()
	if out.Channel != (xrpl.Hash{}) || out.Closing || peer == (xrpl.AccountID{}) {
		return nil
	}
	op := fmt.Sprintf("%s/open/%d", s.AccountID, out.Number)
	pending, err := s.Wallet.Pending(ctx, op)
	if err != nil {
		return err
	}
	if !pending {
		if found, err := s.recover(ctx, peer); found || err != nil {
			return err
		}
		if err := s.budget(op, s.ChannelAmount); err != nil {
			return err
		}
	}
	key, amount := s.ChannelKey(peer).Public(), s.ChannelAmount
	made, err := s.Wallet.Do(ctx, op, xrpl.Transaction{
		Type: xrpl.PaymentChannelCreate, Destination: peer, Amount: &amount, SettleDelay: s.SettleDelay, PublicKey: &key, SourceTag: tag(),
	}, amount, true)
	if err = s.spent(ctx, op, made, err); err != nil {
		return fmt.Errorf("open a channel to %v: %w", peer, err)
	}
	channel := xrpl.ChannelID(s.Wallet.Address, peer, made.Sequence)
	if err := s.editOut(func(now outgoing) (outgoing, bool) { return now.next(channel, zero, nil), true }); err != nil {
		return err
	}
	if err := s.Wallet.Forget(ctx, op); err != nil {
		return err
	}
	s.Log.Info("opened a payment channel", "channel", channel, "peer", peer, "drops", amount)
	return s.readOurs(ctx)
}

// recover goes on with a channel to the peer that we have forgotten. The peer shows which claim it has on
// it, which only we can have signed. A peer that cannot show one gets a new channel: claims on the old one
// would be lower than what it has.
func (s *Settler) recover(ctx context.Context, peer xrpl.AccountID) (found bool, err error) {
	all, err := s.Ledger.Channels(ctx, s.Wallet.Address, peer)
	if err != nil {
		return false, fmt.Errorf("look for channels to the peer: %w", err)
	}
	key := s.ChannelKey(peer).Public()
	for _, c := range all {
		if c.Key != key || s.closing(c) != nil {
			continue
		}
		total, signature, ok, err := s.askBest(ctx, c)
		if err != nil {
			return false, fmt.Errorf("ask the peer for our best claim on channel %v: %w", c.ID, err)
		}
		if !ok {
			s.Log.Warn("a channel to the peer is on the ledger that we know nothing of; it stays until it is closed", "channel", c.ID)
			continue
		}
		if s.units.dropsOrZero(total) < c.Paid {
			total, signature = s.units.of(c.Paid), nil
		}
		switch err := s.usable(c, peer); {
		case errors.Is(err, errNotOurs):
			continue
		case err != nil:
			return false, err
		}
		if err := s.editOut(func(now outgoing) (outgoing, bool) { return now.next(c.ID, total, signature), true }); err != nil {
			return false, err
		}
		s.Log.Info("goes on with a payment channel that is on the ledger", "channel", c.ID, "total", total)
		return true, s.readOurs(ctx)
	}
	return false, nil
}

// greeting is what the peer was told of our channel.
type greeting struct {
	channel xrpl.Hash
	amount  xrpl.Drops
}

// greet tells the peer which channel is ours, and learns which is the peer's, until both are known.
func (s *Settler) greet(ctx context.Context) error {
	s.mu.Lock()
	ours, theirs, greeted := s.ours, s.theirs, s.greeted
	s.mu.Unlock()
	if ours == nil || greeted == (greeting{ours.ID, ours.Amount}) && theirs != nil {
		return nil
	}
	if err := s.tellChannel(ctx); err != nil {
		if errors.Is(err, settle.ErrNotAsked) {
			return nil // Connected wakes us
		}
		return fmt.Errorf("tell the peer of our channel: %w", err)
	}
	s.update(func() { s.greeted = greeting{ours.ID, ours.Amount} })
	return nil
}

// adoptAll takes the channels that the peer names until ctx ends. It waits for nothing that waits for the
// same of the peer.
func (s *Settler) adoptAll(ctx context.Context) {
	for {
		select {
		case n := <-s.named:
			_, err := s.adopt(ctx, n.id)
			s.answerNaming(n, err)
		case <-ctx.Done():
			return
		}
	}
}

// adopt takes a channel that the peer has named as the one that it pays over.
func (s *Settler) adopt(ctx context.Context, id string) (Channel, error) {
	s.adopting.Lock()
	defer s.adopting.Unlock()
	if err := s.sure(); err != nil { // never begin lower than what was credited, also if the disk did not say so
		return Channel{}, err
	}
	channel, err := xrpl.ParseHash(id)
	if err != nil {
		return Channel{}, fmt.Errorf("the id of the channel: %w", err)
	}
	c, err := s.Ledger.Channel(ctx, channel)
	if err != nil {
		return c, fmt.Errorf("the channel %v: %w", channel, err)
	}
	s.mu.Lock()
	peer, in, current := s.kept.peer, s.kept.in[channel], s.kept.current
	s.mu.Unlock()
	if current == channel && in != nil && in.Key == c.Key {
		s.take(c) // so a peer says that it has funded its channel
		return c, nil
	}
	if err := s.acceptable(c, peer); err != nil {
		return c, err
	}
	if err := s.askScale(ctx); err != nil {
		return c, err
	}
	if err := s.Owners.Take(channel, s.AccountID); err != nil {
		return c, err
	}
	best := incoming{Channel: channel, Key: c.Key, Scale: s.Scale}
	if in != nil { // never begin lower than what was credited
		best.Total, best.Signature = in.Total, in.Signature
	}
	if s.units.dropsOrZero(best.Total) < c.Paid { // in drops, since claims are rounded up to them
		best.Total, best.Signature = s.units.of(c.Paid), nil
	}
	err = s.keep(func(k *kept) {
		k.in[channel], k.current = &best, channel
		delete(s.settled, channel) // once it is a former one, its best claim is taken to the ledger again
	}, change(keyIn+channel.String(), best), change(keyCurrent, channel))
	if err != nil {
		return c, err
	}
	s.take(c)
	if current != (xrpl.Hash{}) && current != channel {
		s.wake() // the best claim on the former channel is taken to the ledger
	}
	s.Log.Info("the peer pays over a payment channel", "channel", channel, "drops", c.Amount, "paid", c.Paid)
	return c, nil
}

// settleDelayMin is how long a channel of the peer must stay open once the peer closes it, in seconds.
const settleDelayMin = 3600

// acceptable returns why a channel is none that we take claims on: in the npm plugin's words, where it has
// such a rule.
func (s *Settler) acceptable(c Channel, peer xrpl.AccountID) error {
	switch {
	case c.SettleDelay < settleDelayMin:
		return errors.New("settle delay of incoming payment channel too low")
	case c.CancelAfter != 0:
		return errors.New("cancelAfter must not be set")
	case c.Expiration != 0:
		return errors.New("expiration must not be set")
	case c.Destination != s.Wallet.Address:
		return errors.New("Channel destination address wrong") //nolint:staticcheck // its words
	case peer == xrpl.AccountID{}:
		return errors.New("the owner of the channel is not known: tell us your xrp_address first")
	case c.Owner != peer:
		return fmt.Errorf("the channel is not that of the peer's address %v", peer)
	}
	return nil
}

// answerNaming answers a peer that has named its channel with ours.
func (s *Settler) answerNaming(n naming, err error) {
	s.mu.Lock()
	ours := s.ours
	s.mu.Unlock()
	switch {
	case err != nil:
		s.Log.Warn("a channel that the peer names is not taken", "channel", n.id, "error", err)
		n.answer(nil, err)
	case ours == nil:
		n.answer(nil, ErrNotReady) // an empty id would make the npm plugin refuse all packets
	default:
		n.answer([]settle.MessageEntry{{Name: entryChannel, Type: settle.Text, Data: []byte(ours.ID.String())}}, nil)
	}
}
