package xrplsim

import (
	"slices"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// subscribe lets a client hear of ledgers, of all transactions, or of those of some accounts.
func (l *Ledger) subscribe(c *client, r *Request) (object, *refusal) {
	streams, accounts, refused := subscription(r)
	if refused != nil {
		return nil, refused
	}
	c.version = r.Version
	answer := make(object)
	for _, s := range streams {
		c.streams[s] = true
		if s == "ledger" {
			answer = l.ledgerNews(l.validated())
		}
	}
	for _, id := range accounts {
		if c.accounts == nil {
			c.accounts = make(map[xrpl.AccountID]bool)
		}
		c.accounts[id] = true
	}
	return answer, nil
}

func (l *Ledger) unsubscribe(c *client, r *Request) (object, *refusal) {
	streams, accounts, refused := subscription(r)
	if refused != nil {
		return nil, refused
	}
	for _, s := range streams {
		delete(c.streams, s)
	}
	for _, id := range accounts {
		delete(c.accounts, id)
	}
	return object{}, nil
}

// subscription reads what a request subscribes to.
func subscription(r *Request) (streams []string, accounts []xrpl.AccountID, refused *refusal) {
	if r.read("streams", &streams) != nil {
		return nil, nil, invalid("streams")
	}
	for _, s := range streams {
		if !slices.Contains([]string{"ledger", "transactions", "server"}, s) {
			return nil, nil, &refusal{"malformedStream", 53, "Stream malformed."}
		}
	}
	if r.read("accounts", &accounts) != nil {
		return nil, nil, errAddress
	}
	return streams, accounts, nil
}

// ledgerNews says which ledger was validated.
func (l *Ledger) ledgerNews(c *closed) object {
	news := object{
		"ledger_index": c.index, "ledger_hash": c.hash, "ledger_time": c.closeTime, "validated_ledgers": l.ranges(),
		"fee_base": uint64(l.rules.baseFee), "reserve_base": uint64(l.rules.reserveBase), "reserve_inc": uint64(l.rules.reserveEach),
	}
	if l.rules.networkID != 0 {
		news["network_id"] = l.rules.networkID
	}
	return news
}

// publish tells subscribers of the ledgers that were validated since the last time.
func (l *Ledger) publish() {
	for l.published < l.validated().index {
		l.published++
		if c := l.ledgers[l.published-l.ledgers[0].index]; !l.silent {
			for _, to := range l.connected() {
				l.tell(to, c)
			}
		}
	}
}

// tell tells a client of a validated ledger and its transactions.
func (l *Ledger) tell(to *client, c *closed) {
	if to.streams["ledger"] {
		news := l.ledgerNews(c)
		news["type"], news["txn_count"] = "ledgerClosed", len(c.transactions)
		to.sendJSON(news)
	}
	for _, o := range c.transactions {
		if to.streams["transactions"] || o.concernsAny(to.accounts) {
			to.sendJSON(transactionNews(o, to.version))
		}
	}
}

// transactionNews is the message of a validated transaction.
func transactionNews(o *outcome, version int) object {
	m := meanings[o.result]
	news := object{
		"type": "transaction", "status": "closed", "validated": true, "meta": o.meta,
		"engine_result": o.result, "engine_result_code": m.code, "engine_result_message": m.text,
		"ledger_index": o.ledger.index, "ledger_hash": o.ledger.hash, "close_time_iso": iso(o.ledger.closeTime),
	}
	fields := o.fields(version)
	fields["date"] = o.ledger.closeTime
	if version > 1 {
		news["tx_json"], news["hash"] = fields, o.id
	} else {
		fields["hash"] = o.id
		news["transaction"] = fields
	}
	return news
}

// concerns reports whether a transaction has changed an entry of an account, or names it.
func (o *outcome) concerns(id xrpl.AccountID) bool {
	return o.concernsAny(map[xrpl.AccountID]bool{id: true})
}

func (o *outcome) concernsAny(accounts map[xrpl.AccountID]bool) bool {
	if accounts[o.Account] || o.Destination != (xrpl.AccountID{}) && accounts[o.Destination] {
		return true
	}
	for _, n := range o.meta["AffectedNodes"].([]any) {
		for _, node := range n.(object) {
			for _, part := range []string{"NewFields", "FinalFields"} {
				fields, _ := node.(object)[part].(object)
				for _, field := range []string{"Account", "Destination"} {
					if id, ok := fields[field].(xrpl.AccountID); ok && accounts[id] {
						return true
					}
				}
			}
		}
	}
	return false
}
