package middleware

import (
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// alert raises an alert when a packet is rejected because its sender owes too much: by
// our own ledger it should have passed, so the ledgers of two neighbors differ, or a limit is
// lower than the other thinks. If the counterparty itself says so, what we owe it is
// settled, whatever our threshold. If a node behind it says so that is between those two:
// any node can write such a text, and must not make us pay.
type alert struct {
	alerts  *account.Alerts
	payer   Payer // nil for none
	account *account.Account
}

// debtMessage is what a connector says whose maximum balance we would pass.
const debtMessage = "exceeded maximum balance."

// Prepare passes.
func (a *alert) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply looks for the rejection.
func (a *alert) Reply(p *engine.Packet) engine.Verdict {
	if isDebt(p.Reply()) {
		raise(a.alerts, a.payer, a.account, p.Reply())
	}
	return engine.Pass
}

// Late looks for the rejection in an answer that came after its packet expired.
func (set *Set) Late(a *account.Account, reply *ilp.Reply) {
	if set.Has(Alert) && isDebt(reply) {
		raise(set.alerts, set.payer, a, reply)
	}
}

func isDebt(reply *ilp.Reply) bool {
	return !reply.Failed() && reply.Code() == ilp.T04 && string(reply.Message()) == debtMessage
}

func raise(alerts *account.Alerts, payer Payer, a *account.Account, reply *ilp.Reply) {
	alerts.Raise(time.Now(), a.ID, string(reply.TriggeredBy()), debtMessage)
	if payer != nil && a.Speaks(reply.TriggeredBy()) {
		payer.Urge(a)
	}
}

var _ engine.Middleware = (*alert)(nil)
