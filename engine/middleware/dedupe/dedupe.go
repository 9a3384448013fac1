// Package dedupe is the middleware that sends a packet which comes again only once.
//
// Routing loops and retries bring packets a second time. The duplicates get the answer of
// the first one, the original, and move no money. [Memory] holds the packets that were
// sent lately, and [New] makes the middleware of an account.
//
// A duplicate that comes before its original is answered is parked (parked.go). Answers
// are kept in chunks of bytes (queue.go) under a compact index (answered.go), so that
// 262,144 packets cost the garbage collector nothing.
package dedupe

import (
	"context"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// deduplicate is the middleware of one account.
//
// Two packets are the same if all that no hop changes is: condition, destination
// and data. The original must have been worth at least as much and must not have
// expired sooner. Rejects are remembered as well as Fulfills.
type deduplicate struct {
	memory  *Memory
	account *account.Account
}

// causeCrowded is the cause of refusing a duplicate.
const causeCrowded engine.Reason = "duplicates_waiting"

// New returns the middleware of an account, for its outgoing chain. The connector's
// accounts share one memory.
func New(m *Memory, a *account.Account) engine.Middleware { return &deduplicate{m, a} }

// Prepare answers a duplicate at once, or parks it until its original is answered. If
// too many are parked, Prepare refuses it.
func (d *deduplicate) Prepare(p *engine.Packet) engine.Verdict {
	first, answer, found := d.memory.remember(p, p.Deadline()+int64(min(d.account.DedupeLifetime, lifetimeMax)))
	switch found {
	case unknown:
		if first != nil {
			p.Note(d, first)
		}
		return engine.Pass
	case knownParked:
		return engine.Park
	case knownCrowding:
		return p.RefuseFor(causeCrowded, ilp.Failure{Code: ilp.T03, Message: "too many duplicates are waiting."})
	}
	return p.AnswerFor(engine.CauseRepeated, answer)
}

// lifetimeMax bounds for how long a packet is remembered, so that the sum with its deadline
// fits 64 bits.
const lifetimeMax = 50 * 365 * 24 * time.Hour

// Reply gives the original's answer to its duplicates, and remembers it.
func (d *deduplicate) Reply(p *engine.Packet) engine.Verdict {
	if first, ok := p.Noted(d).(*original); ok {
		d.memory.resolve(first, p.Reply(), p.Sent())
	}
	return engine.Pass
}

// Start forgets old packets after every interval, until ctx ends. It blocks.
func (m *Memory) Start(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			m.forget(clock.Now().Steady)
		}
	}
}

var _ engine.Middleware = (*deduplicate)(nil)
