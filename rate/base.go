package rate

import "math/big"

// rebase returns prices in another base, so that those of two tables can be compared. It returns nil
// if there is no price of that base. A base that is not known, because the backend does not say it,
// counts as the same.
//
// A backend refuses prices in another base than before. But with the next start it may take the
// first base that its source says, or that of the first of several sources to answer. Without the
// same base, each price would seem to jump, and a price that is held back would be traded against
// prices in other units.
func rebase(prices map[string]Price, from, to string) map[string]Price {
	if from == "" || to == "" || from == to {
		return prices
	}
	of, there := prices[to]
	if !there || of.Value.Sign() <= 0 {
		return nil
	}
	rebased := make(map[string]Price, len(prices))
	for currency, p := range prices {
		if currency != to {
			p = p.Within(of)
		}
		p.Value, p.Certain, p.Others = new(big.Rat).Quo(p.Value, of.Value), p.Certain && of.Certain, nil
		rebased[currency] = p
	}
	return rebased
}
