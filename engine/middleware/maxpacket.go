package middleware

import (
	"strconv"

	"github.com/ilp-go/connector/engine"
)

// maxPacketAmount bounds the amount of one incoming packet.
type maxPacketAmount uint64

// Prepare refuses a larger one, and says which would not be.
func (m maxPacketAmount) Prepare(p *engine.Packet) engine.Verdict {
	if p.Incoming() > uint64(m) {
		return p.RefuseFor(m, engine.AmountTooLarge(p.Incoming(), uint64(m)))
	}
	return engine.Pass
}

// Name returns the cause of its refusals.
func (maxPacketAmount) Name() string { return "max_packet_amount" }

// Room returns the limit, which each packet has whole.
func (m maxPacketAmount) Room() (limit, headroom string) {
	limit = strconv.FormatUint(uint64(m), 10)
	return limit, limit
}

// Reply passes.
func (maxPacketAmount) Reply(*engine.Packet) engine.Verdict { return engine.Pass }

var (
	_ engine.Middleware = maxPacketAmount(0)
	_ engine.Cause      = maxPacketAmount(0)
)
