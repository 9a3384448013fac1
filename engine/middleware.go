package engine

// Middleware sees every packet of one account in one direction, twice: as a
// Prepare and as its Reply. It is made for the account when that is attached, so
// it knows whose packets it sees.
//
// Both methods run on the goroutine that carries the packet: a socket's reader, and for
// answers also the expiry wheel, the ledger or a goroutine that resumes the packet. They
// must not block. The packet is theirs until they return. If one panics the packet is refused, or its answer
// goes on without it, and the account takes no more packets.
//
// An answer that comes from the next account passes the outgoing chain first. There a
// middleware may replace it, before any balance moves. When it reaches the incoming chain
// a Fulfill is owed for and written down. So a middleware of the incoming chain cannot
// replace it: its refusal has no effect but an alert.
type Middleware interface {
	// Prepare sees a packet on its way to the next hop.
	Prepare(p *Packet) Verdict
	// Reply sees the answer to a packet that Prepare passed.
	Reply(p *Packet) Verdict
}

// Verdict is what a Middleware decides about a packet.
type Verdict uint8

const (
	// Pass lets the packet, or its answer, go on.
	Pass Verdict = iota
	// Refuse ends it: Packet.Refuse has said why. A Prepare goes no further; an
	// answer is replaced by the refusal.
	Refuse
	// Park sets the packet aside. The middleware has called Packet.Park, and calls
	// Packet.Resume or Packet.ResumeWith later.
	Park
	// Answered ends a Prepare that the middleware has answered with Packet.Answer or
	// Packet.Fulfill. The packet may already be recycled.
	Answered
)

// PrepareFunc is a Middleware that only looks at Prepares.
type PrepareFunc func(p *Packet) Verdict

// Prepare calls f.
func (f PrepareFunc) Prepare(p *Packet) Verdict { return f(p) }

// Reply passes.
func (PrepareFunc) Reply(*Packet) Verdict { return Pass }

// ReplyFunc is a Middleware that only looks at answers.
type ReplyFunc func(p *Packet) Verdict

// Prepare passes.
func (ReplyFunc) Prepare(*Packet) Verdict { return Pass }

// Reply calls f.
func (f ReplyFunc) Reply(p *Packet) Verdict { return f(p) }

var (
	_ Middleware = PrepareFunc(nil)
	_ Middleware = ReplyFunc(nil)
)
