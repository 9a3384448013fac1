package connector

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/engine/middleware"
	"github.com/ilp-go/connector/nodehost/source"
)

// submitPackets tells a hosted backend that wants it of each packet that the next account has
// answered. It stands last in the incoming chains, where a packet is still as it came. It costs a
// copy of the packet, and only while the backend has a method submitPacket.
type submitPackets struct{ backend *source.Backend }

// named returns the middleware that tells backend.
func (s *submitPackets) named() middleware.Named {
	return middleware.Named{Name: "submitPacket", New: func(*account.Account) (in, out engine.Middleware) { return s, nil }}
}

// Prepare keeps the packet as it came.
func (s *submitPackets) Prepare(p *engine.Packet) engine.Verdict {
	if s.backend.WantsPackets() && p.Fault() == nil && !p.Own() {
		p.Note(s, append([]byte(nil), p.Prepare().Bytes()...))
	}
	return engine.Pass
}

// Reply tells the backend of the answer, if it is one of the next account.
func (s *submitPackets) Reply(p *engine.Packet) engine.Verdict {
	packet, kept := p.Noted(s).([]byte)
	if to := p.To(); kept && to != nil && p.Sent() && !p.Reply().Failed() {
		s.backend.SubmitPacket(source.Packet{
			From: p.From().ID, To: to.ID, Incoming: p.Incoming(), Outgoing: p.Outgoing(), Packet: packet, Result: p.Reply().Bytes(),
		})
	}
	return engine.Pass
}

var _ engine.Middleware = (*submitPackets)(nil)
