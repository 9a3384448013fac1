package engine

import (
	"bytes"
	"sync/atomic"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/rate"
)

// Link takes an account's packets to its counterparty. Its answer to a packet is
// given exactly once, whatever happens to the connection.
type Link interface {
	ilp.Handler
	// Connected reports whether a packet could be sent now.
	Connected() bool
}

// Port is an account's place in the engine: its link hands Prepares to it, and
// packets for the account leave through it.
type Port struct {
	engine  *Engine
	account *account.Account
	link    Link
	in, out []Middleware
	locals  []local
	asset   int  // index in world.assets
	own     bool // the packets are our own
	state   atomic.Uint32
}

// What keeps a port from taking new packets. Answers pass whatever holds. Several may hold at
// once, and the one with the largest value counts.
const (
	portPaused    uint32 = 1 << iota // an operator wants it so
	portSuspended                    // what its amounts mean is not agreed with the counterparty
	portDraining                     // the account is about to be removed
	portFailed                       // code of the account has panicked
)

// Account returns the account of the port.
func (port *Port) Account() *account.Account { return port.account }

// Connected reports whether a packet could be sent to the account now.
func (port *Port) Connected() bool { return port.state.Load() == 0 && port.link.Connected() }

// Pause makes the port refuse new packets from the account and to it until Unpause. Those under
// way end as usual. It still takes messages without value for ourselves (peer.*).
func (port *Port) Pause() { port.state.Or(portPaused) }

// Unpause ends what Pause began.
func (port *Port) Unpause() { port.state.And(^portPaused) }

// Suspend makes the port refuse packets like Pause, until Resume, because what their amounts
// mean is not agreed with the counterparty.
func (port *Port) Suspend() { port.state.Or(portSuspended) }

// Resume ends what Suspend began.
func (port *Port) Resume() { port.state.And(^portSuspended) }

// Drain makes the port refuse new packets from the account and to it until Undrain, because the
// account is about to be removed. Those under way end as usual; InFlight counts them.
func (port *Port) Drain() { port.state.Or(portDraining) }

// Undrain ends what Drain began: the account stays.
func (port *Port) Undrain() { port.state.And(^portDraining) }

// Fail makes the port refuse new packets for good, since code of the account has panicked.
func (port *Port) Fail() { port.state.Or(portFailed) }

// InFlight returns the number of packets from the account, and to it, that wait for an
// answer.
func (port *Port) InFlight() int64 {
	c := &port.account.Counters
	return c.InFlight.Load() + c.Outstanding.Load()
}

// closed returns why the port does not take a packet from its account, no cause if it does.
func (port *Port) closed(w *world, prepare *ilp.Prepare) (Cause, ilp.Reply) {
	switch state := port.state.Load(); {
	case w.draining:
		return causeShuttingDown, ilp.Fail(ilp.T03, "connector is shutting down.")
	case state == 0:
	case state >= portFailed:
		return causeAccountFailed, ilp.Fail(ilp.T00, "internal error.")
	case state >= portDraining:
		return causeAccountRemoved, ilp.Fail(ilp.T03, "account is being removed.")
	case prepare.Amount() == 0 && bytes.HasPrefix(prepare.Destination(), []byte(ilp.PeerPrefix)):
	case state >= portSuspended:
		return causeSuspended, ilp.Fail(ilp.T00, "account is suspended.")
	default:
		return causePaused, ilp.Fail(ilp.T03, "account is paused.")
	}
	return nil, ilp.Reply{}
}

// unreachable returns why no packet can be sent to the account now, no cause if one can.
func (port *Port) unreachable() (Cause, ilp.Reply) {
	var cause Cause
	switch state := port.state.Load(); {
	case state >= portFailed:
		cause = causeAccountFailed
	case state >= portDraining:
		return causeAccountRemoved, ilp.Fail(ilp.T03, "account is being removed. account="+port.account.ID)
	case state >= portSuspended:
		cause = causeSuspended
	case state == portPaused:
		cause = causePaused
	case !port.link.Connected():
		cause = causeNotConnected
	default:
		return nil, ilp.Reply{}
	}
	return cause, ilp.Fail(ilp.T01, "no connection to account. account="+port.account.ID)
}

// HandleUnmatched takes an answer of the account that no request of its link waits for.
// It may be money: a Fulfill that came so late that the link has forgotten the packet.
func (port *Port) HandleUnmatched(reply ilp.Reply) {
	port.account.Counters.Unmatched.Count(account.ResultOf(&reply))
	port.engine.watch.UnmatchedAnswer(port.account, &reply)
}

// HandlePanic takes a panic on a goroutine of the account's link that another link's output
// caused, so that no account is known.
func (port *Port) HandlePanic(cause any) { port.engine.panicked(nil, cause) }

func (port *Port) assetOf() rate.Party {
	a := port.account
	return rate.Party{Asset: rate.Asset{Code: a.AssetCode, Scale: a.AssetScale}, Spread: a.Spread}
}

var _ ilp.Handler = (*Port)(nil)
