package connector

import (
	"context"
	"fmt"
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
	var rates rateAlert
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

// rateAlert is the alert about rates that are missing or too old. It is raised once for
// each time that this begins, so that it stays dismissed.
type rateAlert struct{ raised bool }

func (r *rateAlert) check(c *Connector, now time.Time) {
	text := ""
	switch s := (node{c}).Rates(); {
	case s.Table == nil && s.Err != nil:
		text = fmt.Sprintf(alertRatesMissing, s.Err)
	case s.Table != nil && s.Table.Stale(now):
		text = fmt.Sprintf(alertRatesStale, s.Table.At.UTC().Format(time.RFC3339))
	}
	switch {
	case text == "":
		c.alerts.Resolve(now, "", kindRates)
	case !r.raised:
		c.alerts.RaiseKind(now, "", kindRates, text)
	}
	r.raised = text != ""
}
