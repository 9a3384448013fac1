package connector

import (
	"fmt"
	"strings"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
)

// formerMax is how many balances that no account has are reported one by one at a start.
const formerMax = 20

// The kinds of alerts about balances that no account has, and what they say.
const (
	kindFormer     = "former balance"
	kindFormerOpen = "former settlement"

	alertFormer = "a balance of %s in %s with scale %d is stored, and no account has that id: configure the account again, " +
		"or move the balance with 'ilp-connector balance move', or take it off with 'ilp-connector balance adjust %s %s'"
	alertFormerBare = "a balance of %s in %s with scale %d is stored, and the account has no balance block: configure that again, " +
		"or move the balance with 'ilp-connector balance move', or take it off with 'ilp-connector balance adjust %s %s'"
	alertFormerOpen = "settlements of %s in %s with scale %d are open, and the account is not configured or does not settle: " +
		"find out whether they were paid, and record that with 'ilp-connector settlements resolve'"
	alertFormerMore = "%d more stored balances belong to no account: 'ilp-connector balance' lists them"
)

// reportFormer reports to operators, at a start, the balances that no account has: of an
// account that was renamed, lost its balance block, or was added by the API of an earlier
// run. It ends the alerts of earlier runs whose cause is gone.
func (c *Connector) reportFormer() {
	former := c.formerBalances()
	there := make(map[string]bool)
	for i, f := range former {
		there[f.AccountID] = true
		if i < formerMax {
			c.reportOneFormer(f)
		}
	}
	more := len(former) - formerMax
	c.moreFormer.Store(more > 0)
	if more > 0 {
		c.log.Warn("more stored balances belong to no account", "more", more)
		c.alertMoney("", kindFormer, fmt.Sprintf(alertFormerMore, more))
	} else {
		c.resolveFormerAlerts("")
	}
	for _, a := range c.alerts.All() {
		if a.AccountID != "" && (a.Kind == kindFormer || a.Kind == kindFormerOpen) && !there[a.AccountID] {
			c.resolveFormerAlerts(a.AccountID)
		}
		if a.AccountID != "" && a.About == account.AboutMoney && c.durable {
			c.payer.EndFormerAlerts(a.AccountID)
		}
	}
}

// checkFormer reports the balance of an id anew, or ends its alerts if an account has it now,
// or nothing is left of it.
func (c *Connector) checkFormer(accountID string) {
	if c.moreFormer.Load() && len(c.ledger.Former()) <= formerMax { // counting looks at all balances
		c.moreFormer.Store(false)
		c.resolveFormerAlerts("")
	}
	former := c.formerBalances(accountID)
	if len(former) == 0 {
		c.resolveFormerAlerts(accountID)
	}
	for _, f := range former {
		c.reportOneFormer(f)
	}
}

// reportOneFormer logs what is left of an account, and raises the alerts about it or ends
// them.
func (c *Connector) reportOneFormer(f admin.FormerBalance) {
	configured := c.registry.Find(f.AccountID) != nil
	c.log.Warn("a stored balance belongs to no account", "account", f.AccountID, "configured", configured,
		"balance", f.Posted, "asset", f.AssetCode, "scale", f.AssetScale, "settling", f.Settling)
	c.resolveOrRaise(f.Posted == "0", f.AccountID, kindFormer, func() string {
		text := alertFormer
		if configured {
			text = alertFormerBare
		}
		return fmt.Sprintf(text, f.Posted, f.AssetCode, f.AssetScale, f.AccountID, opposite(f.Posted))
	})
	c.resolveOrRaise(f.Settling == "0", f.AccountID, kindFormerOpen, func() string {
		return fmt.Sprintf(alertFormerOpen, f.Settling, f.AssetCode, f.AssetScale)
	})
}

func (c *Connector) resolveOrRaise(gone bool, accountID, kind string, text func() string) {
	if gone {
		c.alerts.Resolve(time.Now(), accountID, kind)
		return
	}
	c.alertMoney(accountID, kind, text())
}

func (c *Connector) resolveFormerAlerts(accountID string) {
	c.alerts.Resolve(time.Now(), accountID, kindFormer)
	c.alerts.Resolve(time.Now(), accountID, kindFormerOpen)
}

// opposite returns a decimal amount with the other sign.
func opposite(amount string) string {
	if positive, negative := strings.CutPrefix(amount, "-"); negative {
		return positive
	}
	return "-" + amount
}
