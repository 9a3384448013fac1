package ilptest

import (
	"crypto/sha256"
	"time"

	"github.com/ilp-go/connector/ilp"
)

// Preimage is the fulfillment of the packets made here.
var Preimage = [ilp.ConditionBytes]byte{'i', 'l', 'p', 't', 'e', 's', 't'}

// Condition is the condition that Preimage fulfills.
var Condition = sha256.Sum256(Preimage[:])

// Prepare makes a Prepare that expires in 30 seconds and that Preimage
// fulfills. Edits change the draft first.
func Prepare(destination string, amount uint64, edits ...func(*ilp.Draft)) ilp.Prepare {
	d := ilp.Draft{
		Amount: amount, Expiry: time.Now().Add(30 * time.Second).UnixMilli(),
		Condition: Condition, Destination: destination,
	}
	for _, edit := range edits {
		edit(&d)
	}
	p, err := ilp.ParsePrepare(d.Append(nil))
	if err != nil {
		panic("ilptest: " + err.Error())
	}
	return p
}

// Data returns an edit that gives the packet data.
func Data(data []byte) func(*ilp.Draft) { return func(d *ilp.Draft) { d.Data = data } }

// ExpiresIn returns an edit that sets the time the packet has from now.
func ExpiresIn(t time.Duration) func(*ilp.Draft) {
	return func(d *ilp.Draft) { d.Expiry = time.Now().Add(t).UnixMilli() }
}

// ExpiresAt returns an edit that sets the expiry, in Unix milliseconds.
func ExpiresAt(ms int64) func(*ilp.Draft) { return func(d *ilp.Draft) { d.Expiry = ms } }

// WithCondition returns an edit that sets the condition.
func WithCondition(condition [ilp.ConditionBytes]byte) func(*ilp.Draft) {
	return func(d *ilp.Draft) { d.Condition = condition }
}

// Fulfill returns a Fulfill with Preimage and data.
func Fulfill(data ...byte) ilp.Reply {
	f := ilp.Fulfill{Fulfillment: Preimage, Data: data}
	return mustReply(f.Append(nil))
}

// WrongFulfill returns a Fulfill with a preimage of another condition.
func WrongFulfill() ilp.Reply {
	f := ilp.Fulfill{Fulfillment: [ilp.ConditionBytes]byte{'w', 'r', 'o', 'n', 'g'}}
	return mustReply(f.Append(nil))
}

// Reject returns a Reject made by test.peer.
func Reject(code ilp.Code, message string) ilp.Reply { return RejectBy("test.peer", code, message) }

// RejectBy returns a Reject made by a node.
func RejectBy(address string, code ilp.Code, message string) ilp.Reply {
	r := ilp.Reject{Code: code, TriggeredBy: address, Message: message}
	return mustReply(r.Append(nil))
}

func mustReply(b []byte) ilp.Reply {
	r, err := ilp.ParseReply(b)
	if err != nil {
		panic("ilptest: " + err.Error())
	}
	return r
}
