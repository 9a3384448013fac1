package xrplsim

import (
	"bytes"
	"encoding/json"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// ledgerRangeMax is how many ledgers tx searches at most.
const ledgerRangeMax = 1000

// tx looks for a transaction, and says whether it has looked everywhere.
func (l *Ledger) tx(_ *client, r *Request) (object, *refusal) {
	var id xrpl.Hash
	switch {
	case !r.has("transaction"):
		return nil, &refusal{"invalidParams", 31, "Invalid parameters."}
	case r.read("transaction", &id) != nil:
		return nil, &refusal{"notImpl", 74, "Not implemented."}
	}
	var first, last uint32
	ranged := r.has("min_ledger") && r.has("max_ledger")
	switch {
	case r.read("min_ledger", &first) != nil || r.read("max_ledger", &last) != nil || ranged && first > last:
		return nil, &refusal{"invalidLgrRange", 79, "Ledger range is invalid."}
	case ranged && last-first > ledgerRangeMax:
		return nil, &refusal{"excessiveLgrRange", 78, "Ledger range exceeds 1000."}
	}
	if o := l.outcome(id); o != nil && (!ranged || o.ledger.index >= first && o.ledger.index <= last) {
		return l.found(o, r.Version), nil
	}
	if t := l.submissions[id]; t != nil && !l.o.Clio && l.outcomes[id] == nil {
		return l.notYet(t, r.Version), nil
	}
	if ranged {
		return object{"searched_all": l.searched(first, last)}, errTransaction
	}
	return nil, errTransaction
}

// searched reports whether tx says that it has searched all ledgers from first to last.
func (l *Ledger) searched(first, last uint32) bool {
	if !l.complete(first, last) {
		return false
	}
	for index := first; index <= last && !l.o.Clio; index++ {
		if len(l.ledger(index).transactions) == 0 {
			return false
		}
	}
	return true
}

// fields returns the fields of a transaction as a version of the API names them.
func (t *transaction) fields(version int) object {
	text, err := json.Marshal(t.Transaction)
	if err != nil {
		panic(err) // it was read from a blob
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var fields object
	if err := d.Decode(&fields); err != nil {
		panic(err)
	}
	if t.Type == xrpl.Payment {
		fields["DeliverMax"] = fields["Amount"]
		if version > 1 {
			delete(fields, "Amount")
		}
	}
	return fields
}

// found answers tx about a transaction in a closed ledger.
func (l *Ledger) found(o *outcome, version int) object {
	fields := o.fields(version)
	fields["date"], fields["ledger_index"] = o.ledger.closeTime, o.ledger.index
	validated := l.isValidated(o.ledger)
	if version == 1 {
		fields["hash"], fields["inLedger"], fields["meta"], fields["validated"] = o.id, o.ledger.index, o.meta, validated
		return fields
	}
	answer := object{"tx_json": fields, "hash": o.id, "ledger_hash": o.ledger.hash, "meta": o.meta, "validated": validated}
	if validated {
		answer["ledger_index"], answer["close_time_iso"] = o.ledger.index, iso(o.ledger.closeTime)
	}
	return answer
}

// notYet answers tx about a transaction that is in no closed ledger.
func (l *Ledger) notYet(t *transaction, version int) object {
	fields := t.fields(version)
	if version > 1 {
		return object{"tx_json": fields, "hash": t.id, "validated": false}
	}
	fields["hash"], fields["validated"] = t.id, false
	return fields
}

// inList returns a transaction as account_tx lists it.
func (l *Ledger) inList(o *outcome, version int) object {
	fields := o.fields(version)
	fields["date"], fields["ledger_index"] = o.ledger.closeTime, o.ledger.index
	if version > 1 {
		return object{
			"tx_json": fields, "hash": o.id, "meta": o.meta, "validated": true,
			"ledger_index": o.ledger.index, "ledger_hash": o.ledger.hash, "close_time_iso": iso(o.ledger.closeTime),
		}
	}
	fields["hash"] = o.id
	return object{"tx": fields, "meta": o.meta, "validated": true}
}
