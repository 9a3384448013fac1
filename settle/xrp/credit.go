package xrp

import (
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// signatureBytesMax bounds the signature of a claim. Those of secp256k1 have up to 72 bytes.
const signatureBytesMax = 72

// parseSignature reads the signature of a claim.
func parseSignature(text string) ([]byte, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) == 0 || len(b) > signatureBytesMax {
		return nil, fmt.Errorf("the signature of the claim is not 1 to %d bytes in hex digits", signatureBytesMax)
	}
	return b, nil
}

var oldClaim = regexp.MustCompile(`new claim is less than old claim\. new=[0-9]+ old=([0-9]+)`)

// bestOfPeer returns the best claim that a peer has, as it says when it refuses one.
func bestOfPeer(reason string) (balance.Amount, bool) {
	found := oldClaim.FindStringSubmatch(reason)
	if found == nil {
		return balance.Amount{}, false
	}
	a, err := parseUnits(found[1])
	return a, err == nil
}

// creditAll credits the claims of the peer until ctx ends. Of claims that wait, the highest comes first: if
// it is good, those below it are worth nothing more, and are not looked at.
func (s *Settler) creditAll(ctx context.Context) {
	for {
		select {
		case one := <-s.inbox:
			waiting := []received{one}
			for len(s.inbox) > 0 {
				waiting = append(waiting, <-s.inbox)
			}
			s.creditBest(ctx, waiting)
		case <-ctx.Done():
			return
		}
	}
}

// creditBest credits the highest good claim of some, and answers all of them.
func (s *Settler) creditBest(ctx context.Context, claims []received) {
	slices.SortStableFunc(claims, func(a, b received) int { return b.amount.Cmp(a.amount) })
	for len(claims) > 0 {
		best := claims[0]
		claims = claims[1:]
		err := s.credit(ctx, best)
		best.answer(nil, err)
		if err != nil {
			s.Log.Warn("a claim of the peer is refused", "amount", best.amount, "error", err)
			continue
		}
		for _, lower := range claims {
			s.claims.counts[ClaimCovered].Add(1)
			lower.answer(nil, nil) // its money is in the best one
		}
		return
	}
}

// credit checks a claim, and credits what it adds to the best one.
func (s *Settler) credit(ctx context.Context, r received) error {
	if err := s.sure(); err != nil {
		return s.claims.refused(ClaimUncredited, err)
	}
	theirs, in, err := s.channelOfPeer(ctx)
	if err != nil {
		return s.claims.refused(ClaimNoChannel, err)
	}
	s.adopting.Lock() // another channel takes the place of this one before or after the claim
	defer s.adopting.Unlock()
	s.mu.Lock()
	current, old := s.kept.current, time.Since(s.read) > readingAgeMax
	if now := s.kept.in[theirs.ID]; now != nil {
		in = *now
	}
	s.mu.Unlock()
	if current != theirs.ID {
		return s.claims.refused(ClaimNoChannel, fmt.Errorf("the channel %v has just been replaced by %v", theirs.ID, current))
	}
	added, ok := r.amount.Sub(in.Total)
	if !ok || added.Sign() <= 0 {
		s.countLower(r, theirs, in)
		return fmt.Errorf("new claim is less than old claim. new=%v old=%v", r.amount, in.Total)
	}
	drops, err := s.units.drops(r.amount)
	if err != nil {
		return s.claims.refused(ClaimUnreadable, fmt.Errorf("claim of %v: %w", r.amount, err))
	}
	message := xrpl.ClaimMessage(theirs.ID, drops)
	if !theirs.Key.Verify(message[:], r.signature) {
		s.Alerts.Raise(kindClaim, fmt.Sprintf(alertClaim, theirs.ID))
		return s.claims.refused(ClaimBadSignature, fmt.Errorf("got invalid claim signature %s for amount %d drops total", r.text, drops))
	}
	if drops > theirs.Amount || old {
		if theirs, err = s.readAgain(ctx, theirs); err != nil {
			return s.claims.refused(ClaimUncredited, err)
		}
	}
	if drops > theirs.Amount {
		return s.claims.refused(ClaimAboveChannel,
			fmt.Errorf("got claim for amount higher than channel balance. amount: %d incoming channel amount: %d", drops, theirs.Amount))
	}
	if err := s.closing(theirs); err != nil {
		return s.claims.refused(ClaimClosing, err)
	}
	best := incoming{Channel: theirs.ID, Key: theirs.Key, Total: r.amount, Scale: s.Scale, Signature: r.signature}
	err = s.Credit(ctx, fmt.Sprintf("%v:%v", theirs.ID, r.amount), added, store.Batch{change(keyIn+theirs.ID.String(), best)})
	if err != nil {
		if !errors.Is(err, ErrUncredited) {
			s.update(func() { s.unsure = true })
		}
		return s.claims.refused(ClaimUncredited, fmt.Errorf("the claim is not credited: %w", err))
	}
	s.update(func() { s.kept.in[best.Channel] = &best })
	s.Alerts.Resolve(kindClaim)
	s.countTaken()
	if told := transferAmount(added); told != r.told {
		s.Log.Info("the peer has paid another amount than it says", "says", r.told, "added", added)
	}
	return nil
}

// countTaken counts a claim that was credited.
func (s *Settler) countTaken() {
	s.claims.counts[ClaimTaken].Add(1)
	s.claims.regressed = 0
	s.Alerts.Resolve(kindRegressed)
}

// countLower counts a claim that is not above the best one. A peer that signs lower ones again and again has
// lost its memory of what it has paid, and its books say less than ours.
func (s *Settler) countLower(r received, theirs Channel, in incoming) {
	if r.amount.Cmp(in.Total) == 0 {
		s.claims.counts[ClaimRepeated].Add(1) // our answer to the first one was lost
		return
	}
	drops, err := s.units.drops(r.amount)
	message := xrpl.ClaimMessage(theirs.ID, drops)
	if err != nil || !theirs.Key.Verify(message[:], r.signature) {
		s.claims.counts[ClaimLower].Add(1)
		return
	}
	s.claims.counts[ClaimRegressed].Add(1)
	if s.claims.regressed++; s.claims.regressed > regressedMost {
		s.Alerts.Raise(kindRegressed, fmt.Sprintf(alertRegressed, theirs.ID, r.amount, in.Total))
	}
}

// readingAgeMax is how old may be what we know of the peer's channel when a claim is credited. The peer can have
// closed it after settleDelayMin, and the claim has to get to the ledger before.
const readingAgeMax = settleDelayMin * time.Second / 2

// channelPatience is how long a claim waits until the peer's channel is known.
const channelPatience = 10 * time.Second

// channelOfPeer returns the channel that claims of the peer are for, and the best claim on it.
func (s *Settler) channelOfPeer(ctx context.Context) (Channel, incoming, error) {
	var theirs *Channel
	var in *incoming
	known := func() bool {
		theirs, in = s.theirs, s.kept.in[s.kept.current]
		return theirs != nil && in != nil && in.Channel == theirs.ID
	}
	waiting, stop := context.WithTimeout(ctx, channelPatience)
	defer stop()
	s.mu.Lock()
	there := known()
	s.mu.Unlock()
	if !there {
		s.wake() // tend asks the peer and the ledger
	}
	if err := s.await(waiting, known); err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		return Channel{}, incoming{}, fmt.Errorf("%w The channel that the claim is for is not known: %w", ErrNotReady, cmp.Or(s.fault, errNoChannel))
	}
	return *theirs, *in, nil
}

var errNoChannel = errors.New("name it with ripple_channel_id")

// readAgain reads the peer's channel again: it may have been funded.
func (s *Settler) readAgain(ctx context.Context, old Channel) (Channel, error) {
	asking, stop := context.WithTimeout(ctx, channelPatience)
	defer stop()
	now, err := s.Ledger.Channel(asking, old.ID)
	if err != nil {
		return old, fmt.Errorf("the channel %v cannot be read now: %w", old.ID, err)
	}
	s.update(func() {
		if s.theirs != nil && s.theirs.ID == now.ID {
			s.theirs, s.read = &now, time.Now()
		}
	})
	return now, nil
}

// closing returns an error if a channel closes: what claims on it are worth is not certain.
func (s *Settler) closing(c Channel) error {
	if c.Expiration != 0 || c.CancelAfter != 0 {
		return fmt.Errorf("the channel %v is closing; open another one", c.ID)
	}
	return nil
}
