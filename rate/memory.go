package rate

import (
	"maps"
	"time"
)

// Memory is what a Pricing of the next run has to know, so that a restart makes no price less doubtful.
type Memory struct {
	// Base is that of all prices, empty if it is not known.
	Base string
	// Prices are those that are traded at, and Gone the last ones of currencies that have none now.
	Prices, Gone map[string]Price
	// Since says when each price that is held back was first doubtful.
	Since map[string]time.Time
}

// Memory returns what there is to know. The caller must not change it.
func (pr *Pricing) Memory() Memory {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	m := Memory{Base: pr.base, Gone: pr.gone, Since: maps.Clone(pr.since)}
	if pr.offered != nil {
		m.Prices = pr.offered.prices
	}
	return m
}

// Restore takes over the prices of an earlier run, before the first table of this one. They are traded
// at as long as they are not too old.
func (pr *Pricing) Restore(m Memory) {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	pr.base, pr.gone, pr.since = m.Base, maps.Clone(m.Gone), maps.Clone(m.Since)
	if len(m.Prices) > 0 {
		t := NewPriceTable("the last run", m.Prices, nil, pr.o.Spread)
		t.Base = m.Base
		pr.offered = t
		pr.publish()
	}
}
