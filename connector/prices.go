package connector

import (
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

// unpriced holds the accounts whose asset has no exchange rate, and that asset.
type unpriced struct {
	mu     sync.Mutex
	assets map[string]string
	since  map[string]time.Time
}

// of returns the asset of an account if it has no exchange rate, and since when.
func (u *unpriced) of(id string) (asset string, since time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.assets[id], u.since[id]
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
	alertUnpricedMore = "%d more accounts have an asset without an exchange rate"
)

// checkPrices reports the accounts whose asset has no rate in a table: each once, until it
// has one. anew is an account that has just been added, "" if none was.
func (c *Connector) checkPrices(t *rate.Table, anew string) {
	u := &c.unpriced
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.assets, anew)
	former := u.assets
	u.assets = unpricedIn(t, c.registry.All())
	var found []string
	before := u.since
	u.since = make(map[string]time.Time, len(u.assets))
	now := time.Now()
	for id, asset := range u.assets {
		u.since[id] = now
		if at, known := before[id]; known && former[id] == asset {
			u.since[id] = at
		}
		if former[id] != asset {
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
		c.log.Warn("no exchange rate for the asset of an account; its packets are refused", "account", id, "asset", u.assets[id], "backend", c.cfg().Backend)
		c.alerts.RaiseKind(now, id, kindUnpriced, fmt.Sprintf(alertUnpriced, c.cfg().Backend, u.assets[id]))
	}
	for id := range former {
		if _, still := u.assets[id]; !still {
			c.alerts.Resolve(now, id, kindUnpriced)
		}
	}
	if len(u.assets) <= unpricedMax {
		c.alerts.Resolve(now, "", kindUnpriced)
	}
}

// unpricedIn returns the accounts whose asset has no rate in a table, and that asset.
func unpricedIn(t *rate.Table, accounts []*account.Account) map[string]string {
	found := map[string]string{}
	known := map[string]bool{}
	for _, a := range accounts {
		priced, asked := known[a.AssetCode]
		if !asked {
			asset := rate.Asset{Code: a.AssetCode, Scale: a.AssetScale}
			_, err := t.Between(asset, asset)
			priced = !errors.As(err, new(*rate.UnknownCurrency))
			known[a.AssetCode] = priced
		}
		if !priced {
			found[a.ID] = a.AssetCode
		}
	}
	return found
}
