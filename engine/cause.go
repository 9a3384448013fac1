package engine

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

// Cause says why we refuse a packet ourselves. It is for operators: a peer reads only the
// code and the message.
type Cause interface {
	// Name returns the cause in a word or two. It is a label of metrics, so there must be
	// few names, and no remote party may choose one.
	Name() string
	// Room returns the limit and what is left of it now, in words. Both are empty if the
	// cause is no limit. It is called for a few packets only and must not block.
	Room() (limit, headroom string)
}

// Reason is a Cause that is no limit.
type Reason string

// The causes for which the engine refuses packets.
const (
	CauseMalformed      Reason = "malformed"        // the packet is no Prepare
	causeShuttingDown   Reason = "shutting_down"    // the connector is about to stop
	causeAccountRemoved Reason = "account_removed"  // the account is about to be removed
	causeAccountFailed  Reason = "account_failed"   // code of the account has panicked
	causePaused         Reason = "paused"           // an operator has paused the account
	causePrefixPaused   Reason = "prefix_paused"    // an operator has paused its destination
	causeSuspended      Reason = "suspended"        // its counterparty has another asset, or has not said its asset yet, or is blocked
	causeNoRoute        Reason = "no_route"         // no prefix matches the destination
	causeBackToSender   Reason = "back_to_sender"   // the route leads back, and reflectPayments is off
	causeNoRate         Reason = "no_rate"          // there is no rate between the two assets
	causeStaleRate      Reason = "stale_rate"       // the price of one of the two assets is too old
	causeAmountOverflow Reason = "amount_overflow"  // the next account cannot express the amount
	causeNotConnected   Reason = "not_connected"    // the next account has no connection
	causeExpired        Reason = "expired"          // the packet had expired before it could be sent
	causeExpiresTooSoon Reason = "expires_too_soon" // it would leave less than minMessageWindow
	causeTimeout        Reason = "timeout"          // the next account did not answer in time
	causeLinkFailed     Reason = "link_failed"      // the link could not carry it, or brought garbage
	causeLinkBusy       Reason = "link_busy"        // too many packets or bytes wait for the link
	causePeerProtocol   Reason = "peer_protocol"    // a request to ourselves (peer.*) that we refuse
	causePanic          Reason = "panic"            // a middleware or a link has panicked
	CauseRepeated       Reason = "repeated"         // it repeats a packet that we have refused
	causeMiddleware     Reason = "middleware"       // a middleware that names no cause
)

// Name returns the reason.
func (r Reason) Name() string { return string(r) }

// Room returns nothing.
func (Reason) Room() (limit, headroom string) { return "", "" }

// Refusal is a packet that we have refused.
type Refusal struct {
	// From is the account that the packet came from, nil if it was our own.
	From *account.Account
	// To is the account that it was to go to, nil if it was refused before it was routed.
	To *account.Account
	// Incoming and Outgoing are its amount in units of From and of To. Outgoing is 0
	// before the amount is converted.
	Incoming, Outgoing uint64

	Failure ilp.Failure
	Cause   Cause
	// Count is how many packets From, or else To, has lost for this cause and code.
	Count uint64
}

// setCause notes why the packet is refused. It asks the cause for its name while the middleware
// that gave it is known, so that a panic is blamed on the right account.
func (p *Packet) setCause(cause Cause) { p.setNamed(nameOf(cause)) }

func (p *Packet) setNamed(cause named) { p.cause, p.refuser = cause, p.whose() }

// named is a Cause and its name. The zero named is none.
type named struct {
	Cause
	name string
}

// nameOf asks a cause for its name, which may panic. It comes before anything that must not be
// left half done.
func nameOf(cause Cause) named {
	if cause == nil {
		cause = causeMiddleware
	}
	return named{cause, cause.Name()}
}

// refused counts a packet whose answer is a failure of ours, once, for both accounts. It tells
// the watch, unless it did so a short time ago for the same account, code and cause. A request
// that we are configured to decline is no refusal: its sender did nothing wrong.
func (p *Packet) refused() {
	if p.counted {
		return
	}
	p.counted = true
	failure := p.reply.Failure()
	if failure.Declined {
		return
	}
	p.explain()
	r := Refusal{Incoming: p.incoming, Outgoing: p.outgoing, Failure: failure, Cause: p.cause.Cause}
	steady, wall, code, told := p.arrived.Steady, p.arrived.Wall, r.Failure.Code, false
	if p.to != nil {
		r.To = p.to.account
		r.Count, told = r.To.Counters.RefusedTo.Count(steady, wall, code, p.cause.name, r.Outgoing)
	}
	if !p.from.own {
		r.From = p.from.account
		n, also := r.From.Counters.RefusedFrom.Count(steady, wall, code, p.cause.name, r.Incoming)
		r.Count, told = n, told || also
	}
	if !told {
		return
	}
	refuser, engine := p.refuser, p.engine
	defer func() { // of Room
		if cause := recover(); cause != nil {
			engine.panicked(refuser, cause)
		}
	}()
	p.engine.watch.Refused(r)
}

// explain gives a packet that a link, the wheel or a local handler has failed its cause.
func (p *Packet) explain() {
	if p.cause.Cause != nil {
		return
	}
	switch code := p.reply.Code(); {
	case p.to == nil:
		p.setCause(causePeerProtocol)
	case code == ilp.R00:
		p.setCause(causeTimeout)
	case code == ilp.T01:
		p.setCause(causeNotConnected)
	case code == ilp.T02 || code == ilp.T03:
		p.setCause(causeLinkBusy)
	default:
		p.setCause(causeLinkFailed)
	}
}

var _ Cause = Reason("")
