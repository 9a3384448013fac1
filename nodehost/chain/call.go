package chain

import (
	"bytes"
	"crypto/sha256"
	"time"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// state says who goes on with a call.
//
//	open ──> asked ──Next──> running ──the rest has answered──> returned
//	           │                                                   │
//	           └─── Answer, Fail, expiry, Lost ────────────────────┴──> ended
type state uint8

const (
	none     state = iota
	asked          // the method has been called; the packet is parked
	running        // it has called next; the packet is on its way, or at the stage behind
	returned       // next has returned; the answer is parked
)

// answer is what answers a packet as a stage sees it.
type answer struct {
	reply   ilp.Reply
	cause   engine.Cause // of a failure, nil if none is known
	asIs    bool         // it is the answer that the packet has, unchanged
	garbage bool         // the method has returned bytes that are no reply
}

// call is one packet at one stage. Its Chain guards the first group. The rest belongs to whoever carries
// the packet on: one goroutine at a time.
type call struct {
	id      uint32
	state   state
	handing state   // the carrier is being given the call: only the external side may go on with it
	until   int64   // steady time at which it ends by itself, if idle
	early   *answer // of the method, which did not wait for next
	lost    bool    // the process is gone

	stage *Stage
	visit *visit
	index int // of the stage in the visit

	former   engine.Former
	replaced bool // the packet, by next
	back     answer
	hasBack  bool // next has returned back
}

// idle reports whether the call waits for the external side.
func (call *call) idle() bool { return call.handing == none && call.state != running }

// ask calls the method with the packet.
func (call *call) ask(batch *ilp.ReadBatch) {
	c, p := call.stage.chain, call.visit.packet
	call.until = now() + int64(p.Left())
	if !c.open(call) {
		call.settle(call.refusal(), batch)
		return
	}
	if !c.carrier.Stage(call.stage.number, call.id, p.Prepare().Bytes(), batch) {
		c.drop(call)
		call.settle(answer{reply: busy.Reply(), cause: causeBusy}, batch)
		return
	}
	if c.handed(call, asked) {
		call.giveUp(lostCall)
	}
}

// refusal is the answer to a packet that its Chain does not take.
func (call *call) refusal() answer {
	if call.lost {
		return answer{reply: notThere.Reply(), cause: call.stage.absent}
	}
	return answer{reply: busy.Reply(), cause: causeBusy}
}

// next lets the packet go on, as the method says.
func (call *call) next(packet []byte, batch *ilp.ReadBatch) {
	v := call.visit
	if len(packet) > 0 && !bytes.Equal(packet, v.packet.Prepare().Bytes()) {
		former, err := v.packet.Replace(packet, v.slot.place.Counted)
		if err != nil {
			call.result(unfit(err), batch)
			return
		}
		call.former, call.replaced = former, true
	}
	v.onward(call.index, batch)
}

// unfit is what next throws if the packet cannot be sent as the method wants.
func unfit(err error) answer {
	if err == engine.ErrReserved {
		return answer{reply: ilp.Fail(ilp.F00, err.Error()), cause: causeAmount}
	}
	return answer{reply: engine.Malformed(err).Reply(), cause: engine.CauseMalformed}
}

// returnMin is for how long a method may take after next has returned, however soon the packet expires.
const returnMin = 200 * time.Millisecond

// result has next return a. It borrows a.
func (call *call) result(a answer, batch *ilp.ReadBatch) {
	c, p := call.stage.chain, call.visit.packet
	if call.replaced {
		p.Restore(call.former)
	}
	if !a.asIs {
		a.reply, _ = a.reply.Clone(nil)
	}
	call.back, call.hasBack = a, true
	if !c.returned(call, now()+int64(max(p.Left(), returnMin))) {
		if call.early != nil {
			a = call.judge(*call.early)
		} else {
			c.carrier.Over(call.stage.number, call.id)
		}
		call.settle(a, batch)
		return
	}
	if !c.carrier.Outcome(call.stage.number, call.id, &a.reply, batch) {
		c.drop(call)
		call.settle(a, batch)
		return
	}
	if c.handed(call, returned) {
		call.giveUp(lostCall)
	}
}

// judge returns what becomes of the answer that the method gives. What next returned, if it did, goes on
// as it is if the method returns it unchanged, or may not replace it.
func (call *call) judge(a answer) answer {
	if a.cause == nil {
		a.cause = call.stage.refused
	}
	if equal(&a.reply, &call.back.reply) {
		return call.back
	}
	if !call.back.reply.Fulfilled() || a.reply.Fulfilled() && call.fulfills(&a.reply) {
		return a
	}
	if a.garbage || call.visit.slot.place.Moved { // a mistake of the method costs no money either
		call.visit.packet.Keep(a.reply.Code())
		return call.back
	}
	return a
}

// fulfills reports whether a Fulfill may stand for the one that next returned: it has the same preimage, or
// that of the condition of the packet.
func (call *call) fulfills(reply *ilp.Reply) bool {
	return bytes.Equal(reply.Fulfillment(), call.back.reply.Fulfillment()) ||
		sha256.Sum256(reply.Fulfillment()) == *call.visit.packet.Condition()
}

// equal reports whether two replies say the same.
func equal(a, b *ilp.Reply) bool {
	if a.Failed() != b.Failed() {
		return false
	}
	if !a.Failed() {
		return bytes.Equal(a.Bytes(), b.Bytes())
	}
	x, y := a.Failure(), b.Failure()
	return x.Code == y.Code && x.Message == y.Message && bytes.Equal(x.Data, y.Data)
}

// reason says why a call ends without the external side.
type reason uint8

const (
	lostCall reason = iota
	expiredCall
)

// giveUp ends a call that nobody else can end any more. A Prepare is refused, an answer goes on as it is.
func (call *call) giveUp(why reason) {
	a := answer{reply: notThere.Reply(), cause: call.stage.absent}
	switch {
	case call.hasBack:
		a = call.back
	case why == expiredCall:
		a = answer{reply: tooSlow.Reply(), cause: causeTimeout}
	}
	call.settle(a, nil)
}

// settle gives the answer of this stage to the one before it, or ends the visit.
func (call *call) settle(a answer, batch *ilp.ReadBatch) {
	v := call.visit
	if call.index > 0 {
		v.calls[call.index-1].result(a, batch)
		return
	}
	v.leave(a, batch)
}
