package xrplsim

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// unreadable refuses a transaction that is none, as rippled refuses it before its engine sees it.
func unreadable(reason string) (object, *refusal) {
	return object{"error_exception": reason}, &refusal{name: "invalidTransaction"}
}

// submitBlob answers the command submit.
func (l *Ledger) submitBlob(_ *client, r *Request) (object, *refusal) {
	if !r.has("tx_blob") {
		return nil, &refusal{"invalidParams", 31, "Missing field 'tx_blob'."}
	}
	blob := r.blob()
	if blob == nil {
		return nil, &refusal{"invalidParams", 31, "Invalid parameters."}
	}
	tx, err := xrpl.Decode(blob)
	if err != nil {
		return unreadable(err.Error())
	}
	if err := tx.VerifySignature(); err != nil {
		return unreadable("fails local checks: Invalid signature.")
	}
	var failHard bool
	if r.read("fail_hard", &failHard) != nil {
		return nil, invalid("fail_hard")
	}
	t := &transaction{Transaction: tx, blob: blob, id: xrpl.TransactionID(blob)}
	return l.submitted(t, l.submit(t, failHard), r), nil
}

// Submit submits a signed transaction without a connection, and returns its result: an engine
// result, or an error that rippled would answer before its engine.
func (l *Ledger) Submit(blob []byte) (result string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	body := map[string]json.RawMessage{"tx_blob": json.RawMessage(strconv.Quote(hex.EncodeToString(blob)))}
	answer, refused := l.submitBlob(nil, &Request{Command: "submit", Version: 1, Body: body})
	if refused != nil {
		return refused.name
	}
	return answer["engine_result"].(string)
}

// submitAs answers submit with a result, and tries nothing.
func (l *Ledger) submitAs(r *Request, result string) (object, *refusal) {
	if r.Transaction == nil {
		return unreadable("transaction cannot be read")
	}
	blob := r.blob()
	return l.submitted(&transaction{Transaction: r.Transaction, blob: blob, id: xrpl.TransactionID(blob)}, submission{result: result}, r), nil
}

// submitted says what has become of a transaction.
func (l *Ledger) submitted(t *transaction, s submission, r *Request) object {
	m := meanings[s.result]
	fields := t.fields(r.Version)
	answer := object{
		"engine_result": s.result, "engine_result_code": m.code, "engine_result_message": m.text,
		"accepted": s.applied || s.queued || s.kept, "applied": s.applied, "broadcast": s.applied, "queued": s.queued, "kept": s.applied || s.kept,
		"account_sequence_available": l.available(t), "account_sequence_next": l.open.state.accounts[t.Account].sequence,
		"open_ledger_cost": l.rules.openFee, "validated_ledger_index": l.validated().index,
		"tx_blob": strings.ToUpper(hex.EncodeToString(t.blob)), "tx_json": fields,
	}
	if r.Version == 1 {
		fields["hash"] = t.id
	} else {
		answer["hash"] = t.id
	}
	return answer
}

// available returns the first sequence number of an account that no transaction uses or waits for.
func (l *Ledger) available(t *transaction) uint32 {
	next := l.open.state.accounts[t.Account].sequence
	for _, h := range l.open.held {
		if h.Account == t.Account && h.Sequence >= next {
			next = h.Sequence + 1
		}
	}
	return next
}
