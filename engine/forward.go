package engine

import (
	"fmt"

	"github.com/ilp-go/connector/ilp"
)

// HandlePrepare carries a packet from its port to the next hop. It never waits, and
// borrows prepare until it returns. The answer arrives at Packet.WriteReply.
func (port *Port) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	p := newPacket(port, up, prepare)
	if cause, refusal := port.closed(p.world, &p.prepare); cause != nil {
		p.refuse(cause, refusal)
		return
	}
	p.proceed()
}

// proceed takes the packet from where it is towards its next hop. A panic of a middleware or
// a link on the way takes down its account alone: see panic.go.
func (p *Packet) proceed() {
	engine, turn, sent := p.engine, p.turn.Load(), (*Port)(nil)
	defer func() {
		if cause := recover(); cause == nil {
		} else if sent != nil { // the packet may have left, so it waits until it expires
			engine.panicked(sent, cause)
		} else {
			p.failed(engine, turn, cause)
		}
	}()
	next := p.forward()
	switch {
	case next == nil: // it is refused or parked, and may already be recycled
	case p.to == nil:
		p.handToLocal(next)
	default:
		sent = p.to
		p.send(next)
	}
}

// forward takes the packet through what is left of its way, and returns the handler that
// takes it from here: nil if the packet was refused or parked.
func (p *Packet) forward() ilp.Handler {
	if p.to != nil { // it was parked on its way out
		return p.leave()
	}
	if !p.admit() {
		return nil
	}
	if fault := p.prepare.Fault(); fault != nil {
		p.refuse(CauseMalformed, Malformed(fault).Reply())
		return nil
	}
	if h, handled := p.local(); handled {
		return h
	}
	if !p.route() || !p.convert() || !p.reach() || !p.shorten() {
		return nil
	}
	return p.leave()
}

// admit passes the packet through the incoming chain.
func (p *Packet) admit() bool {
	for ; p.admitted < len(p.from.in); p.admitted++ {
		switch p.from.in[p.admitted].Prepare(p) {
		case Refuse:
			p.unwind()
			return false
		case Park, Answered:
			return false
		}
	}
	return true
}

// route finds the port that the packet leaves by: the longest prefix of its
// destination (RFC 27, "Routing").
func (p *Packet) route() bool {
	if hop, found := p.world.routes.Next(p.prepare.Destination()); found {
		p.to = p.world.ports.at(uint32(hop)) // none for route.Self, which no account has
	}
	if p.to != nil && p.to.asset >= len(p.world.assets) { // it is newer than the packet's world
		p.world = p.engine.world.Load()
	}
	switch {
	case p.world.paused.covers(p.prepare.Destination()):
		p.refuse(causePrefixPaused, ilp.Fail(ilp.T01, "no connection to destination."))
	case p.to == nil:
		p.refuse(causeNoRoute, ilp.Fail(ilp.F02, fmt.Sprintf("no route found. source=%s destination=%s",
			p.from.account.ID, p.prepare.Destination())))
	case !p.world.settings.ReflectPayments && p.reflected():
		p.refuse(causeBackToSender, ilp.Fail(ilp.F02, fmt.Sprintf(
			"refusing to route payments back to sender. sourceAccount=%s destinationAccount=%s",
			p.from.account.ID, p.prepare.Destination())))
	default:
		return true
	}
	return false
}

// reflected reports whether the packet goes to the account it came from, which
// may have another port by now.
func (p *Packet) reflected() bool {
	return p.to.account.Number == p.from.account.Number && !p.from.own
}

// convert turns the amount into units of the next account. It rounds down, so what is lost
// by rounding is ours.
func (p *Packet) convert() bool {
	amount := p.prepare.Amount() // p.incoming, unless a middleware has replaced it
	outgoing, fits := amount, true
	if !p.from.own {
		quote := &p.world.quotes[p.from.asset][p.to.asset]
		if quote.err != nil {
			p.refuse(noRate(quote.err))
			return false
		}
		if outgoing, fits = quote.rate.Convert(amount); !fits {
			p.refuse(causeAmountOverflow, tooLarge(amount, quote.rate))
			return false
		}
	}
	p.outgoing = outgoing
	p.prepare.SetAmount(p.outgoing)
	return true
}

// reach refuses the packet if the next account takes none now. It counts the packet first: who
// closes the port and sees none counted knows that none is on its way there.
func (p *Packet) reach() bool {
	p.to.account.Counters.Outstanding.Add(1)
	p.reached = true
	if cause, refusal := p.to.unreachable(); cause != nil {
		p.refuse(cause, refusal)
		return false
	}
	return true
}

// shorten takes our own time off the packet's, so that an answer which comes at the last
// moment can still be passed on, and bounds how long we wait. The wall clock is not read
// again after that: the deadline is in steady time.
func (p *Packet) shorten() bool {
	now, source := p.arrived.Millis(), p.prepare.Expiry()
	s := &p.world.settings
	if source < now {
		p.refuse(causeExpired, ilp.Fail(ilp.R02, fmt.Sprintf(
			"source transfer has already expired. sourceExpiry=%s currentTime=%s", iso(source), iso(now))))
		return false
	}
	p.expiry = min(source-s.MinMessageWindow, now+s.MaxHoldTime)
	if p.expiry-now < s.MinMessageWindow {
		p.refuse(causeExpiresTooSoon, ilp.Fail(ilp.R02, fmt.Sprintf(
			"source transfer expires too soon to complete payment. actualSourceExpiry=%s requiredSourceExpiry=%s currentTime=%s",
			iso(source), iso(now+2*s.MinMessageWindow), iso(now))))
		return false
	}
	p.prepare.SetExpiry(p.expiry)
	p.deadline = p.arrived.Deadline(p.expiry)
	return true
}

// leave passes the packet through the outgoing chain, and returns the link behind it: nil
// if the packet was refused or parked.
func (p *Packet) leave() ilp.Handler {
	for ; p.departed < len(p.to.out); p.departed++ {
		switch p.to.out[p.departed].Prepare(p) {
		case Refuse:
			p.unwind()
			return nil
		case Park, Answered:
			return nil
		}
	}
	return p.to.link
}

// send starts the packet's time and hands it to the next account's link. This is the last
// statement of its caller: when send returns, the packet may be resolved and recycled.
func (p *Packet) send(link ilp.Handler) {
	p.sent, p.worth = p.arrived.Steady, p.outgoing
	prepare := p.lend()
	if !p.world.settings.NoExpiry {
		p.engine.expiry.add(p)
	}
	link.HandlePrepare(p, prepare)
}

// lend keeps the packet for the link or local handler that it is handed to, and returns what
// to hand over. It comes before the packet can expire: an expired packet that nothing keeps
// is recycled.
func (p *Packet) lend() ilp.Prepare {
	p.holders.Add(1)
	prepare := p.prepare
	p.prepare.Batch = nil // the batch will be over when the answer comes
	return prepare
}
