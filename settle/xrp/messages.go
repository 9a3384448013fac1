package xrp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// What we say to the peer when we refuse a message: the texts of the npm plugin, where it has one.
var (
	// ErrNotReady refuses a message that needs our channel, or that comes too soon.
	ErrNotReady = errors.New("paychan initialization has not completed or has failed.") //nolint:staticcheck // its words
	errNoPacket = errors.New("no ilp protocol on request")
	errTooMany  = errors.New("too many messages wait; send this one again")
	errNoClaim  = errors.New("the transfer has no claim, as JSON with amount and signature")
)

// Answer answers a message of the peer once, on any goroutine.
type Answer func(entries []settle.MessageEntry, err error)

// received is a claim of the peer.
type received struct {
	amount    balance.Amount
	told      uint64 // the amount of the transfer
	signature []byte
	text      string // the signature as the peer has written it
	answer    Answer
}

// naming is a channel that the peer has named as its own.
type naming struct {
	id     string
	answer Answer
}

// HandleMessage takes a message of the peer: a request without a packet, or a transfer. It does not block.
func (s *Settler) HandleMessage(m settle.Message, answer Answer) {
	if m.Transfer {
		s.handleTransfer(m, answer)
		return
	}
	if e, there := m.Entry(entryAddress); there {
		s.handleAddress(string(e.Data))
		answer([]settle.MessageEntry{{Name: entryAddress, Type: settle.Text, Data: []byte(s.Wallet.Address.String())}}, nil)
		return
	}
	if _, there := m.Entry(entryInfo); there {
		answer([]settle.MessageEntry{{Name: entryInfo, Type: settle.JSON, Data: fmt.Appendf(nil, `{"currencyScale":%d}`, s.Scale)}}, nil)
		return
	}
	if e, there := m.Entry(entryBest); there {
		answer(s.best(string(e.Data)))
		return
	}
	if e, there := m.Entry(entryChannel); there && len(e.Data) > 0 {
		select {
		case s.named <- naming{string(e.Data), answer}:
		default:
			answer(nil, errTooMany)
		}
		return
	}
	answer(nil, errNoPacket)
}

// handleAddress takes the peer's address, if none is known.
func (s *Settler) handleAddress(text string) {
	peer, err := xrpl.ParseAddress(text)
	if err != nil || peer == s.Wallet.Address {
		s.Log.Warn("the peer has an address that we cannot use", "error", err)
		return
	}
	s.mu.Lock()
	known := s.kept.peer
	s.mu.Unlock()
	switch known {
	case xrpl.AccountID{}:
		s.update(func() { s.kept.peer = peer }) // tend makes it durable before it uses it
		s.wake()
	case peer:
	default:
		s.Log.Warn("the peer says that it has another address than it has here", "here", known, "says", peer)
	}
}

func (s *Settler) handleTransfer(m settle.Message, answer Answer) {
	e, there := m.Entry(entryClaim)
	var c claim
	if !there || json.Unmarshal(e.Data, &c) != nil {
		answer(nil, s.claims.refused(ClaimUnreadable, errNoClaim))
		return
	}
	amount, err := parseUnits(c.Amount)
	if err != nil {
		answer(nil, s.claims.refused(ClaimUnreadable, fmt.Errorf("claim amount %.40q: %w", c.Amount, err)))
		return
	}
	signature, err := parseSignature(c.Signature)
	if err != nil {
		answer(nil, s.claims.refused(ClaimUnreadable, err))
		return
	}
	select {
	case s.inbox <- received{amount: amount, told: m.Amount, signature: signature, text: c.Signature, answer: answer}:
	default:
		answer(nil, s.claims.refused(ClaimTooMany, errTooMany)) // the next claim has the money of this one too
	}
}

// best answers which claim we have on a channel of the peer. It may have lost its own memory of that.
func (s *Settler) best(id string) ([]settle.MessageEntry, error) {
	channel, err := xrpl.ParseHash(id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	in := s.kept.in[channel]
	s.mu.Unlock()
	c := claim{Amount: "0"}
	if in != nil && len(in.Signature) > 0 {
		c = claim{in.Total.String(), strings.ToLower(in.Signature.String())}
	}
	text, err := json.Marshal(c)
	return []settle.MessageEntry{{Name: entryBest, Type: settle.JSON, Data: text}}, err
}

// askAddress asks the peer for its address.
func (s *Settler) askAddress(ctx context.Context) error {
	got, err := s.ask(ctx, settle.MessageEntry{Name: entryAddress, Type: settle.Text, Data: []byte(s.Wallet.Address.String())})
	if err != nil {
		return err
	}
	peer, err := xrpl.ParseAddress(string(got.Data))
	if err != nil {
		return fmt.Errorf("the address of the peer: %w", err)
	}
	if peer == s.Wallet.Address {
		return errors.New("the peer has our address: give each of the two an account of its own on the ledger")
	}
	s.update(func() { s.kept.peer = peer })
	return nil
}

// tellChannel tells the peer of our channel, and learns which is the peer's.
func (s *Settler) tellChannel(ctx context.Context) error {
	s.mu.Lock()
	ours := s.kept.out.Channel
	s.mu.Unlock()
	got, err := s.ask(ctx, settle.MessageEntry{Name: entryChannel, Type: settle.Text, Data: []byte(ours.String())})
	if err != nil {
		return err
	}
	select {
	case s.named <- naming{string(got.Data), func(_ []settle.MessageEntry, err error) {
		if err != nil {
			s.Log.Warn("the channel of the peer is not taken", "channel", string(got.Data), "error", err)
		}
	}}:
	default: // another message names it
	}
	return nil
}

// askScale asks the peer for the scale of its amounts. It must be ours.
func (s *Settler) askScale(ctx context.Context) error {
	got, err := s.ask(ctx, settle.MessageEntry{Name: entryInfo, Type: settle.Octets, Data: []byte{2}})
	if refused, is := errors.AsType[*settle.RefusedError](err); is {
		if s.Scale == dropScale {
			return nil // an old version of the plugin, which knows no other
		}
		return fmt.Errorf("peer is unable to accomodate our currencyScale; they are on an out of date version of this plugin. error=%w", refused)
	}
	if err != nil {
		return err
	}
	var info struct {
		CurrencyScale *uint8 `json:"currencyScale"`
	}
	if err := json.Unmarshal(got.Data, &info); err != nil {
		return fmt.Errorf("invalid response to info request: %w", err)
	}
	theirs := uint8(dropScale)
	if info.CurrencyScale != nil {
		theirs = *info.CurrencyScale
	}
	if theirs != s.Scale {
		return fmt.Errorf("Fatal! Currency scale mismatch. this=%d peer=%d", s.Scale, theirs) //nolint:staticcheck // the npm plugin's words
	}
	return nil
}

// askBest asks the peer which claim of ours it has on a channel. ok is false if it does not know that, or shows
// none of ours. After an error it has not answered.
func (s *Settler) askBest(ctx context.Context, c Channel) (total balance.Amount, signature []byte, ok bool, err error) {
	got, err := s.ask(ctx, settle.MessageEntry{Name: entryBest, Type: settle.Text, Data: []byte(c.ID.String())})
	if _, refused := errors.AsType[*settle.RefusedError](err); refused {
		return total, nil, false, nil
	}
	if err != nil {
		return total, nil, false, err
	}
	total, signature, ok = s.readBest(c, got.Data)
	return total, signature, ok, nil
}

// readBest reads a claim of ours on a channel, as the peer shows it.
func (s *Settler) readBest(c Channel, text []byte) (total balance.Amount, signature []byte, ok bool) {
	var has claim
	if json.Unmarshal(text, &has) != nil {
		return total, nil, false
	}
	total, err := parseUnits(has.Amount)
	if err != nil {
		return total, nil, false
	}
	if total.Sign() == 0 {
		return total, nil, true
	}
	drops, err := s.units.drops(total)
	if err != nil {
		return total, nil, false
	}
	if signature, err = parseSignature(has.Signature); err != nil {
		return total, nil, false
	}
	message := xrpl.ClaimMessage(c.ID, drops)
	return total, signature, c.Key.Verify(message[:], signature)
}

// ask sends one entry, and returns the entry of that name in the answer.
func (s *Settler) ask(ctx context.Context, e settle.MessageEntry) (settle.MessageEntry, error) {
	entries, err := s.Messenger.Ask(ctx, settle.Message{Entries: []settle.MessageEntry{e}})
	if err != nil {
		return settle.MessageEntry{}, err
	}
	got, there := settle.FindEntry(entries, e.Name)
	if !there {
		return got, &settle.RefusedError{Reason: "its answer has no " + e.Name}
	}
	return got, nil
}
