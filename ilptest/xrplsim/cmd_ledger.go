package xrplsim

import (
	"encoding/json"
	"strconv"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// chosen is the ledger that a request is about.
type chosen struct {
	l      *Ledger
	state  *state
	closed *closed // nil: the open ledger
}

// chosen finds the ledger that a request names. Without a name it is the open one.
func (l *Ledger) chosen(r *Request) (chosen, *refusal) {
	var c *closed
	switch {
	case r.has("ledger_hash"):
		var hash xrpl.Hash
		if r.read("ledger_hash", &hash) != nil {
			return chosen{}, invalid("ledger_hash")
		}
		for _, known := range l.ledgers {
			if known.hash == hash {
				c = l.ledger(known.index)
			}
		}
	default:
		index, refused := l.indexOf(r.Body["ledger_index"])
		if refused != nil {
			return chosen{}, refused
		}
		if index == l.open.index {
			return chosen{l: l, state: l.open.state}, nil
		}
		c = l.ledger(index)
	}
	if c == nil || c.state == nil {
		return chosen{}, errLedger
	}
	return chosen{l, c.state, c}, nil
}

// indexOf reads a ledger_index: a number, or the name of a ledger.
func (l *Ledger) indexOf(text json.RawMessage) (uint32, *refusal) {
	var number uint32
	if json.Unmarshal(text, &number) == nil && text != nil && string(text) != "null" {
		return number, nil
	}
	name := "current"
	if text != nil && json.Unmarshal(text, &name) != nil {
		return 0, &refusal{"invalidParams", 31, "ledgerIndexMalformed"}
	}
	switch name {
	case "validated":
		return l.validated().index, nil
	case "closed":
		return l.last().index, nil
	case "current", "":
		return l.open.index, nil
	}
	n, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return 0, &refusal{"invalidParams", 31, "ledgerIndexMalformed"}
	}
	return uint32(n), nil
}

// name adds to an answer which ledger it is from.
func (c chosen) name(answer object) object {
	if c.closed == nil {
		answer["ledger_current_index"], answer["validated"] = c.l.open.index, false
		return answer
	}
	answer["ledger_hash"], answer["ledger_index"] = c.closed.hash, c.closed.index
	answer["validated"] = c.l.isValidated(c.closed)
	return answer
}

// ledgerInfo answers the command ledger.
func (l *Ledger) ledgerInfo(_ *client, r *Request) (object, *refusal) {
	at, refused := l.chosen(r)
	if refused != nil {
		return nil, refused
	}
	if at.closed == nil {
		return at.name(object{"ledger": object{"closed": false, "ledger_index": l.indexText(l.open.index, r), "parent_hash": l.last().hash}}), nil
	}
	c := at.closed
	o := object{
		"closed": true, "ledger_hash": c.hash, "ledger_index": l.indexText(c.index, r), "parent_hash": c.parent,
		"account_hash": half(c.hash[:], []byte("accounts")), "transaction_hash": half(c.hash[:], []byte("transactions")),
		"close_time": c.closeTime, "parent_close_time": c.parentClose, "close_flags": 0, "close_time_resolution": timeResolution,
		"close_time_human": xrpl.Time(c.closeTime).Format("2006-Jan-02 15:04:05.000000000 UTC"), "close_time_iso": iso(c.closeTime),
		"total_coins": xrpl.MaxDrops - c.burned,
	}
	var transactions, expand bool
	if r.read("transactions", &transactions) != nil || r.read("expand", &expand) != nil {
		return nil, invalid("transactions")
	}
	if transactions {
		list := make([]any, len(c.transactions))
		for i, t := range c.transactions {
			switch {
			case !expand:
				list[i] = t.id
			case r.Version == 1:
				list[i] = t.fields(1)
				list[i].(object)["hash"], list[i].(object)["metaData"] = t.id, t.meta
			default:
				list[i] = object{"tx_json": t.fields(2), "hash": t.id, "meta": t.meta}
			}
		}
		o["transactions"] = list
	}
	return at.name(object{"ledger": o}), nil
}

// indexText returns an index as the command ledger has it: text in version 1.
func (l *Ledger) indexText(index uint32, r *Request) any {
	if r.Version == 1 {
		return strconv.FormatUint(uint64(index), 10)
	}
	return index
}

func (l *Ledger) ledgerCurrent(*client, *Request) (object, *refusal) {
	return object{"ledger_current_index": l.open.index}, nil
}

func (l *Ledger) ledgerClosed(*client, *Request) (object, *refusal) {
	return object{"ledger_hash": l.last().hash, "ledger_index": l.last().index}, nil
}

// ledgerAccept closes the open ledger: servers of test networks can be told to.
func (l *Ledger) ledgerAccept(*client, *Request) (object, *refusal) {
	l.closeLedger()
	return object{"ledger_current_index": l.open.index}, nil
}
