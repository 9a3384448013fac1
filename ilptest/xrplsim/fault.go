package xrplsim

import (
	"bytes"
	"encoding/json"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// SlowDown is what a server says to a client that asks too much, before it disconnects. It has
// no id.
const SlowDown = `{"error":"slowDown","error_code":10,"error_message":"You are placing too much load on the server."}`

// Fault says what goes wrong with a request. The zero Fault changes nothing. Its parts combine:
//
//	Fault{On: "submit", Ignore: true}                      the request is lost
//	Fault{On: "submit", Silent: true}                      it is executed, and the answer is lost
//	Fault{On: "submit", Disconnect: true}                  the same, and the connection with it
//	Fault{On: "submit", CloseFirst: true}                  the answer comes after the validated message
//	Fault{On: "submit", Result: "telCAN_NOT_QUEUE_FULL"}   nothing is executed
//	Fault{Raw: SlowDown, Ignore: true, Disconnect: true}
//	Fault{On: "ledger_entry", Change: LieAmount(1000)}
type Fault struct {
	On    string // the command; empty: any
	After int    // how many such requests are spared first
	Times int    // how many meet the fault then; 0: all that follow

	Ignore     bool                 // the request is not executed, and not answered unless Raw says so
	Silent     bool                 // it is executed, and not answered
	Error      string               // it is not executed, and answered with this error
	Result     string               // of submit: the transaction is not tried, and this is the result
	Change     func(map[string]any) // changes the result, which is plain JSON; must not call the Ledger
	CloseFirst bool                 // a ledger is closed before the answer is sent
	Raw        string               // is sent in place of the answer
	Disconnect bool                 // the connection is closed, without the answer unless Raw says so
	Until      chan struct{}        // the answer waits until this is closed; later answers do not wait for it
}

// condition is what is wrong with the server. l.mu guards it.
type condition struct {
	hook      func(Request) Fault
	faults    []*Fault
	hold      func(*xrpl.Transaction) bool
	forgotten map[uint32]bool
	lag       int
	paused    bool
	silent    bool
	html      bool
}

// Fail makes requests meet a fault. Of several faults, the first that fits is met.
func (l *Ledger) Fail(f Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = append(l.faults, &f)
}

// Heal forgets all faults of Fail. Faults that are met already go on.
func (l *Ledger) Heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = nil
}

// Hook calls f with each request before it is executed, and lets it meet the fault that f
// returns, whose On, After and Times mean nothing. f may block,
// which Close awaits, and may call the Ledger. nil ends it.
func (l *Ledger) Hook(f func(Request) Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hook = f
}

// meet returns the fault that a request meets: that of the hook, or the first that fits.
func (l *Ledger) meet(hooked Fault, r *Request) Fault {
	for i, f := range l.faults {
		if f.On != "" && f.On != r.Command {
			continue
		}
		if f.After > 0 {
			f.After--
			continue
		}
		met := *f
		if f.Times == 1 {
			l.faults = append(l.faults[:i:i], l.faults[i+1:]...)
		}
		f.Times = max(0, f.Times-1)
		return met
	}
	return hooked
}

// after sends the answer as far as the fault lets it. answer is nil if there is none.
func (l *Ledger) after(c *client, f Fault, answer object) {
	if f.CloseFirst {
		l.closeLedger()
	}
	var text []byte
	switch {
	case f.Raw != "":
		text = []byte(f.Raw)
	case answer != nil && !f.Silent && !f.Disconnect:
		var err error
		if text, err = json.Marshal(answer); err != nil {
			panic(err)
		}
	}
	send := func() {
		if text != nil {
			c.send(text)
		}
		if f.Disconnect {
			c.finish()
		}
	}
	if f.Until == nil {
		send()
		return
	}
	l.running.Go(func() {
		select {
		case <-f.Until:
			send()
		case <-c.ended.Done():
		}
	})
}

// plain returns a copy of an answer as JSON has it.
func plain(answer object) (o object) {
	text, err := json.Marshal(answer)
	if err != nil {
		panic(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&o); err != nil {
		panic(err)
	}
	return o
}

// LieAmount returns a Change that makes ledger_entry and account_channels say that channels have
// another amount.
func LieAmount(d xrpl.Drops) func(map[string]any) {
	return func(result object) {
		if node, ok := result["node"].(object); ok {
			node["Amount"] = d
		}
		if list, ok := result["channels"].([]any); ok {
			for _, c := range list {
				c.(object)["amount"] = d
			}
		}
	}
}
