package engine

import (
	"runtime/debug"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

// Middlewares and links are extensions. A panic of one takes its account out of service,
// on whatever goroutine it happens: that of another account's socket, of the wheel or of
// the ledger. It is recovered at each place where the engine calls such code:
//
//	a Prepare on its way      proceed        the packet is refused
//	a Prepare at its link     proceed        it may have left, so it waits until it expires
//	a Prepare at a protocol   handToLocal    the packet is refused
//	an answer on its way      retrace        it goes on with the next middleware
//	an answer handed back     retrace        it is lost, as with a broken connection
//	outputs of the wheel      wheel.flush    the others are flushed

// panicked takes the account of a port out of service, whose code has panicked. It is called
// while the panic is being recovered. port is nil if the account is unknown.
func (e *Engine) panicked(port *Port, cause any) {
	var a *account.Account
	if port != nil && !port.own {
		port.state.Store(portFailed)
		a = port.account
	}
	e.watch.Panicked(a, cause, debug.Stack())
}

// failed refuses the packet because the code of an account has panicked on its way.
// turn names the runner that the packet had then: it may have been recycled since.
func (p *Packet) failed(engine *Engine, turn uint64, cause any) {
	if !p.reclaim(turn) {
		engine.panicked(nil, cause)
		return
	}
	engine.panicked(p.whose(), cause)
	p.refuse(causePanic, ilp.Fail(ilp.T00, "internal error."))
}

// whose returns the port whose middlewares or link the packet is at.
func (p *Packet) whose() *Port {
	if p.to != nil && !p.returning {
		return p.to
	}
	return p.from
}
