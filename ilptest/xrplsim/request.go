package xrplsim

import (
	"encoding/hex"
	"encoding/json"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// Request is what a client asks.
type Request struct {
	Command string
	Client  int // connections are numbered from 1, in the order in which they were made
	Version int // api_version
	Body    map[string]json.RawMessage
	// Transaction is that of submit. It is nil if there is none, or none that can be read.
	Transaction *xrpl.Transaction
}

// refusal is an answer that is an error.
type refusal struct {
	name    string
	code    int
	message string
}

// Refusals of more than one command.
var (
	errUnknownCommand = &refusal{"unknownCmd", 32, "Unknown method."}
	errVersion        = &refusal{"invalid_API_version", 0, ""}
	errLedger         = &refusal{"lgrNotFound", 21, "ledgerNotFound"}
	errAccount        = &refusal{"actNotFound", 19, "Account not found."}
	errAddress        = &refusal{"actMalformed", 35, "Account malformed."}
	errEntry          = &refusal{"entryNotFound", 98, "Entry not found."}
	errTransaction    = &refusal{"txnNotFound", 29, "Transaction not found."}
)

// codes are those of the errors that tests have servers answer.
var codes = map[string]int{
	"tooBusy": 9, "slowDown": 10, "noClosed": 15, "noCurrent": 16, "noNetwork": 17, "notSynced": 18, "internal": 73,
}

// invalid refuses a request because of a field.
func invalid(field string) *refusal {
	return &refusal{"invalidParams", 31, "Invalid field '" + field + "'."}
}

// command answers requests. It is called with l.mu held.
type command func(l *Ledger, c *client, r *Request) (object, *refusal)

func commands() map[string]command {
	return map[string]command{
		"ping":             (*Ledger).ping,
		"server_info":      (*Ledger).serverInfo,
		"server_state":     (*Ledger).serverState,
		"fee":              (*Ledger).fee,
		"account_info":     (*Ledger).accountInfo,
		"account_channels": (*Ledger).accountChannels,
		"account_tx":       (*Ledger).accountTx,
		"ledger_entry":     (*Ledger).ledgerEntry,
		"channel_verify":   (*Ledger).channelVerify,
		"ledger":           (*Ledger).ledgerInfo,
		"ledger_current":   (*Ledger).ledgerCurrent,
		"ledger_closed":    (*Ledger).ledgerClosed,
		"ledger_accept":    (*Ledger).ledgerAccept,
		"submit":           (*Ledger).submitBlob,
		"tx":               (*Ledger).tx,
		"subscribe":        (*Ledger).subscribe,
		"unsubscribe":      (*Ledger).unsubscribe,
	}
}

// handle answers a request, unless a fault has it otherwise.
func (l *Ledger) handle(c *client, text []byte) {
	r := &Request{Client: c.number, Version: 1}
	if err := json.Unmarshal(text, &r.Body); err != nil || r.Body == nil {
		c.sendJSON(object{"type": "response", "status": "error", "error": "jsonInvalid", "value": string(text)})
		return
	}
	_ = r.read("command", &r.Command)
	known := r.read("api_version", &r.Version) == nil && r.Version >= 1 && r.Version <= 2
	if r.Command == "submit" {
		r.Transaction, _ = xrpl.Decode(r.blob())
	}
	l.mu.Lock()
	l.requests[r.Command]++
	hook := l.hook
	l.mu.Unlock()
	var fault Fault
	if hook != nil {
		fault = hook(*r)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.silent {
		return
	}
	fault = l.meet(fault, r)
	if fault.Ignore {
		l.after(c, fault, nil)
		return
	}
	answer, refused := object(nil), errVersion
	switch run := commands()[r.Command]; {
	case fault.Error != "":
		refused = &refusal{fault.Error, codes[fault.Error], "The simulator was told to refuse."}
	case !known:
	case run == nil:
		refused = errUnknownCommand
	case fault.Result != "" && r.Command == "submit":
		answer, refused = l.submitAs(r, fault.Result)
	default:
		answer, refused = run(l, c, r)
	}
	if fault.Change != nil && refused == nil {
		answer = plain(answer)
		fault.Change(answer)
	}
	l.after(c, fault, l.envelope(r, answer, refused))
	if l.o.CloseOnSubmit && !fault.CloseFirst && r.Command == "submit" && answer["applied"] == true && !l.paused {
		l.closeLedger()
	}
}

// envelope puts an answer into its envelope.
func (l *Ledger) envelope(r *Request, answer object, refused *refusal) object {
	e := object{"type": "response", "status": "success", "result": answer}
	if id, ok := r.Body["id"]; ok {
		e["id"] = id
	}
	if version, ok := r.Body["api_version"]; ok {
		e["api_version"] = version
	}
	if refused == nil {
		return e
	}
	delete(e, "result")
	e["status"], e["error"], e["request"] = "error", refused.name, r.Body
	if refused.code != 0 {
		e["error_code"] = refused.code
	}
	if refused.message != "" {
		e["error_message"] = refused.message
	}
	for name, value := range answer { // searched_all and the like
		e[name] = value
	}
	return e
}

// read reads a field into a place. It leaves the place alone if there is no such field.
func (r *Request) read(field string, to any) error {
	text, ok := r.Body[field]
	if !ok || string(text) == "null" {
		return nil
	}
	return json.Unmarshal(text, to)
}

// has reports whether the request has a field.
func (r *Request) has(field string) bool {
	_, ok := r.Body[field]
	return ok
}

// blob returns the bytes of tx_blob, and nil if they are no hex.
func (r *Request) blob() []byte {
	var text string
	_ = r.read("tx_blob", &text)
	blob, err := hex.DecodeString(text)
	if err != nil {
		return nil
	}
	return blob
}

// address reads a field that is an address.
func (r *Request) address(field string) (id xrpl.AccountID, refused *refusal) {
	if !r.has(field) {
		return id, &refusal{"invalidParams", 31, "Missing field '" + field + "'."}
	}
	if r.read(field, &id) != nil {
		return id, errAddress
	}
	return id, nil
}
