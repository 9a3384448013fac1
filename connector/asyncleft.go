package connector

import (
	"fmt"
	"time"

	"github.com/ilp-go/connector/link/httplink"
)

// The alert about Fulfills that nobody delivers any more.
const (
	kindLeft  = "fulfills left undelivered"
	alertLeft = "%d Fulfills of the account are booked, and the peer may not know of them: they are not delivered, because the account is gone " +
		"or has no 'async' any more. Give it back its 'async', or compare balances with the operator of the peer"
)

// outdatedMax is how many records are removed in one step.
const outdatedMax = 1000

// checkLeft reports the Fulfills of an account that nobody delivers any more, or ends that alert. Without
// an id it looks at all accounts, at a start, and removes records that are of no use.
func (c *Connector) checkLeft(accountID string) {
	if !c.life.has(loaded) && accountID != "" {
		return
	}
	left, err := httplink.ReadLeft(c.ledger, accountID, c.answersLater, time.Now())
	if err != nil {
		c.log.Error("records of answers cannot be read", "error", err)
		return
	}
	for _, a := range c.alerts.All() {
		if a.Kind == kindLeft && (accountID == "" || a.AccountID == accountID) && (left[a.AccountID] == nil || left[a.AccountID].Answers == 0) {
			c.alerts.Resolve(time.Now(), a.AccountID, kindLeft)
		}
	}
	for id, one := range left {
		if one.Answers > 0 {
			c.log.Warn("fulfills are booked and not delivered", "account", id, "fulfills", one.Answers)
			c.alertMoney(id, kindLeft, fmt.Sprintf(alertLeft, one.Answers))
		}
		for rest := one.Outdated; accountID == "" && len(rest) > 0; {
			n := min(len(rest), outdatedMax)
			if err := c.ledger.Apply(rest[:n]); err != nil {
				c.log.Warn("records of answers not removed", "account", id, "error", err)
				return
			}
			rest = rest[n:]
		}
	}
}

// answersLater reports whether the link of an account answers by callback.
func (c *Connector) answersLater(accountID string) bool {
	m := c.member(accountID)
	if m == nil {
		return false
	}
	l, is := m.link.(*httpLink)
	return is && l.async != nil
}
