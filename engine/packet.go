package engine

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
)

// Packet is one Prepare on its way and the answer on its way back. Middlewares
// are handed it and must not keep it, unless they park it.
//
// Two parties can end a packet that was sent: the link's answer and the expiry.
// The first to claim it resolves it; the other finds it claimed. A packet is
// used again only after it is resolved and the link has answered, so that a late
// answer never meets another packet.
type Packet struct {
	engine *Engine
	from   *Port
	up     ilp.ReplyWriter
	world  *world

	prepare  ilp.Prepare
	arrived  clock.Reading // reset when a parked packet goes on
	until    int64         // steady time at which the packet that came expires
	incoming uint64
	outgoing uint64

	to        *Port
	reached   bool   // it is counted as outstanding of to
	sent      int64  // steady time, 0 before the hand-off
	worth     uint64 // the amount that was sent; a late answer reads it, whatever Restore does
	expiry    int64  // Unix milliseconds, of the packet that was sent
	deadline  int64  // the same in steady time
	condition [ilp.ConditionBytes]byte
	reply     ilp.Reply
	receipt   ilp.Receipt // wants to know what becomes of the Fulfill; nil if nobody does
	cause     named       // why we refuse the packet, none if a link or a local handler says no more
	refuser   *Port       // whose middleware gave the cause
	counted   bool        // among the refusals
	heard     int64       // steady time at which it came; 0 again once it was parked

	admitted int // middlewares of the incoming chain that passed it
	departed int // middlewares of the outgoing chain that passed it

	returning bool // the answer has left the outgoing chain
	firm      bool // it is a Fulfill for which the next account is owed
	delivered bool // it has been handed back
	committed bool // balances move with its Fulfill

	turn atomic.Uint64 // see park.go

	claimed atomic.Bool
	holders atomic.Int32 // parties that may still touch the packet: the resolver, the link
	due     deadline

	notes      [notesMax]note
	moreNotes  []note
	prepareBuf []byte // bytes of a prepare that had to be kept or rewritten
	replyBuf   []byte // bytes of a reply that had to be kept or made
}

// notesMax is how many middlewares may leave a note on one packet for nothing.
const notesMax = 4

type note struct{ owner, value any }

// keepBytesMax is the largest buffer that a packet keeps for its next use.
const keepBytesMax = 2048

func newPacket(port *Port, up ilp.ReplyWriter, prepare ilp.Prepare) *Packet {
	p := port.engine.pool.Get().(*Packet)
	p.engine, p.from, p.up, p.prepare = port.engine, port, up, prepare
	p.world = port.engine.world.Load()
	p.incoming = prepare.Amount()
	copy(p.condition[:], prepare.Condition())
	p.arrived = prepare.Batch.Time()
	p.until = p.arrived.Deadline(prepare.Expiry())
	p.holders.Store(1)
	port.account.Counters.InFlight.Add(1)
	port.account.Counters.LastSeen.Store(p.arrived.Wall)
	return p
}

// release lets go of the packet. The last one to do so gives it to its next use.
func (p *Packet) release() {
	if p.holders.Add(-1) > 0 {
		return
	}
	prepareBuf, replyBuf := p.prepareBuf, p.replyBuf
	if cap(prepareBuf) > keepBytesMax {
		prepareBuf = nil
	}
	if cap(replyBuf) > keepBytesMax {
		replyBuf = nil
	}
	engine, turn := p.engine, p.turn.Load()
	*p = Packet{prepareBuf: prepareBuf, replyBuf: replyBuf}
	p.turn.Store(turn + 2) // former runners have another number
	engine.pool.Put(p)
}

// From returns the account the packet came from.
func (p *Packet) From() *account.Account { return p.from.account }

// To returns the account the packet goes to, nil before it is routed.
func (p *Packet) To() *account.Account {
	if p.to == nil {
		return nil
	}
	return p.to.account
}

// Up returns who waits for the answer.
func (p *Packet) Up() ilp.ReplyWriter { return p.up }

// Receipt returns what is told the outcome of the Fulfill, nil if nothing is. Valid in a
// middleware's Reply, and while the answer is parked.
func (p *Packet) Receipt() ilp.Receipt { return p.receipt }

// ResolveReceipt tells the receipt of the Fulfill, if there is one, what has become of it. A
// middleware that makes money durable calls it. Otherwise the engine does, when the packet ends.
func (p *Packet) ResolveReceipt(outcome ilp.Outcome) {
	if r := p.receipt; r != nil {
		p.receipt = nil
		r.Resolve(outcome)
	}
}

// Own reports whether the packet is one of our own, which came from no account.
func (p *Packet) Own() bool { return p.from.own }

// Fault returns why the packet is no Prepare, nil if it is one.
func (p *Packet) Fault() error { return p.prepare.Fault() }

// Prepare returns the packet as it is now. Valid until the middleware's Prepare returns,
// and while the packet is parked.
func (p *Packet) Prepare() *ilp.Prepare { return &p.prepare }

// Arrived returns when the packet came, or went on after it was parked.
func (p *Packet) Arrived() clock.Reading { return p.arrived }

// Incoming returns the amount in units of the account the packet came from.
func (p *Packet) Incoming() uint64 { return p.incoming }

// Outgoing returns the amount in units of the account the packet goes to, 0 before it
// is converted.
func (p *Packet) Outgoing() uint64 { return p.outgoing }

// AtMid returns what Outgoing would be without the spread: at the mid price, and rounded down
// as Outgoing is. No packet can carry more than 2^64-1, so it returns that at most.
func (p *Packet) AtMid() uint64 {
	if p.to == nil || p.from.own {
		return p.outgoing
	}
	quote := &p.world.quotes[p.from.asset][p.to.asset]
	if !quote.spread {
		return p.outgoing
	}
	amount, fits := quote.mid.Convert(p.incoming)
	if !fits {
		return math.MaxUint64
	}
	return amount
}

// Expiry returns when the packet that was sent expires, in Unix milliseconds.
func (p *Packet) Expiry() int64 { return p.expiry }

// Deadline returns the steady time at which the packet that was sent expires.
func (p *Packet) Deadline() int64 { return p.deadline }

// Sent reports whether the packet has been handed to its link.
func (p *Packet) Sent() bool { return p.sent != 0 }

// Condition returns the packet's condition, zero of a malformed one.
func (p *Packet) Condition() *[ilp.ConditionBytes]byte { return &p.condition }

// Reply returns the answer, in a middleware's Reply.
func (p *Packet) Reply() *ilp.Reply { return &p.reply }

// Address returns our own address.
func (p *Packet) Address() string { return p.world.address }

// Now returns the time: that of the answer's batch if there is one.
func (p *Packet) Now() clock.Reading { return p.reply.Batch.Time() }

// Left returns how much of its time the Prepare has left, as of now: less than nothing if
// it has expired.
func (p *Packet) Left() time.Duration {
	return time.Duration(p.expires() - clock.Now().Steady)
}

// expires returns the steady time at which the Prepare expires as it is now.
func (p *Packet) expires() int64 {
	if p.deadline != 0 {
		return p.deadline
	}
	return p.until
}

// Refuse ends the packet with a code and a message, which the peer will read:
// it must tell nothing but what the peer may know.
func (p *Packet) Refuse(code ilp.Code, message string) Verdict {
	return p.RefuseWith(ilp.Failure{Code: code, Message: message})
}

// RefuseWith refuses a packet like Refuse, with data.
func (p *Packet) RefuseWith(f ilp.Failure) Verdict { return p.RefuseFor(causeMiddleware, f) }

// RefuseFor refuses a packet like Refuse. Operators see the cause, peers do not.
func (p *Packet) RefuseFor(cause Cause, f ilp.Failure) Verdict {
	if p.firm {
		p.Keep(f.Code)
		return Pass
	}
	batch := p.reply.Batch
	if batch == nil {
		batch = p.prepare.Batch
	}
	p.setCause(cause) // first, because it calls the middleware
	p.reply = f.Reply()
	p.reply.Batch = batch
	return Refuse
}

// Commit says that balances move with the packet's Fulfill, also if the packet was not
// sent: a middleware of the outgoing chain has fulfilled it. From then on the Fulfill cannot
// be replaced by the incoming chain.
func (p *Packet) Commit() { p.committed = true }

// Rewrite replaces the Prepare by another of the same amount, condition and expiry.
// The data may be the packet's own. After an error the packet is as it was.
func (p *Packet) Rewrite(destination string, data []byte) error {
	d := ilp.Draft{
		Amount: p.prepare.Amount(), Expiry: p.prepare.Expiry(),
		Condition: p.condition, Destination: destination, Data: data,
	}
	b := d.Append(nil) // not into prepareBuf, where data may lie
	prepare, err := ilp.ParsePrepare(b)
	if err != nil {
		return err
	}
	prepare.Batch = p.prepare.Batch
	p.prepare, p.prepareBuf = prepare, b
	return nil
}

// Spoil makes the packet a malformed one, for the reason given: the middlewares that
// follow see it as such, and then it is refused.
func (p *Packet) Spoil(fault error) {
	p.prepare = ilp.Malformed(fault, p.prepare.Batch)
}

// Note leaves a value on the packet for the owner's Reply. Beyond a few owners it
// allocates.
func (p *Packet) Note(owner, value any) {
	for i := range p.notes {
		if p.notes[i].owner == nil || p.notes[i].owner == owner {
			p.notes[i] = note{owner, value}
			return
		}
	}
	for i := range p.moreNotes {
		if p.moreNotes[i].owner == owner {
			p.moreNotes[i].value = value
			return
		}
	}
	p.moreNotes = append(p.moreNotes, note{owner, value})
}

// Noted returns the value that the owner left, nil if it left none.
func (p *Packet) Noted(owner any) any {
	for i := range p.notes {
		if p.notes[i].owner == owner {
			return p.notes[i].value
		}
	}
	for i := range p.moreNotes {
		if p.moreNotes[i].owner == owner {
			return p.moreNotes[i].value
		}
	}
	return nil
}
