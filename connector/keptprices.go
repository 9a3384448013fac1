package connector

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"sync"
	"time"

	"github.com/ilp-go/connector/rate"
	"github.com/ilp-go/connector/store"
)

// keptTable is the prices of the last run. They are used after a restart as long as they are not too
// old, and new ones are compared with them.
type keptTable struct {
	Source string               `json:"source"`         // digest of the backend and its configuration
	Base   string               `json:"base,omitempty"` // of the prices, if the backend says it
	Prices map[string]keptPrice `json:"prices"`
	Gone   map[string]keptPrice `json:"gone,omitempty"`  // the last ones of currencies that have none now
	Since  map[string]time.Time `json:"since,omitempty"` // when those that are held back were first doubtful
}

type keptPrice struct {
	Value  string        `json:"value"`
	Source string        `json:"source"`
	At     time.Time     `json:"at"`
	MaxAge time.Duration `json:"maxAge"`
}

// sourceOfRates returns a digest of where the prices are from. An operator who has chosen another
// source means its prices, whatever those of the former one were. The base of the prices may be
// another one with the same digest, if the source or a secret in the configuration says it.
func (c *Connector) sourceOfRates() string {
	text, _ := json.Marshal([]any{c.cfg().Backend, c.cfg().BackendConfig}) // was read from JSON or YAML
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// tableKeeper is what the store has of the prices.
type tableKeeper struct {
	mu   sync.Mutex // held while the store is written, so that the latest prices are written last
	kept []byte     // under keptLastTable, nil if that is not known
}

// keepTable keeps the prices in force for the next run. It writes to the store only if a price has
// changed, or its source, or the moment at which it held: a source that says the same once more, with
// the same time, costs nothing. So what a crash leaves has the true age of each price.
func (c *Connector) keepTable() {
	if !c.durable {
		return
	}
	k := &c.tables
	k.mu.Lock()
	defer k.mu.Unlock()
	m := c.pricing.Memory()
	inUse := c.currencies()
	table := keptTable{
		Source: c.sourceOfRates(), Base: m.Base, Prices: keepPrices(inUse, m.Prices), Gone: keepPrices(inUse, m.Gone),
		Since: make(map[string]time.Time),
	}
	for _, currency := range inUse {
		if at, there := m.Since[currency]; there && keeps(at) {
			table.Since[currency] = at.UTC()
		}
	}
	change := keptChange(keptLastTable, table)
	if bytes.Equal(change.Value, k.kept) || len(table.Prices) == 0 && len(table.Gone) == 0 && k.kept == nil {
		return
	}
	if err := c.ledger.Apply(store.Batch{change}); err != nil {
		k.kept = nil // it may have been written
		c.log.Warn("the exchange rates are not kept for the next start", "error", err)
		return
	}
	k.kept = change.Value
}

// keepPrices returns the prices of some currencies as they are kept. Those that an operator has written
// are not: they are in the configuration, or kept by themselves. Nor are those of other currencies: a
// source may have thousands, and they would be written each time.
func keepPrices(currencies []string, prices map[string]rate.Price) map[string]keptPrice {
	kept := make(map[string]keptPrice)
	for _, currency := range currencies {
		if p, there := prices[currency]; there && !p.Certain && keeps(p.At) {
			kept[currency] = keptPrice{p.Value.RatString(), p.Source, p.At.UTC(), p.MaxAge}
		}
	}
	return kept
}

// keeps reports whether JSON can keep a time. A backend of a program may have any.
func keeps(at time.Time) bool { return at.UTC().Year() >= 0 && at.UTC().Year() <= 9999 }

// readPrices returns prices that were kept.
func readPrices(kept map[string]keptPrice) map[string]rate.Price {
	prices := make(map[string]rate.Price)
	for currency, p := range kept {
		if value, ok := new(big.Rat).SetString(p.Value); ok && value.Sign() > 0 {
			prices[currency] = rate.Price{Value: value, Source: p.Source, At: p.At, MaxAge: p.MaxAge}
		}
	}
	return prices
}

// restoreTable takes over the prices of the last run, unless they are of another configuration.
func (c *Connector) restoreTable() error {
	tables, err := readKept[keptTable](c.store, keptLastTable)
	if err != nil {
		return err
	}
	t, there := tables[""]
	if !there || t.Source != c.sourceOfRates() {
		return nil
	}
	c.tables.kept = keptChange(keptLastTable, t).Value
	m := rate.Memory{Base: t.Base, Prices: readPrices(t.Prices), Gone: readPrices(t.Gone), Since: t.Since}
	for _, prices := range []map[string]rate.Price{m.Prices, m.Gone} {
		for currency := range prices { // the last run may have raised an alert
			c.held.Store(currency, false)
		}
	}
	c.pricing.Restore(m)
	if len(m.Prices) > 0 {
		c.life.reach(rated)
	}
	return nil
}
