package load

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/ilp-go/connector/ilp"
)

// Target is where a packet goes.
type Target struct {
	Address string
	To      int // index of the receiver, then of the neighbor; or Nowhere
}

// Nowhere is the receiver of packets without a route.
const Nowhere = -1

// Outcome says how the packets of a run end.
type Outcome int

// The outcomes.
const (
	Fulfilled   Outcome = iota // the receiver fulfills
	Refused                    // the receiver rejects
	Unreachable                // the process under test has no route
)

// These errors say what is wrong with a packet that arrived, or with an answer.
var (
	errData        = errors.New("the data was changed")
	errRun         = errors.New("the packet belongs to another run")
	errTarget      = errors.New("the packet came to the wrong receiver")
	errDestination = errors.New("the destination was changed")
	errCondition   = errors.New("the condition was changed")
	errFulfillment = errors.New("the fulfillment is not the preimage")
)

// arrival is what a receiver expects of its packets.
type arrival struct {
	run      uint64
	receiver int
	targets  []Target
	divisor  uint64  // units of the sender in one unit of the receiver
	prices   *Prices // nil if divisor alone converts an amount
}

// check compares a Prepare that arrived at nowMs, in Unix ms, with its label.
func (a *arrival) check(p *ilp.Prepare, nowMs int64) (label, error) {
	data := p.Data()
	if len(data) != dataBytes || string(data[labelBytes:]) != filler[labelBytes:dataBytes] {
		return label{}, errData
	}
	l := readLabel(data)
	if l.run != a.run {
		return l, errRun
	}
	if int(l.target) >= len(a.targets) {
		return l, errData
	}
	target := &a.targets[l.target]
	condition := l.condition()
	switch {
	case target.To != a.receiver:
		return l, errTarget
	case string(p.Destination()) != target.Address:
		return l, errDestination
	case !bytes.Equal(p.Condition(), condition[:]):
		return l, errCondition
	case a.prices == nil && p.Amount() != l.amount()/a.divisor:
		return l, fmt.Errorf("the amount is %d, not %d", p.Amount(), l.amount()/a.divisor)
	case p.Expiry() <= nowMs || p.Expiry() > nowMs+lifetime.Milliseconds():
		return l, fmt.Errorf("the packet expires in %d ms", p.Expiry()-nowMs)
	case a.prices != nil:
		return l, a.prices.check(l, a.receiver, p.Amount())
	}
	return l, nil
}

// checkReply compares an answer with the packet. address is the ILP address of the process under
// test: only that may answer that there is no route.
func checkReply(r *ilp.Reply, l label, want Outcome, target *Target, address string) error {
	switch want {
	case Fulfilled:
		if !r.Fulfilled() {
			return rejection(r)
		}
		preimage := l.preimage()
		if !bytes.Equal(r.Fulfillment(), preimage[:]) {
			return errFulfillment
		}
		return checkReplyData(r.Data(), l)
	case Refused:
		if r.Fulfilled() {
			return errors.New("the packet was fulfilled, but the receiver rejected it")
		}
		if r.Code() != refusalCode || string(r.Message()) != refusalMessage || string(r.TriggeredBy()) != target.Address {
			return rejection(r)
		}
		return checkReplyData(r.Data(), l)
	default:
		if r.Fulfilled() {
			return errors.New("the packet was fulfilled, but there is no route")
		}
		if r.Code() != ilp.F02 || string(r.TriggeredBy()) != address || len(r.Data()) > 0 {
			return rejection(r)
		}
		return nil
	}
}

func checkReplyData(data []byte, l label) error {
	if len(data) != replyBytes || readLabel(data) != l || string(data[labelBytes:]) != filler[labelBytes:replyBytes] {
		return errData
	}
	return nil
}

// rejection returns an error that describes a Reject that was not expected.
func rejection(r *ilp.Reply) error {
	return fmt.Errorf("the packet was rejected by %q: %s %q", r.TriggeredBy(), r.Code(), r.Message())
}
