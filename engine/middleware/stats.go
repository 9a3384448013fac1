package middleware

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
)

// statsIn counts the packets from an account by how they were answered. It is
// the last of its chain: what the limits refuse is not counted.
type statsIn struct{ account *account.Account }

// Prepare passes.
func (s *statsIn) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply counts.
func (s *statsIn) Reply(p *engine.Packet) engine.Verdict {
	s.account.Counters.Incoming.Count(account.ResultOf(p.Reply()))
	return engine.Pass
}

// statsOut counts the packets to an account by its answer, the rejected ones by
// code as well.
type statsOut struct{ account *account.Account }

// Prepare passes.
func (s *statsOut) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply counts.
func (s *statsOut) Reply(p *engine.Packet) engine.Verdict {
	reply := p.Reply()
	result := account.ResultOf(reply)
	s.account.Counters.Outgoing.Count(result)
	if result == account.Rejected {
		s.account.Counters.Rejects.Count(reply.Batch.Time().Wall, reply.Code(), p.Outgoing())
	}
	return engine.Pass
}

var (
	_ engine.Middleware = (*statsIn)(nil)
	_ engine.Middleware = (*statsOut)(nil)
)
