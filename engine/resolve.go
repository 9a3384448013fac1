package engine

import (
	"bytes"
	"crypto/sha256"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

// WriteReply takes the answer of the link or local handler that the packet was handed to. It
// never waits, and borrows reply until it returns.
//
// An answer that comes after the packet's expiry is late, also if the wheel has not
// turned since: the process may have been stopped.
func (p *Packet) WriteReply(reply ilp.Reply) { p.WriteFulfill(reply, nil) }

// WriteFulfill takes a Fulfill as WriteReply does, and tells receipt its outcome. receipt may be nil.
func (p *Packet) WriteFulfill(reply ilp.Reply, receipt ilp.Receipt) {
	if reply.None() {
		reply = ilp.Fail(ilp.F00, "handler did not return a value.")
	}
	if p.claim() {
		p.engine.expiry.remove(p)
		p.receipt = receipt
		if p.sent != 0 {
			reply = p.timely(reply)
		}
		p.reply = reply
		p.unwind()
	} else {
		if receipt != nil {
			receipt.Resolve(ilp.Void)
		}
		p.late(reply)
	}
	p.release()
}

// timely notes how long the account took to answer, and returns the answer, or that the
// packet has expired.
func (p *Packet) timely(reply ilp.Reply) ilp.Reply {
	now := reply.Batch.Time()
	p.heard = now.Steady
	if !p.overdue(now.Steady) {
		p.to.account.Counters.Latency.Observe(time.Duration(now.Steady - p.sent))
		return reply
	}
	p.ResolveReceipt(ilp.Void)
	p.late(reply)
	timeout := expired()
	timeout.Batch = reply.Batch
	return timeout
}

// expire ends a packet that its link did not answer in time. The wheel has
// claimed it.
func (p *Packet) expire(batch *ilp.ReadBatch) {
	p.reply = expired()
	p.reply.Batch = batch
	p.unwind()
}

func expired() ilp.Reply { return ilp.Fail(ilp.R00, "packet expired.") }

// refuse ends a packet that goes no further.
func (p *Packet) refuse(cause Cause, reply ilp.Reply) {
	p.setCause(cause)
	p.reply = p.prepare.Reply(reply)
	p.unwind()
}

// claim reports whether the caller is to resolve the packet. It is true once.
func (p *Packet) claim() bool { return p.claimed.CompareAndSwap(false, true) }

// unwind shows the answer to those middlewares that passed the Prepare, last
// first, and gives it to where the Prepare came from. One that panics is passed by: money
// that has moved has moved.
func (p *Packet) unwind() {
	for !p.retrace() {
	}
}

// retrace does the work of unwind. It returns false if a middleware has panicked before the
// end.
func (p *Packet) retrace() (done bool) {
	engine, turn := p.engine, p.turn.Load()
	defer func() {
		if cause := recover(); cause == nil {
		} else if !p.reclaim(turn) {
			engine.panicked(nil, cause)
			done = true
		} else {
			engine.panicked(p.whose(), cause)
			if done = p.delivered; done {
				p.end()
			}
		}
	}()
	for p.departed > 0 {
		p.departed--
		if p.to.out[p.departed].Reply(p) == Park {
			return true
		}
	}
	if !p.returning {
		p.returning = true
		p.firm = (p.sent != 0 || p.committed) && p.reply.Fulfilled()
	}
	for p.admitted > 0 {
		p.admitted--
		if p.from.in[p.admitted].Reply(p) == Park {
			return true
		}
	}
	p.answer()
	return true
}

// answer gives the answer back.
func (p *Packet) answer() {
	if p.reply.Failed() {
		p.refused()
		if !p.world.settings.RawFailures {
			p.encode()
		}
	}
	if p.firm && p.incoming > 0 && !p.from.own {
		p.checkTime()
	}
	p.delivered = true
	p.up.WriteReply(p.reply)
	p.end()
}

// end ends a packet.
func (p *Packet) end() {
	outcome := ilp.Void
	if p.firm {
		outcome = ilp.Counted
	}
	p.ResolveReceipt(outcome)
	p.from.account.Counters.InFlight.Add(-1) // not sooner: at none, links are closed
	if p.reached {
		p.to.account.Counters.Outstanding.Add(-1)
	}
	p.release()
}

// checkTime counts a Fulfill that is handed up after the Prepare has expired: the sender
// need not honour it, and we owe the next account all the same.
func (p *Packet) checkTime() {
	now := p.heard
	if now == 0 { // it was parked since
		now = p.reply.Batch.Time().Steady
	}
	late := now - p.until
	if late < 0 || p.world.settings.NoExpiry {
		return
	}
	p.from.account.Counters.LateFulfills.Add(p.incoming)
	p.engine.watch.LateFulfill(p.from.account, p.incoming, time.Duration(late))
}

// same reports whether an answer is as good as the Fulfill that the packet has: it has the same preimage,
// or that of the condition, which a middleware may have replaced on the way out.
func (p *Packet) same(reply *ilp.Reply) bool {
	return reply.Fulfilled() &&
		(bytes.Equal(reply.Fulfillment(), p.reply.Fulfillment()) || sha256.Sum256(reply.Fulfillment()) == p.condition)
}

// Keep counts that a middleware wanted to replace a Fulfill for which money has moved, and tells the
// operator. The engine calls it for those that it keeps itself.
func (p *Packet) Keep(code ilp.Code) {
	p.from.account.Counters.KeptFulfills.Add(1)
	p.engine.watch.KeptFulfill(p.from.account, code)
}

// late counts an answer to a packet that has expired. A Fulfill is money: the
// counterparty believes that we owe it.
func (p *Packet) late(reply ilp.Reply) {
	if p.to == nil {
		return
	}
	p.to.account.Counters.Late.Count(account.ResultOf(&reply))
	p.engine.watch.LateAnswer(p.to.account, &reply, p.worth)
}

var _ ilp.ReceiptWriter = (*Packet)(nil)
