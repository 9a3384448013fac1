package engine

import (
	"fmt"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/route"
)

// HandlePrepare carries a packet from its port to the next hop. It never waits,
// and borrows prepare until it returns; the outcome arrives at Packet.WriteReply.
func (port *Port) HandlePrepare(up ilp.ReplyWriter, prepare ilp.Prepare) {
	p := newPacket(port, up, prepare)
	if p.world.draining {
		p.refuse(ilp.Fail(ilp.T03, "connector is shutting down."))
		return
	}
	if p.admit() {
		p.forward()
	}
}

// forward takes an admitted packet to its next hop.
func (p *Packet) forward() {
	if fault := p.prepare.Fault(); fault != nil {
		p.refuse(Malformed(fault).Reply())
		return
	}
	if h, handled := p.local(); handled {
		if h != nil {
			p.handOff(h)
		}
		return
	}
	if !p.route() || !p.convert() || !p.shorten() {
		return
	}
	if p.depart() {
		p.send()
	}
}

// admit passes the packet through the incoming chain.
func (p *Packet) admit() bool {
	for ; p.admitted < len(p.from.in); p.admitted++ {
		switch p.from.in[p.admitted].Prepare(p) {
		case Refuse:
			p.unwind()
			return false
		case Hold:
			return false
		}
	}
	return true
}

// route finds the port that the packet leaves by: the longest prefix of its
// destination (RFC 27, "Routing").
func (p *Packet) route() bool {
	hop, found := p.world.routes.Next(p.prepare.Destination())
	if found && hop != route.Self && int(hop) < len(p.world.ports) {
		p.to = p.world.ports[hop]
	}
	switch {
	case p.to == nil:
		p.refuse(ilp.Fail(ilp.F02, fmt.Sprintf("no route found. source=%s destination=%s",
			p.from.account.ID, p.prepare.Destination())))
	case !p.world.settings.ReflectPayments && p.reflected():
		p.refuse(ilp.Fail(ilp.F02, fmt.Sprintf(
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

// convert turns the amount into units of the next account, rounded down: what is
// lost by rounding stays with us, never less than nothing.
func (p *Packet) convert() bool {
	p.outgoing = p.incoming
	if !p.from.own {
		quote := &p.world.quotes[p.from.asset][p.to.asset]
		if quote.err != nil {
			p.refuse(noRate(quote.err))
			return false
		}
		outgoing, fits := quote.rate.Convert(p.incoming)
		if !fits {
			p.refuse(tooLarge(p.incoming, quote.rate))
			return false
		}
		p.outgoing = outgoing
	}
	if !p.to.link.Connected() {
		p.refuse(ilp.Fail(ilp.T01, "no connection to account. account="+p.to.account.ID))
		return false
	}
	p.prepare.SetAmount(p.outgoing)
	return true
}

// shorten takes our own time off the packet's, so that an answer which comes at
// the last moment can still be passed on, and caps what we are willing to wait. The
// wall clock is not asked again after that: the deadline is in steady time.
func (p *Packet) shorten() bool {
	now, source := p.arrived.Millis(), p.prepare.Expiry()
	s := &p.world.settings
	if source < now {
		p.refuse(ilp.Fail(ilp.R02, fmt.Sprintf(
			"source transfer has already expired. sourceExpiry=%s currentTime=%s", iso(source), iso(now))))
		return false
	}
	p.expiry = min(source-s.MinMessageWindow, now+s.MaxHoldTime)
	if p.expiry-now < s.MinMessageWindow {
		p.refuse(ilp.Fail(ilp.R02, fmt.Sprintf(
			"source transfer expires too soon to complete payment. actualSourceExpiry=%s requiredSourceExpiry=%s currentTime=%s",
			iso(source), iso(now+2*s.MinMessageWindow), iso(now))))
		return false
	}
	p.prepare.SetExpiry(p.expiry)
	p.deadline = p.arrived.Deadline(p.expiry)
	return true
}

// depart passes the packet through the outgoing chain.
func (p *Packet) depart() bool {
	for ; p.departed < len(p.to.out); p.departed++ {
		switch p.to.out[p.departed].Prepare(p) {
		case Refuse:
			p.unwind()
			return false
		case Hold:
			return false
		}
	}
	return true
}

// send lets the packet's time run and hands it to the next account's link.
func (p *Packet) send() {
	p.sent = p.arrived.Steady
	prepare := p.lend()
	if !p.world.settings.NoExpiry {
		p.engine.expiry.add(p)
	}
	p.to.link.HandlePrepare(p, prepare)
}

// handOff gives the packet to whoever answers it. It is the last thing its caller
// does: the packet may be resolved, and another's, when it returns.
func (p *Packet) handOff(h ilp.Handler) {
	h.HandlePrepare(p, p.lend())
}

// lend keeps the packet for whoever it is handed to, and returns what to hand over.
// This comes before the packet can expire: an expired packet that nobody keeps
// serves another Prepare.
func (p *Packet) lend() ilp.Prepare {
	p.holders.Add(1)
	prepare := p.prepare
	p.prepare.Batch = nil // the batch will be over when the answer comes
	return prepare
}
