package engine

import (
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// A packet has one runner at a time: the goroutine that takes it through the chains, or the
// one that resumes it later. Packet.turn counts the changes: it is odd
// while the packet is parked. So an even number names one runner, and a runner whose
// middleware panics finds out whether the packet is still its own: it may have been
// resumed, answered and used again since. No number comes twice, also when the Packet is recycled.

// Park makes a packet ready to be kept: its bytes, which are borrowed, are
// copied. A middleware calls it before another goroutine can know of the packet, and
// returns the verdict it gives. From then on the packet belongs to the caller that will
// resume it, once. Resuming a packet that is not parked does nothing.
//
// A parked Prepare does not expire by itself: the middleware must bound how long it waits.
func (p *Packet) Park() Verdict {
	p.turn.Add(1)
	if p.inReply() {
		p.reply, p.replyBuf = p.reply.Clone(p.replyBuf)
		p.prepare.Batch = nil // of a packet that never left
		return Park
	}
	if b := p.prepare.Bytes(); len(b) > 0 && len(p.prepareBuf) > 0 && &b[0] == &p.prepareBuf[0] {
		p.prepare.Batch = nil // rewritten: the bytes are ours already
		return Park
	}
	p.prepare, p.prepareBuf = p.prepare.Clone(p.prepareBuf)
	return Park
}

// Resume lets a parked packet, or its parked answer, go on where it was parked. A packet
// that was parked beyond its expiry is not sent any more.
func (p *Packet) Resume() {
	if !p.regain() {
		return
	}
	if p.inReply() {
		p.unwind()
		return
	}
	// What is left of its time counts from here, whatever the wall clock has done.
	now := clock.Now()
	p.arrived = p.arrived.Add(time.Duration(now.Steady - p.arrived.Steady))
	if p.to == nil {
		p.admitted++
		p.proceed()
		return
	}
	p.departed++
	if p.overdue(p.arrived.Steady) {
		p.refuse(causeExpired, expired())
		return
	}
	p.proceed()
}

// ResumeReply lets a parked answer go on where it was parked. What it sends is flushed with
// batch, which may be nil.
func (p *Packet) ResumeReply(batch *ilp.ReadBatch) {
	if !p.regain() {
		return
	}
	p.reply.Batch = batch
	p.unwind()
}

// ResumeWith answers a parked packet like ResumeFor, without a cause that operators see.
func (p *Packet) ResumeWith(reply ilp.Reply) { p.ResumeFor(causeMiddleware, reply) }

// ResumeFor answers a parked packet, or replaces its parked answer. Operators see the cause if
// the reply is a failure. The reply is borrowed until ResumeFor returns. If the cause panics,
// the packet is still parked. The middleware that parked the Prepare does
// not see the answer. A packet that was parked beyond its expiry is not fulfilled, and a
// Fulfill that the next account was already promised is replaced only by another preimage of the packet's
// condition: see Middleware.
func (p *Packet) ResumeFor(cause Cause, reply ilp.Reply) {
	why := nameOf(cause)
	if p.regain() {
		p.answerWith(why, reply)
	}
}

// regain makes the caller the runner of a parked packet. It reports false if the packet is
// not parked: it was resumed before, or refused because of a panic.
func (p *Packet) regain() bool {
	turn := p.turn.Load()
	if turn%2 == 0 || !p.turn.CompareAndSwap(turn, turn+1) {
		return false
	}
	p.heard = 0
	return true
}

// reclaim reports whether the packet still has the runner that was given turn. If a middleware
// parked it and it was not resumed yet, the runner takes it back. Then the Packet is not
// recycled, since a late caller may still try to resume it.
func (p *Packet) reclaim(turn uint64) bool {
	if p.turn.Load() == turn {
		return true
	}
	if !p.turn.CompareAndSwap(turn+1, turn+2) {
		return false
	}
	p.holders.Add(1)
	return true
}

// answerWith answers a packet whose runner is the caller.
func (p *Packet) answerWith(cause named, reply ilp.Reply) {
	if p.firm && !p.same(&reply) {
		p.Keep(reply.Code())
		p.reply.Batch = reply.Batch
		p.unwind()
		return
	}
	if reply.Fulfilled() && !p.inReply() && p.overdue(clock.Now().Steady) {
		batch := reply.Batch
		reply, cause = expired(), nameOf(causeExpired)
		reply.Batch = batch
	}
	p.setNamed(cause)
	p.reply = reply
	p.unwind()
}

// ResumePanicked lets a packet go on whose middleware has panicked while it was parked; it is called while the
// panic is being recovered. The account of the middleware takes no more packets. A Prepare
// is refused, an answer goes on as it is.
func (p *Packet) ResumePanicked(cause any) {
	if !p.regain() {
		return
	}
	p.engine.panicked(p.whose(), cause)
	if p.inReply() {
		p.reply.Batch = nil
		p.unwind()
		return
	}
	p.refuse(causePanic, ilp.Fail(ilp.T00, "internal error."))
}

// overdue reports whether a packet that is not on its way back has expired, at a steady
// time.
func (p *Packet) overdue(now int64) bool {
	return !p.world.settings.NoExpiry && p.expires() <= now
}

// inReply reports whether the packet is on its way back.
func (p *Packet) inReply() bool {
	return p.claimed.Load() || !p.reply.None()
}

// Answer answers a packet like AnswerFor, without a cause that operators see.
func (p *Packet) Answer(reply ilp.Reply) Verdict { return p.AnswerFor(causeMiddleware, reply) }

// AnswerFor answers a packet in a middleware's Prepare, and returns the verdict for it.
// Operators see the cause if the reply is a failure. The reply is borrowed until AnswerFor
// returns. It is sent with the read that brought the packet. An answer that comes after the
// packet's expiry is replaced by R00.
func (p *Packet) AnswerFor(cause Cause, reply ilp.Reply) Verdict {
	why := nameOf(cause)
	p.turn.Add(2) // the middleware that calls AnswerFor is not the runner any more
	p.answerWith(why, p.prepare.Reply(reply))
	return Answered
}

// Fulfill answers a packet like Answer, with the preimage of its condition.
func (p *Packet) Fulfill(preimage [ilp.ConditionBytes]byte) Verdict {
	f := ilp.Fulfill{Fulfillment: preimage}
	p.replyBuf = f.Append(p.replyBuf[:0])
	reply, err := ilp.ParseReply(p.replyBuf)
	if err != nil {
		panic("engine: a fulfill that was just made does not parse: " + err.Error())
	}
	return p.Answer(reply)
}
