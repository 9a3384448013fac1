package middleware

import (
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine"
	"github.com/ilp-go/connector/ilp"
)

// alert raises an alert when a counterparty says that we owe it too much: by our
// own books the packet should have passed, so the two books differ, or its limit is
// lower than we think. What we owe is settled then, whatever our threshold.
type alert struct {
	alerts  *account.Alerts
	settler Settler // nil for none
	account *account.Account
}

// debtMessage is what a connector says whose maximum balance we would pass.
const debtMessage = "exceeded maximum balance."

// Prepare passes.
func (a *alert) Prepare(*engine.Packet) engine.Verdict { return engine.Pass }

// Reply looks for the rejection.
func (a *alert) Reply(p *engine.Packet) engine.Verdict {
	if isDebt(p.Reply()) {
		raise(a.alerts, a.settler, a.account, p.Reply())
	}
	return engine.Pass
}

// Late looks for the rejection in an answer that came after its packet expired.
func (set *Set) Late(a *account.Account, reply *ilp.Reply) {
	if set.Has(Alert) && isDebt(reply) {
		raise(set.alerts, set.settler, a, reply)
	}
}

func isDebt(reply *ilp.Reply) bool {
	return !reply.Failed() && reply.Code() == ilp.T04 && string(reply.Message()) == debtMessage
}

func raise(alerts *account.Alerts, settler Settler, a *account.Account, reply *ilp.Reply) {
	alerts.Raise(time.Now(), a.ID, string(reply.TriggeredBy()), debtMessage)
	if settler != nil {
		settler.Urge(a)
	}
}

var _ engine.Middleware = (*alert)(nil)
