package xrpl

import (
	"context"
	"errors"
	"fmt"
)

// Result is what became of a transaction, such as tesSUCCESS. Of Submit it is provisional.
type Result string

// Success is the Result of a transaction that did what it says. A Claim or Fund of a channel
// that has expired closes the channel, and succeeds as well: look at the channel afterwards.
const Success Result = "tesSUCCESS"

// Class returns the first three letters of a Result: tes (it succeeds), tec (it fails, and
// costs the fee), tef, tel, tem (it fails and costs nothing), ter (it may succeed later).
func (r Result) Class() string { return string(r[:min(3, len(r))]) }

// SubmitOptions change how a transaction is submitted.
type SubmitOptions struct {
	// FailHard keeps the server from trying again, and from passing on what fails now.
	FailHard bool
}

// Submitted is what a server says at once about a transaction. It is never final: only an
// Outcome of a validated ledger is, or ErrAbsent.
type Submitted struct {
	ID              Hash
	Result          Result
	Message         string
	Accepted        bool // the server does something with it
	Applied         bool // it is in its open ledger
	Broadcast       bool
	Queued          bool
	Kept            bool // the server will try again later
	OpenLedgerCost  Drops
	SequenceNext    uint32 // the sequence number after all that is pending
	LedgerValidated uint32
}

// Submit submits a signed transaction. After any error but ErrNotSent it may be executed:
// submit the same blob again, or ask for it by Tx, until its LastLedgerSequence has passed.
func (c *Client) Submit(ctx context.Context, blob []byte, options SubmitOptions) (Submitted, error) {
	var answer struct {
		Result          Result `json:"engine_result"`
		Message         string `json:"engine_result_message"`
		Accepted        bool   `json:"accepted"`
		Applied         bool   `json:"applied"`
		Broadcast       bool   `json:"broadcast"`
		Queued          bool   `json:"queued"`
		Kept            bool   `json:"kept"`
		OpenLedgerCost  Drops  `json:"open_ledger_cost"`
		SequenceNext    uint32 `json:"account_sequence_next"`
		LedgerValidated uint32 `json:"validated_ledger_index"`
		Hash            *Hash  `json:"hash"`
		Transaction     struct {
			Hash *Hash `json:"hash"` // where version 1 has it
		} `json:"tx_json"`
	}
	params := map[string]any{"tx_blob": upperHex(blob)}
	if options.FailHard {
		params["fail_hard"] = true
	}
	if err := c.Do(ctx, "submit", params, &answer); err != nil {
		return Submitted{}, err
	}
	if answer.Result == "" {
		return Submitted{}, incomplete("submit")
	}
	id := TransactionID(blob)
	for _, said := range []*Hash{answer.Hash, answer.Transaction.Hash} {
		if said != nil && *said != id {
			return Submitted{}, fmt.Errorf("submit: %w", unreadable(errors.New("it is about another transaction")))
		}
	}
	return Submitted{
		id, Result(printable(string(answer.Result))), printable(answer.Message), answer.Accepted, answer.Applied, answer.Broadcast,
		answer.Queued, answer.Kept, answer.OpenLedgerCost, answer.SequenceNext, answer.LedgerValidated,
	}, nil
}
