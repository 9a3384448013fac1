package connector

import (
	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/engine/middleware"
)

// Consider settles an account whose balance has fallen under its threshold. The
// plugins there are move no money: as with the reference's ilp-plugin-btp, whose
// sendMoney does nothing and succeeds, the debt is settled on paper.
func (c *Connector) Consider(a *account.Account) {
	if a.Settle == nil || a.Balance == nil {
		return
	}
	if amount, due := a.Balance.Settle(a.Settle.Threshold, a.Settle.To); due {
		a.Balance.Settled(amount)
		c.ledger.note(a, amount)
		a.Counters.OutgoingMoney.Succeed(amount)
	}
}

var _ middleware.Settler = (*Connector)(nil)
