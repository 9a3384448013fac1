package combined

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"time"

	"github.com/ilp-go/connector/rate"
)

// merge combines the prices of sources.
type merge struct {
	now  time.Time
	mode Mode
	base string // empty if it is not chosen yet
	last map[string]*big.Rat
	past []bool // of each table, whether its source has failed since

	words map[string][]word // by currency, in the order of sources
}

// word is what a source says of a currency, in the base.
type word struct {
	rate.Price
	of   uint64 // the sources that it depends on, a bit for each
	past bool   // the source says it no more: it has failed since
}

// seconds reports whether a word can second another: its source says it still, and none of the
// sources of the other is part of it.
func (w word) seconds(other word) bool { return !w.past && w.of&other.of == 0 }

// combine returns one price of each currency. It returns none if there are no usable prices of
// any source.
func (m *merge) combine(sources []*source) map[string]rate.Price {
	var tables []map[string]rate.Price
	for _, s := range sources {
		if s.last != nil {
			tables = append(tables, s.last.Prices())
			m.past = append(m.past, s.err != nil)
		}
	}
	if m.base == "" {
		m.base = m.chooseBase(tables)
	}
	m.link(tables)
	prices := make(map[string]rate.Price, len(m.words))
	for currency, words := range m.words {
		prices[currency] = m.pick(words)
	}
	return prices
}

// usable reports whether a price is young enough.
func (m *merge) usable(p rate.Price) bool { return p.MaxAge <= 0 || m.now.Before(p.End()) }

// chooseBase returns the currency that the first table with a usable price is in. It never
// changes afterwards: all prices would seem to jump.
func (m *merge) chooseBase(tables []map[string]rate.Price) string {
	for _, young := range []bool{true, false} {
		for _, prices := range tables {
			for _, currency := range ownFirst(prices) {
				if !young || m.usable(prices[currency]) {
					return currency
				}
			}
		}
	}
	return ""
}

// ownFirst returns the currencies of a table in order, those with the price 1 before others.
func ownFirst(prices map[string]rate.Price) []string {
	one := big.NewRat(1, 1)
	rank := func(currency string) int {
		if prices[currency].Value.Cmp(one) == 0 {
			return 0
		}
		return 1
	}
	return slices.SortedFunc(maps.Keys(prices), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}

// link writes the prices of the tables in the base. A table that knows the base is linked by it,
// another by a currency that a linked one has. If no table has a usable price of the base, one of
// them is linked by what its currency was worth in the last table, so that its prices stay
// comparable with those. At the end prices that are too old link what is still left: it is then
// too old as well.
func (m *merge) link(tables []map[string]rate.Price) {
	m.words = map[string][]word{}
	by := make([]*bridge, len(tables))
	linked := func(young bool) (some bool) {
		for more := true; more; {
			more = false
			for i := range tables {
				if by[i] != nil {
					continue
				}
				if by[i] = m.bridge(tables, by, i, young); by[i] != nil {
					more, some = true, true
				}
			}
		}
		return some
	}
	if !linked(true) && m.anchor(tables, by) {
		linked(true)
	}
	linked(false)
	for i, prices := range tables {
		if by[i] == nil {
			continue
		}
		for currency, p := range prices {
			if currency != by[i].borrowed {
				m.words[currency] = append(m.words[currency], word{by[i].carry(p), by[i].of, m.past[i]})
			}
		}
	}
}

// bridge is what leads from the prices of a source to those in the base.
type bridge struct {
	factor  *big.Rat
	through []rate.Price // the factor is as old as these
	certain bool         // the factor is the operator's word
	// of are the source itself, and those whose prices are part of the factor. A fault of these
	// is a fault of all prices, so that these cannot second theirs.
	of uint64
	// borrowed is the currency whose price the source has from another one, empty if it has all
	// prices from itself.
	borrowed string
}

// bridge returns the bridge of table i, nil if there is none yet. young asks for one of usable
// prices alone.
func (m *merge) bridge(tables []map[string]rate.Price, by []*bridge, i int, young bool) *bridge {
	prices := tables[i]
	fit := func(p rate.Price, there bool) bool { return there && (!young || m.usable(p)) }
	if own, there := prices[m.base]; fit(own, there) {
		return &bridge{factor: new(big.Rat).Inv(own.Value), through: []rate.Price{own}, certain: own.Certain, of: 1 << i}
	}
	for _, currency := range ownFirst(prices) {
		own := prices[currency]
		if !fit(own, true) {
			continue
		}
		for j, others := range tables {
			if other, there := others[currency]; by[j] != nil && fit(other, there) {
				there := by[j].carry(other)
				return &bridge{
					factor: new(big.Rat).Quo(there.Value, own.Value), through: []rate.Price{own, there},
					of: 1<<i | by[j].of, borrowed: currency,
				}
			}
		}
	}
	return nil
}

// anchorBitsMax bounds the numerator and the denominator of a price that links a table. Each such link
// makes the other prices longer, and the next one may be through one of these. Packets that are converted
// at long numbers cost more.
const anchorBitsMax = 1024

// anchor links the first table with a usable price by what that price was in the last table.
func (m *merge) anchor(tables []map[string]rate.Price, by []*bridge) bool {
	for i, prices := range tables {
		for _, currency := range ownFirst(prices) {
			last := m.last[currency]
			if last != nil && m.usable(prices[currency]) && max(last.Num().BitLen(), last.Denom().BitLen()) <= anchorBitsMax {
				by[i] = &bridge{factor: new(big.Rat).Quo(last, prices[currency].Value), of: 1 << i}
				return true
			}
		}
	}
	return false
}

// carry returns a price in the base. It is as old as the oldest price that it is made of.
func (b *bridge) carry(p rate.Price) rate.Price {
	p = p.Within(b.through...)
	p.Value = new(big.Rat).Mul(p.Value, b.factor)
	p.Certain = p.Certain && b.certain
	others := p.Others
	p.Others = nil
	if b.borrowed != "" {
		return p // what is borrowed has none to second it
	}
	for _, other := range others {
		other.Value = new(big.Rat).Mul(other.Value, b.factor)
		p.Others = append(p.Others, other)
	}
	return p
}

// pick returns the price that counts of some, and what the others say. If all are too old, that
// is the first one.
func (m *merge) pick(words []word) rate.Price {
	var young []word
	for _, w := range words {
		if m.usable(w.Price) {
			young = append(young, w)
		}
	}
	switch {
	case len(young) == 0:
		return words[0].Price
	case m.mode != Median:
		return seconded(young[0], young[1:])
	}
	slices.SortStableFunc(young, func(a, b word) int { return a.Value.Cmp(b.Value) })
	i := len(young) / 2
	if len(young)%2 == 0 {
		return middle(young[i-1], young[i], slices.Concat(young[:i-1], young[i+1:]))
	}
	return seconded(young[i], slices.Concat(young[:i], young[i+1:]))
}

// seconded returns the price of a word, with the others that say something about it.
func seconded(w word, others []word) rate.Price {
	p := w.Price
	p.Others = slices.Clone(p.Others)
	for _, other := range others {
		if other.seconds(w) {
			p.Others = append(p.Others, other.Price)
		}
	}
	return p
}

// middle returns the price in the middle of two. If these second each other, both of them together
// can second it.
func middle(a, b word, others []word) rate.Price {
	w := word{Price: a.Within(b.Price), of: a.of | b.of}
	w.Value = new(big.Rat).Add(a.Value, b.Value)
	w.Value.Mul(w.Value, big.NewRat(1, 2))
	w.Certain, w.Mean = a.Certain && b.Certain, true
	w.Source = a.Source + " and " + b.Source
	w.Others = nil
	p := seconded(w, others)
	if a.seconds(b) && b.seconds(a) {
		p.Others = append(p.Others, a.Price, b.Price)
	}
	return p
}
