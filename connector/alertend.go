package connector

import (
	"context"
	"time"
)

// When alerts are ended whose cause ends without an event.
const (
	alertsTick   = 10 * time.Second // how often to look
	alertsFormer = 5 * time.Minute  // after the start: each cause of the last run was raised again by then, or is gone
)

// endAlerts ends alerts whose cause is gone, and looks for balances that stay at a limit, until
// ctx ends.
func (c *Connector) endAlerts(ctx context.Context) {
	tick := time.NewTicker(alertsTick)
	defer tick.Stop()
	former := time.NewTimer(alertsFormer)
	defer former.Stop()
	var rates rateAlerts
	for {
		select {
		case <-ctx.Done():
			return
		case <-former.C:
			c.alerts.ResolveFormer(time.Now())
		case <-tick.C:
			now := time.Now()
			active := c.active()
			for _, a := range active {
				c.set.EndDebt(now, a)
				c.payer.EndAlerts(a)
			}
			c.limits.look(now, active)
			rates.check(c, now)
			c.checkObservers(now)
		}
	}
}

// resolveAtStart ends the alerts of the last run that said "until a restart".
func (c *Connector) resolveAtStart(now time.Time) {
	for _, kind := range []string{kindLedgerFailed, kindLedgerStalled, kindSettlementAPI} {
		c.alerts.Resolve(now, "", kind)
	}
}
