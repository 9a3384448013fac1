package middleware

import "github.com/ilp-go/connector/engine"

// maxPacketAmount bounds the amount of one incoming packet.
type maxPacketAmount uint64

// Prepare refuses a larger one, and says which would not be.
func (m maxPacketAmount) Prepare(p *engine.Packet) engine.Verdict {
	if p.Incoming() > uint64(m) {
		return p.RefuseWith(engine.AmountTooLarge(p.Incoming(), uint64(m)))
	}
	return engine.Pass
}

// Reply passes.
func (maxPacketAmount) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

var _ engine.Middleware = maxPacketAmount(0)
