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

// The states of a port. Only an open one takes new packets; answers pass in all of them.
//
//	suspended <──> open ──> draining
//	      └───────────────────^
//
// and from everywhere to failed.
const (
	portOpen      uint32 = iota
	portSuspended        // what its amounts mean is not agreed with the counterparty
	portDraining         // the account is about to be removed
	portFailed           // code of the account has panicked
)

// Account returns the account of the port.
func (port *Port) Account() *account.Account { return port.account }

// Connected reports whether a packet could be sent to the account now.
func (port *Port) Connected() bool {
	return port.state.Load() == portOpen && port.link.Connected()
}

// Suspend makes the port refuse new packets from the account and to it until Resume. Those
// under way end as usual. It still takes messages without value for ourselves (peer.*). A
// port that drains or has failed stays so.
func (port *Port) Suspend() { port.state.CompareAndSwap(portOpen, portSuspended) }

// Resume ends what Suspend began.
func (port *Port) Resume() { port.state.CompareAndSwap(portSuspended, portOpen) }

// Drain makes the port refuse new packets from the account and to it. Those under way end
// as usual; InFlight counts them.
func (port *Port) Drain() {
	for {
		state := port.state.Load()
		if state >= portDraining || port.state.CompareAndSwap(state, portDraining) {
			return
		}
	}
}

// Fail makes the port refuse new packets for good, since code of the account has panicked.
func (port *Port) Fail() { port.state.Store(portFailed) }

// InFlight returns the number of packets from the account, and to it, that wait for an
// answer.
func (port *Port) InFlight() int64 {
	c := &port.account.Counters
	return c.InFlight.Load() + c.Outstanding.Load()
}

// closed returns why the port does not take a packet from its account, no cause if it does.
func (port *Port) closed(prepare *ilp.Prepare) (Cause, ilp.Reply) {
	switch port.state.Load() {
	case portSuspended:
		if prepare.Amount() == 0 && bytes.HasPrefix(prepare.Destination(), []byte(ilp.PeerPrefix)) {
			return nil, ilp.Reply{}
		}
		return causeSuspended, ilp.Fail(ilp.T00, "account is suspended.")
	case portDraining:
		return causeAccountRemoved, ilp.Fail(ilp.T03, "account is being removed.")
	case portFailed:
		return causeAccountFailed, ilp.Fail(ilp.T00, "internal error.")
	}
	return nil, ilp.Reply{}
}

// unreachable returns why no packet can be sent to the account now, no cause if one can.
func (port *Port) unreachable() (Cause, ilp.Reply) {
	switch state := port.state.Load(); {
	case state == portDraining:
		return causeAccountRemoved, ilp.Fail(ilp.T03, "account is being removed. account="+port.account.ID)
	case state == portSuspended:
		return causeSuspended, ilp.Fail(ilp.T01, "no connection to account. account="+port.account.ID)
	case state == portFailed:
		return causeAccountFailed, ilp.Fail(ilp.T01, "no connection to account. account="+port.account.ID)
	case !port.link.Connected():
		return causeNotConnected, ilp.Fail(ilp.T01, "no connection to account. account="+port.account.ID)
	}
	return nil, ilp.Reply{}
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

func (port *Port) assetOf() rate.Asset {
	return rate.Asset{Code: port.account.AssetCode, Scale: port.account.AssetScale}
}

var _ ilp.Handler = (*Port)(nil)
