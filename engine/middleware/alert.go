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
// settled, whatever our threshold. When the counterparty fulfills packets again, EndDebt
// ends the alert. If a node behind it says so that is between those two:
// any node can write such a text, and must not make us pay.
type alert struct {
	alerts  *account.Alerts
	payer   Payer // nil for none
	account *account.Account
}

// alertDebt is what a connector says whose maximum balance we would pass, and what the
// alert says.
const alertDebt = "exceeded maximum balance."

// Prepare passes.
func (a *alert) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply looks for the rejection, and for a Fulfill of value, after which it is past.
func (a *alert) Reply(p *engine.Packet) engine.Verdict {
	switch reply := p.Reply(); {
	case reply.Fulfilled():
		if p.Outgoing() > 0 {
			a.account.Dispute.Fulfill()
		}
	case isDebt(reply):
		raise(a.alerts, a.payer, a.account, reply)
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
	return !reply.Failed() && reply.Code() == ilp.T04 && string(reply.Message()) == alertDebt
}

func raise(alerts *account.Alerts, payer Payer, a *account.Account, reply *ilp.Reply) {
	a.Dispute.Refuse()
	alerts.Raise(time.Now(), a.ID, string(reply.TriggeredBy()), alertDebt)
	if payer != nil && a.Speaks(reply.TriggeredBy()) {
		payer.Urge(a)
	}
}

// EndDebt ends the alert of an account that has fulfilled packets since its latest rejection,
// for one to two periods. Call it for each account once in a period, of seconds. The data
// path ends no alert, because a node that rejects every other packet could make it raise and
// end them without end.
func (set *Set) EndDebt(now time.Time, a *account.Account) {
	if a.Dispute.Tick() {
		set.alerts.Resolve(now, a.ID, alertDebt)
	}
}

var _ engine.Middleware = (*alert)(nil)
