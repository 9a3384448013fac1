package middleware

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ledger"
)

// Earner counts what the spread has earned: a *ledger.Ledger, which says what its method does.
type Earner interface {
	Earn(ledger.Transfer)
}

// earn tells an Earner of the packets that an account has fulfilled. In the outgoing chain it
// stands behind deduplicate, so each packet counts once.
type earn struct {
	earner  Earner
	account *account.Account
}

// Prepare passes.
func (*earn) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply tells of a Fulfill.
func (e *earn) Reply(p *engine.Packet) engine.Verdict {
	if p.Reply().Fulfilled() {
		e.earner.Earn(transferOf(p, e.account))
	}
	return engine.Pass
}

var _ engine.Middleware = (*earn)(nil)
