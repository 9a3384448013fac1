package rate

import "math/big"

// in returns the prices of a table in another base, so that those of two tables can be compared. It
// returns nil if the table has none, or no price of that base. A base that is not known, because the
// backend does not say it, counts as the same.
//
// A backend refuses prices in another base than before. But with the next start it may take the
// first base that its source says, or that of the first of several sources to answer. Without the
// same base, each price would seem to jump, and a price that is held back would be traded against
// prices in other units.
func (t *Table) in(base string) map[string]Price {
	switch {
	case t == nil:
		return nil
	case base == "" || t.Base == "" || base == t.Base:
		return t.prices
	}
	of, there := t.prices[base]
	if !there || of.Value.Sign() <= 0 {
		return nil
	}
	prices := make(map[string]Price, len(t.prices))
	for currency, p := range t.prices {
		if currency != base {
			p = p.Within(of)
		}
		p.Value, p.Certain, p.Others = new(big.Rat).Quo(p.Value, of.Value), p.Certain && of.Certain, nil
		prices[currency] = p
	}
	return prices
}
