package engine

import (
	"bytes"
	"strings"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
)

// Local is a protocol that neighbors speak with us rather than through us.
type Local interface {
	// For returns the handler that answers the account. It is called once, when the
	// account is attached. Nil leaves the account without the protocol.
	For(a *account.Account) ilp.Handler
}

// LocalAt is a Local and the address it answers to. An Address that ends in '*' stands for
// all addresses that begin with the rest of it.
type LocalAt struct {
	Address string
	Local   Local
}

// local is a Local as one account knows it.
type local struct {
	LocalAt
	handler ilp.Handler
}

func (l *local) answersTo(destination []byte) bool {
	if prefix, open := strings.CutSuffix(l.Address, "*"); open {
		return bytes.HasPrefix(destination, []byte(prefix))
	}
	return string(destination) == l.Address
}

// local returns the handler of a packet that is meant for us (peer.*). Such a packet is never
// forwarded: handled is true for each. h is nil if the packet was refused.
func (p *Packet) local() (h ilp.Handler, handled bool) {
	destination := p.prepare.Destination()
	if !bytes.HasPrefix(destination, []byte(ilp.PeerPrefix)) {
		return nil, false
	}
	if !bytes.Equal(p.prepare.Condition(), ilp.PeerCondition[:]) {
		p.refuse(causePeerProtocol, ilp.Fail(ilp.F01, "condition must be peer protocol condition."))
		return nil, true
	}
	for i := range p.from.locals {
		if l := &p.from.locals[i]; l.answersTo(destination) {
			return l.handler, true
		}
	}
	p.refuse(causePeerProtocol, ilp.Fail(ilp.F01, "unknown peer protocol."))
	return nil, true
}

// handToLocal gives the packet to a local handler, and refuses it if that panics. It is the
// last statement of its caller.
func (p *Packet) handToLocal(h ilp.Handler) {
	p.holders.Add(1) // it stays ours until h has returned
	defer p.release()
	defer func() {
		if cause := recover(); cause != nil {
			p.engine.panicked(p.from, cause)
			if p.claim() {
				p.refuse(causePanic, ilp.Fail(ilp.T00, "internal error."))
			}
		}
	}()
	h.HandlePrepare(p, p.lend())
}
