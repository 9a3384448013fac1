package middleware

import (
	"context"
	"sync/atomic"

	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// BlockingFunc carries one packet from its Prepare to its answer. It may wait, for
// a store or for another server. What it returns is the answer that is
// given back.
//
// next sends the packet on and waits for the answer, which is valid until the
// function returns. Called again, it returns the same answer. A function that
// does not call it answers by itself, and the packet goes no further:
//
//	func(ctx context.Context, p *engine.Packet, next func() ilp.Reply) ilp.Reply {
//		if err := policy.Check(ctx, p.From().ID, p.Incoming()); err != nil {
//			return ilp.Fail(ilp.T99, "refused by policy")
//		}
//		return next()
//	}
//
// The packet is the function's until it calls next, and again after next returned.
// ctx ends when the packet expires, as its Prepare says in that chain. The function
// must return soon after: the engine expires a packet that was sent, so that next
// always returns, but one that is not sent yet is answered only by the function.
// By then that cannot be a Fulfill any more: the engine makes it a timeout. In the
// incoming chain a Fulfill that next returned is the answer whatever the function returns:
// see engine.Middleware. If the function panics, the account takes no more packets.
type BlockingFunc func(ctx context.Context, p *engine.Packet, next func() ilp.Reply) ilp.Reply

// Blocking makes a Middleware of straight-line code. It costs a goroutine and a
// timer for each packet, and a copy of the packet, as long as the packet is under
// way: use it for few packets, not for a limit that every packet passes. Nothing but
// the account's rate limit bounds how many there are. Malformed packets pass by it.
func Blocking(f BlockingFunc) engine.Middleware { return &blocking{f} }

type blocking struct{ f BlockingFunc }

// call is one packet's run through the function.
type call struct {
	packet   *engine.Packet
	sent     atomic.Bool
	answered chan struct{} // closed once the packet's answer is parked
	reply    ilp.Reply     // that answer
	outer    any           // the packet's call in the incoming chain, if this is the outgoing one
}

// Prepare parks the packet for the function.
func (b *blocking) Prepare(p *engine.Packet) engine.Verdict {
	if p.Fault() != nil {
		return engine.Pass
	}
	c := &call{packet: p, answered: make(chan struct{}), outer: p.Noted(b)}
	p.Note(b, c)
	verdict := p.Park()
	go b.run(c)
	return verdict
}

func (b *blocking) run(c *call) {
	p := c.packet
	ctx, cancel := context.WithTimeout(context.Background(), p.Left())
	defer cancel()
	defer func() {
		if cause := recover(); cause != nil {
			c.await()
			p.Note(b, c.outer)
			p.ResumePanicked(cause)
		}
	}()
	reply := b.f(ctx, p, c.next)
	p.Note(b, c.outer)
	p.ResumeWith(reply)
}

// await waits until the packet is the function's: at once if it has not been sent.
func (c *call) await() {
	if c.sent.Load() {
		<-c.answered
	}
}

// next is the function that Blocking is given.
func (c *call) next() ilp.Reply {
	if c.sent.CompareAndSwap(false, true) {
		c.packet.Resume()
	}
	c.await()
	return c.reply
}

// Reply parks the answer for the function.
func (b *blocking) Reply(p *engine.Packet) engine.Verdict {
	c, ok := p.Noted(b).(*call)
	if !ok {
		return engine.Pass
	}
	verdict := p.Park()
	c.reply = *p.Reply()
	close(c.answered)
	return verdict
}

var _ engine.Middleware = (*blocking)(nil)
