package xrpl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrAbsent says that no ledger of the range has the transaction, and that each of them is
// validated and was searched. It wraps ErrNotFound. A transaction whose LastLedgerSequence
// the range includes will never be executed.
var ErrAbsent = fmt.Errorf("transaction is in none of the ledgers: %w", ErrNotFound)

// rangeMax is how many ledgers tx searches.
const rangeMax = 1000

// Outcome is what became of a transaction.
type Outcome struct {
	ID          Hash
	Validated   bool // final; else everything below may change
	Result      Result
	Ledger      uint32    // the ledger that has it
	CloseTime   time.Time // of that ledger; zero if the server does not say
	Type        string    // also of types that this package does not know
	Account     AccountID // who sent it; zero if it is no account's
	Sequence    uint32
	Transaction *Transaction    // nil if it has what this package does not know
	Channels    []ChannelChange // what it did to channels in XRP
}

// ChannelChange is what a transaction did to a channel. The channel is as it was after that,
// or at its end.
type ChannelChange struct {
	Channel PaymentChannel
	Created bool
	Deleted bool
}

// Tx asks what became of a transaction that can only be in the ledgers first to last. If
// none has it, the error is ErrAbsent when that is final, and else ErrNotFound.
func (c *Client) Tx(ctx context.Context, id Hash, first, last uint32) (*Outcome, error) {
	if last < first || last-first >= rangeMax {
		return nil, fmt.Errorf("tx: the ledgers %d to %d are no range of at most %d", first, last, rangeMax)
	}
	var answer json.RawMessage
	err := c.Do(ctx, "tx", map[string]any{"transaction": id, "binary": false, "min_ledger": first, "max_ledger": last}, &answer)
	var refused *Error
	switch {
	case errors.As(err, &refused) && refused.Is(ErrNotFound) && refused.SearchedAll && c.Status().Ledger.Index >= last:
		// The stream must agree that the range has passed: searched_all alone could be a
		// server's mistake, and we would pay again.
		return nil, fmt.Errorf("tx: %w", ErrAbsent)
	case err != nil:
		return nil, err
	}
	o, err := readOutcome(answer)
	if err != nil {
		return nil, fmt.Errorf("tx: %w", unreadable(err))
	}
	if o.ID != id {
		return nil, fmt.Errorf("tx: %w", unreadable(errors.New("it is about another transaction")))
	}
	return o, nil
}

// readOutcome reads an answer to tx or a message of the stream, which agree in what is read.
func readOutcome(text []byte) (*Outcome, error) {
	var m struct {
		Hash        *Hash           `json:"hash"`
		Validated   bool            `json:"validated"`
		Ledger      uint32          `json:"ledger_index"`
		CloseTime   string          `json:"close_time_iso"`
		Result      Result          `json:"engine_result"`
		Meta        *meta           `json:"meta"`
		Transaction json.RawMessage `json:"tx_json"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, err
	}
	if m.Hash == nil || len(m.Transaction) == 0 {
		return nil, errors.New("hash or tx_json is missing")
	}
	o := &Outcome{ID: *m.Hash, Validated: m.Validated, Ledger: m.Ledger, Result: m.Result}
	if m.Meta != nil {
		o.Result, o.Channels = m.Meta.Result, m.Meta.channels()
	}
	if o.Validated && (m.Meta == nil || o.Result == "" || o.Ledger == 0) {
		return nil, errors.New("a validated transaction has no result or ledger")
	}
	o.Result = Result(printable(string(o.Result)))
	if at, err := time.Parse(time.RFC3339, m.CloseTime); err == nil {
		o.CloseTime = at.UTC()
	}
	var common struct {
		TransactionType, Account string
		Sequence                 uint32
	}
	if err := json.Unmarshal(m.Transaction, &common); err != nil {
		return nil, err
	}
	o.Type, o.Sequence = printable(common.TransactionType), common.Sequence
	if a, err := ParseAddress(common.Account); err == nil {
		o.Account = a
	}
	t := new(Transaction)
	if err := json.Unmarshal(m.Transaction, t); err == nil {
		o.Transaction = t
	}
	return o, nil
}

// meta is what a transaction did.
type meta struct {
	Result Result                    `json:"TransactionResult"`
	Nodes  []map[string]affectedNode `json:"AffectedNodes"` // each with one key
}

type affectedNode struct {
	LedgerEntryType string
	LedgerIndex     Hash
	NewFields       json.RawMessage
	FinalFields     json.RawMessage
}

// channels returns the changes of channels in XRP. It passes over what it cannot read: others
// may make entries that we do not know, and no harm must come of it.
func (m *meta) channels() (all []ChannelChange) {
	for _, nodes := range m.Nodes {
		for kind, n := range nodes {
			fields, created := n.FinalFields, kind == "CreatedNode"
			if created {
				fields = n.NewFields
			}
			if n.LedgerEntryType != "PayChannel" || len(fields) == 0 {
				continue
			}
			channel, err := readEntry(n.LedgerIndex, fields, created)
			if err != nil {
				continue
			}
			all = append(all, ChannelChange{channel, created, kind == "DeletedNode"})
		}
	}
	return all
}
