package connector

import (
	"fmt"
	"slices"
	"time"

	"github.com/ilp-go/connector/rate"
)

// What alerts say of prices that have jumped.
const (
	kindHeldPrice  = "price held back"
	alertHeldPrice = "the price of %.20q has jumped from %s to %s by %s, and is not used since %s: the one from before is, until it is too old; " +
		"confirm it with 'ilp-connector rates confirm %.20q', or pin or pause the pairs"

	kindLatePrice  = "price after a gap"
	alertLatePrice = "the price of %.20q was %s by %s at %s, and after a gap it is %s by %s: that is more than maxJump, but not for so long a gap, so it is used; " +
		"compare it with the market, and pin or pause the pairs if it is wrong"
)

// heldInUse returns those of some prices whose currencies accounts have. A source that lies may make
// tens of thousands of other prices jump: they need no operator, and their alerts would push out
// others.
func (c *Connector) heldInUse(all []rate.Held) (inUse []rate.Held) {
	currencies := c.currencies()
	for _, h := range all {
		if _, used := slices.BinarySearch(currencies, h.Currency); used {
			inUse = append(inUse, h)
		}
	}
	return inUse
}

// checkHeld raises the alerts about prices that are held back, each once, so that it stays dismissed,
// and ends those about others.
func (c *Connector) checkHeld() {
	now := time.Now()
	held := make(map[string]bool)
	for _, h := range c.heldInUse(c.pricing.State().Held) {
		held[h.Currency] = true
		if told, known := c.held.Load(h.Currency); known && told.(bool) {
			continue
		}
		c.alerts.RaiseKind(now, "", kindHeldPrice+" "+h.Currency, fmt.Sprintf(alertHeldPrice, h.Currency,
			h.Used.Value.FloatString(9), h.Came.Value.FloatString(9), h.Came.Source, h.Since.UTC().Format(time.RFC3339), h.Currency))
	}
	c.held.Range(func(currency, _ any) bool {
		if !held[currency.(string)] {
			c.held.Delete(currency)
			c.alerts.Resolve(now, "", kindHeldPrice+" "+currency.(string))
		}
		return true
	})
	for currency := range held {
		c.held.Store(currency, true)
	}
}

// tellLate tells of prices that came after a gap, and are used although they have moved far. The alert
// is about money, and stays until an operator has compared the price with the market.
func (c *Connector) tellLate(late []rate.Held) {
	for _, h := range late {
		before, now := h.Used.Value.FloatString(9), h.Came.Value.FloatString(9)
		c.log.Warn("a price has moved far while none came, and is used", "currency", h.Currency, "before", before, "source", h.Came.Source, "now", now, "gap", h.Since.Sub(h.Used.At))
		c.alerts.RaiseMoney(time.Now(), "", kindLatePrice+" "+h.Currency,
			fmt.Sprintf(alertLatePrice, h.Currency, before, h.Used.Source, h.Used.At.UTC().Format(time.RFC3339), now, h.Came.Source))
	}
}
