package xrp

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/settle"
	"github.com/ilp-go/connector/settle/xrp/xrpl"
	"github.com/ilp-go/connector/store"
)

// What an account has in its part of the store:
//
//	out            the channel to the peer, and our best claim on it
//	in             the id of the channel of the peer that we take claims on
//	in/CHANNEL     the best claim on each channel that we have ever taken one on
//	peer           the peer's address, if it was asked for
//	funding        what was put into channels in the last day
const (
	keyOut     = "out"
	keyCurrent = "in"
	keyIn      = "in/"
	keyPeer    = "peer"
	keyFunding = "funding"
)

// Keys of the npm plugin. It has left them in the part if it was hosted before, and an import of a store of
// the reference puts them there. Their values are texts, as JSON.
const (
	npmOutChannel = "data/outgoing_channel"
	npmInChannel  = "data/incoming_channel"
	npmOutClaim   = "data/outgoing_claim"
	npmInClaim    = "data/incoming_claim"
)

// paymentsKept is how many payments a channel remembers. At most one is open, and no other is asked for
// again: see settle.Settler.
const paymentsKept = 16

// outgoing is our channel to the peer.
type outgoing struct {
	Channel xrpl.Hash      `json:"channel"`
	Total   balance.Amount `json:"total"` // units that our best claim says
	Scale   uint8          `json:"scale"` // of Total
	// Signature is of that claim, empty before the first one.
	Signature xrpl.Bytes `json:"signature,omitempty"`
	// Payments are the last payments that are in Total, oldest first, and Last is the amount of the last one.
	Payments []string       `json:"payments,omitempty"`
	Last     balance.Amount `json:"last"`
	// Former are payments over channels before this one. Nobody knows of one of them that the peer has not
	// confirmed whether it has reached the peer.
	Former []string `json:"former,omitempty"`
	// Number counts our channels to the peer and what we do with them. It is a part of the names of
	// operations of the wallet.
	Number uint64 `json:"number"`
	// Closing says that an operator closes the channel. Nothing is paid over it, and none is opened in its
	// place.
	Closing bool `json:"closing,omitempty"`
}

// paid reports whether a payment is in the best claim.
func (o *outgoing) paid(id string) bool { return slices.Contains(o.Payments, id) }

// with returns the channel with one more payment in its best claim.
func (o *outgoing) with(p settle.Payment, total balance.Amount, signature []byte) outgoing {
	next := *o
	next.Total, next.Last, next.Signature = total, p.Amount, signature
	kept := o.Payments[max(0, len(o.Payments)+1-paymentsKept):]
	next.Payments = append(slices.Clone(kept), p.ID)
	return next
}

// next returns another channel in place of this one.
func (o *outgoing) next(channel xrpl.Hash, total balance.Amount, signature []byte) outgoing {
	former := append(slices.Clone(o.Former), o.Payments...)
	return outgoing{
		Channel: channel, Total: total, Signature: signature, Number: o.Number + 1, Former: former[max(0, len(former)-paymentsKept):],
		Closing: o.Closing, Scale: o.Scale,
	}
}

// incoming is a channel of the peer.
type incoming struct {
	Channel   xrpl.Hash      `json:"channel"`
	Key       xrpl.PublicKey `json:"key"`
	Total     balance.Amount `json:"total"` // units that are credited
	Scale     uint8          `json:"scale"` // of Total
	Signature xrpl.Bytes     `json:"signature,omitempty"`
}

// claim is a claim as peers send it.
type claim struct {
	Amount    string `json:"amount"`
	Signature string `json:"signature,omitempty"`
}

// funding is one sum that was put into a channel, or is about to be.
type funding struct {
	Op    string     `json:"op"`
	Drops xrpl.Drops `json:"drops"`
	At    time.Time  `json:"at"`
}

// kept is what the store has of an account.
type kept struct {
	out     outgoing
	in      map[xrpl.Hash]*incoming
	current xrpl.Hash // zero if there is none
	peer    xrpl.AccountID
	funding []funding
}

// change returns what makes a value durable.
func change(key string, value any) store.Change {
	text, err := json.Marshal(value)
	if err != nil {
		panic("xrp: " + err.Error()) // only of amounts above all XRP, which nothing here can reach
	}
	return store.Change{Key: key, Value: text}
}

// load reads what is kept, in units of a scale.
func load(s store.Store, scale uint8) (kept, error) {
	k := kept{in: make(map[xrpl.Hash]*incoming), out: outgoing{Scale: scale}}
	npm := make(map[string]string)
	recorded := false // what became of our channel
	err := s.Load("", func(key string, value []byte) (err error) {
		switch {
		case key == keyOut:
			recorded = true
			err = json.Unmarshal(value, &k.out)
		case key == keyCurrent:
			err = json.Unmarshal(value, &k.current)
		case key == keyPeer:
			err = json.Unmarshal(value, &k.peer)
		case key == keyFunding:
			err = json.Unmarshal(value, &k.funding)
		case len(key) > len(keyIn) && key[:len(keyIn)] == keyIn:
			in := &incoming{Scale: scale}
			if err = json.Unmarshal(value, in); err == nil {
				k.in[in.Channel] = in
			}
		case key == npmOutChannel, key == npmInChannel, key == npmOutClaim, key == npmInClaim:
			var text string
			err = json.Unmarshal(value, &text)
			npm[key] = text
		}
		if err != nil {
			err = fmt.Errorf("what is kept under %s: %w", key, err)
		}
		return err
	})
	if err != nil {
		return kept{}, err
	}
	if recorded {
		delete(npm, npmOutChannel) // it may be gone by now, and must not come back
	}
	if err := k.rescale(scale); err != nil {
		return kept{}, err
	}
	return k, k.adopt(npm, scale)
}

// rescale converts what was kept while the account had another scale.
func (k *kept) rescale(scale uint8) (err error) {
	to := units{scale}
	if k.out.Total, err = to.rescaled(k.out.Total, k.out.Scale); err != nil {
		return err
	}
	k.out.Scale = scale
	for _, in := range k.in {
		if in.Total, err = to.rescaled(in.Total, in.Scale); err != nil {
			return err
		}
		in.Scale = scale
	}
	return nil
}

// adopt takes over what the npm plugin has kept, unless we have gone on from there already.
func (k *kept) adopt(npm map[string]string, scale uint8) error {
	if npm[npmOutChannel] != "" {
		channel, total, signature, err := npmClaim(npm[npmOutChannel], npm[npmOutClaim])
		if err != nil {
			return fmt.Errorf("what the npm plugin has kept of its outgoing channel: %w", err)
		}
		k.out = outgoing{Channel: channel, Total: total, Scale: scale, Signature: signature}
	}
	if k.current == (xrpl.Hash{}) && npm[npmInChannel] != "" {
		channel, total, signature, err := npmClaim(npm[npmInChannel], npm[npmInClaim])
		if err != nil {
			return fmt.Errorf("what the npm plugin has kept of its incoming channel: %w", err)
		}
		k.current = channel
		if k.in[channel] == nil { // its key comes from the ledger
			k.in[channel] = &incoming{Channel: channel, Total: total, Scale: scale, Signature: signature}
		}
	}
	return nil
}

// npmClaim reads the id of a channel and a claim of the npm plugin.
func npmClaim(id, text string) (channel xrpl.Hash, total balance.Amount, signature []byte, err error) {
	if channel, err = xrpl.ParseHash(id); err != nil || text == "" {
		return channel, total, nil, err
	}
	var c claim
	if err = json.Unmarshal([]byte(text), &c); err != nil {
		return channel, total, nil, err
	}
	if total, err = parseUnits(c.Amount); err != nil {
		return channel, total, nil, err
	}
	signature, err = hex.DecodeString(c.Signature)
	return channel, total, signature, err
}
