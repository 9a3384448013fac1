package xrpl

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// PaymentChannel is a payment channel in XRP as a ledger has it.
type PaymentChannel struct {
	ID             Hash
	Account        AccountID // its owner, who pays
	Destination    AccountID
	Amount         Drops // put in altogether
	Balance        Drops // paid out so far
	PublicKey      PublicKey
	SettleDelay    uint32  // seconds
	Expiration     *uint32 // the time from which anyone may close it; nil: not asked for
	CancelAfter    *uint32 // the same, fixed when the channel was made
	SourceTag      *uint32
	DestinationTag *uint32
	Ledger         uint32 // the ledger that was asked; 0 in an Outcome
}

const (
	// pageMax is how many channels a page may have, and pagesMax how many pages are read of
	// one account: that makes 100,000 channels.
	pageMax  = 400
	pagesMax = 250
)

// Channel asks for a channel in the newest validated ledger. If there is none, the error is
// ErrNotFound.
func (c *Client) Channel(ctx context.Context, id Hash) (PaymentChannel, error) {
	var answer struct {
		Node  json.RawMessage `json:"node"`
		Index Hash            `json:"index"`
		of
	}
	params := map[string]any{"payment_channel": id, "ledger_index": Validated}
	if err := c.Do(ctx, "ledger_entry", params, &answer); err != nil {
		return PaymentChannel{}, err
	}
	if answer.Index != id {
		return PaymentChannel{}, fmt.Errorf("ledger_entry: %w", unreadable(fmt.Errorf("it is about %v, not %v", answer.Index, id)))
	}
	if err := answer.check(Validated); err != nil {
		return PaymentChannel{}, fmt.Errorf("ledger_entry: %w", err)
	}
	channel, err := readEntry(id, answer.Node, false)
	if err != nil {
		return PaymentChannel{}, fmt.Errorf("ledger_entry: %w", unreadable(err))
	}
	channel.Ledger = answer.index()
	return channel, nil
}

// readEntry reads a channel as it is in the ledger. It refuses channels that are not in XRP.
// What an entry is created with leaves out a balance of 0; nothing else may.
func readEntry(id Hash, text json.RawMessage, created bool) (PaymentChannel, error) {
	var e struct {
		LedgerEntryType      string
		Account, Destination *AccountID
		Amount, Balance      *Drops
		PublicKey            *PublicKey
		SettleDelay          uint32
		Expiration           *uint32
		CancelAfter          *uint32
		SourceTag            *uint32
		DestinationTag       *uint32
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return PaymentChannel{}, err
	}
	if e.LedgerEntryType != "" && e.LedgerEntryType != "PayChannel" {
		return PaymentChannel{}, fmt.Errorf("it is a %s", e.LedgerEntryType)
	}
	if e.Balance == nil && created {
		e.Balance = new(Drops(0))
	}
	if e.Account == nil || e.Destination == nil || e.Amount == nil || e.Balance == nil || e.PublicKey == nil {
		return PaymentChannel{}, errors.New("a field of the channel is missing")
	}
	return PaymentChannel{
		id, *e.Account, *e.Destination, *e.Amount, *e.Balance, *e.PublicKey, e.SettleDelay,
		e.Expiration, e.CancelAfter, e.SourceTag, e.DestinationTag, 0,
	}, nil
}

// AccountChannels asks for all channels that an account owns in the newest validated ledger:
// to one destination, or to all if it is nil. All are of the same ledger. Channels that are
// not in XRP are left out.
func (c *Client) AccountChannels(ctx context.Context, owner AccountID, destination *AccountID) ([]PaymentChannel, error) {
	params := map[string]any{"account": owner, "ledger_index": Validated, "limit": pageMax}
	if destination != nil {
		params["destination_account"] = destination
	}
	var all []PaymentChannel
	for range pagesMax {
		var page channelPage
		if err := c.Do(ctx, "account_channels", params, &page); err != nil {
			return nil, err
		}
		channels, err := page.check(owner, destination)
		if err != nil {
			return nil, fmt.Errorf("account_channels: %w", err)
		}
		if pinned, ok := params["ledger_index"].(uint32); ok && page.LedgerIndex != pinned {
			return nil, fmt.Errorf("account_channels: %w", unreadable(fmt.Errorf("a page is of ledger %d, not %d", page.LedgerIndex, pinned)))
		}
		all = append(all, channels...)
		if len(page.Marker) == 0 || string(page.Marker) == "null" {
			return all, nil
		}
		if before, ok := params["marker"].(json.RawMessage); ok && bytes.Equal(before, page.Marker) {
			return nil, fmt.Errorf("account_channels: %w", unreadable(errors.New("the same page comes again")))
		}
		params["marker"], params["ledger_index"] = page.Marker, page.LedgerIndex
	}
	return nil, fmt.Errorf("account_channels: %w", unreadable(fmt.Errorf("there are more than %d pages", pagesMax)))
}

// channelPage is an answer to account_channels.
type channelPage struct {
	Account  AccountID         `json:"account"`
	Channels []json.RawMessage `json:"channels"`
	Marker   json.RawMessage   `json:"marker"`
	of
}

// check returns the channels in XRP of a page.
func (p channelPage) check(owner AccountID, destination *AccountID) (all []PaymentChannel, err error) {
	if err := p.of.check(Validated); err != nil {
		return nil, err
	}
	if len(p.Channels) > pageMax {
		return nil, unreadable(fmt.Errorf("a page has %d channels, more than the %d asked for", len(p.Channels), pageMax))
	}
	for _, text := range p.Channels {
		channel, inXRP, err := readListed(text)
		if err != nil {
			return nil, unreadable(err)
		}
		if channel.Account != owner || destination != nil && channel.Destination != *destination {
			return nil, unreadable(fmt.Errorf("channel %v is from %v to %v", channel.ID, channel.Account, channel.Destination))
		}
		if inXRP {
			channel.Ledger = p.LedgerIndex
			all = append(all, channel)
		}
	}
	return all, nil
}

// readListed reads a channel of a list, which has other names than the entry. It reports
// whether the channel is in XRP: an amount of tokens is an object.
func readListed(text json.RawMessage) (channel PaymentChannel, inXRP bool, err error) {
	var e struct {
		ID             *Hash           `json:"channel_id"`
		Account        *AccountID      `json:"account"`
		Destination    *AccountID      `json:"destination_account"`
		Amount         json.RawMessage `json:"amount"`
		Balance        json.RawMessage `json:"balance"`
		KeyHex         *PublicKey      `json:"public_key_hex"`
		Key            string          `json:"public_key"` // in base58
		SettleDelay    uint32          `json:"settle_delay"`
		Expiration     *uint32         `json:"expiration"`
		CancelAfter    *uint32         `json:"cancel_after"`
		SourceTag      *uint32         `json:"source_tag"`
		DestinationTag *uint32         `json:"destination_tag"`
	}
	if err := json.Unmarshal(text, &e); err != nil {
		return PaymentChannel{}, false, err
	}
	if e.KeyHex == nil {
		k, err := ParsePublicKey(e.Key)
		if err != nil {
			return PaymentChannel{}, false, err
		}
		e.KeyHex = &k
	}
	if e.ID == nil || e.Account == nil || e.Destination == nil || e.KeyHex == nil || len(e.Amount) == 0 || len(e.Balance) == 0 {
		return PaymentChannel{}, false, errors.New("a field of a channel is missing")
	}
	channel = PaymentChannel{
		ID: *e.ID, Account: *e.Account, Destination: *e.Destination, PublicKey: *e.KeyHex, SettleDelay: e.SettleDelay,
		Expiration: e.Expiration, CancelAfter: e.CancelAfter, SourceTag: e.SourceTag, DestinationTag: e.DestinationTag,
	}
	if e.Amount[0] == '{' {
		return channel, false, nil
	}
	if err := json.Unmarshal(e.Amount, &channel.Amount); err != nil {
		return PaymentChannel{}, false, err
	}
	return channel, true, json.Unmarshal(e.Balance, &channel.Balance)
}
