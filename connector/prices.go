package connector

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/config"
	"github.com/ilp-go/connector/rate"
)

// unpriced holds the accounts whose asset has no exchange rate, and why.
type unpriced struct {
	mu    sync.Mutex
	why   map[string]unpricedReason
	since map[string]time.Time
}

// unpricedReason says why an asset has no exchange rate. text may change while the trouble stays the
// same: it says of when a price is that is too old.
type unpricedReason struct{ trouble, text string }

// of returns why the asset of an account has no exchange rate, and since when, "" if it has one.
func (u *unpriced) of(id string) (text string, since time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.why[id].text, u.since[id]
}

const (
	// kindUnpriced is the kind of the alert about an account whose asset has no rate.
	kindUnpriced = "no rate"
	// unpricedMax is the number of accounts that a check of the rates reports one by one.
	unpricedMax = 20
)

// lintAssets warns of accounts whose asset the backend does not know.
func (c *Connector) lintAssets(accounts config.Accounts) (warnings []config.Warning) {
	if c.lists == nil {
		return nil
	}
	for _, a := range accounts {
		if c.lists.Lists(a.AssetCode) {
			continue
		}
		w := config.Warning{
			Path:    a.Path("assetCode"),
			Problem: fmt.Sprintf("is %.20q, for which the backend %s has no rate: packets of this account are refused with F00", a.AssetCode, c.cfg().Backend),
			Hint:    "if all accounts have one currency, set backend to one-to-one; else use a backend that has this currency",
		}
		if upper := strings.ToUpper(a.AssetCode); upper != a.AssetCode && c.lists.Lists(upper) {
			w.Hint = fmt.Sprintf("did you mean %s? The case of a code counts, and both sides of the account must have the same", upper)
		}
		if origin := c.cfg().Origin("accounts"); strings.HasPrefix(origin, config.VariablePrefix) {
			w.Variable = origin
		}
		warnings = append(warnings, w)
	}
	return warnings
}

// What alerts say.
const (
	alertUnpriced     = "the backend %s has no exchange rate for the asset %.20q of the account: its packets are refused with F00"
	alertNoPrice      = "the asset %.20q of the account has no price now by %s, so its packets are refused with T00: %s"
	alertStalePrice   = "the price of the asset %.20q of the account is too old, so its packets are refused with T00: it is of %s by %s, and may be used for %s"
	alertUnpricedMore = "%d more accounts have an asset without an exchange rate"
)

// checkPrices reports the accounts whose asset has no rate in a table: each once, until it
// has one. anew is an account that has just been added, "" if none was.
func (c *Connector) checkPrices(t *rate.Table, anew string) {
	u := &c.unpriced
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.why, anew)
	former := u.why
	u.why = c.unpricedIn(t, c.registry.All())
	var found []string
	before := u.since
	u.since = make(map[string]time.Time, len(u.why))
	now := time.Now()
	for id, why := range u.why {
		u.since[id] = now
		same := former[id].trouble == why.trouble
		if at, known := before[id]; known && same {
			u.since[id] = at
		}
		if !same {
			found = append(found, id)
		}
	}
	slices.Sort(found)
	for i, id := range found {
		if i == unpricedMax {
			c.log.Warn("more accounts have an asset without an exchange rate", "accounts", len(found)-i)
			c.alerts.RaiseKind(now, "", kindUnpriced, fmt.Sprintf(alertUnpricedMore, len(found)-i))
			break
		}
		c.log.Warn("no exchange rate for the asset of an account; its packets are refused", "account", id, "asset", c.assetOf(id), "backend", c.cfg().Backend, "reason", u.why[id].text)
		c.alerts.RaiseKind(now, id, kindUnpriced, u.why[id].text)
	}
	for id := range former {
		if _, still := u.why[id]; !still {
			c.alerts.Resolve(now, id, kindUnpriced)
		}
	}
	if len(u.why) <= unpricedMax {
		c.alerts.Resolve(now, "", kindUnpriced)
	}
}

// assetOf returns the asset code of an account, empty if it is gone.
func (c *Connector) assetOf(id string) string {
	if a := c.registry.Find(id); a != nil {
		return a.AssetCode
	}
	return ""
}

// unpricedIn returns the accounts whose asset has no rate in a table, and why.
func (c *Connector) unpricedIn(t *rate.Table, accounts []*account.Account) map[string]unpricedReason {
	found := map[string]unpricedReason{}
	known := map[string]unpricedReason{}
	for _, a := range accounts {
		why, asked := known[a.AssetCode]
		if !asked {
			why = c.unpricedReason(a.AssetCode, t.Check(a.AssetCode))
			known[a.AssetCode] = why
		}
		if why.trouble != "" {
			found[a.ID] = why
		}
	}
	return found
}

// unpricedReason says why a currency cannot be traded. It is empty if it can.
func (c *Connector) unpricedReason(currency string, err error) unpricedReason {
	var missing *rate.MissingPrice
	var stale *rate.StalePrice
	switch {
	case errors.As(err, &missing):
		text := fmt.Sprintf(alertNoPrice, currency, cmp.Or(missing.Source, c.cfg().Backend), missing.Why)
		return unpricedReason{text, text}
	case errors.As(err, &stale):
		source := cmp.Or(stale.Source, c.cfg().Backend)
		return unpricedReason{
			"stale by " + source, fmt.Sprintf(alertStalePrice, currency, stale.At.UTC().Format(time.RFC3339), source, stale.MaxAge),
		}
	case errors.As(err, new(*rate.UnknownCurrency)):
		text := fmt.Sprintf(alertUnpriced, c.cfg().Backend, currency)
		return unpricedReason{text, text}
	}
	return unpricedReason{}
}
