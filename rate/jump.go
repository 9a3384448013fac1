package rate

import (
	"cmp"
	"maps"
	"math/big"
	"slices"
	"time"
)

// Held is a price that has jumped, and is not used before an operator, or another source, has
// confirmed it. It is also one that has jumped and is used: see Offer.
type Held struct {
	Currency string
	// Used is the price from before, or what another source says that is near to it. It is used until
	// it is too old. Came is the one that has come, for the first time at Since.
	Used, Came Price
	Since      time.Time
}

// Offer takes a new table of the backend. It returns the prices that it holds back anew, and those
// that it uses although they have moved by more than MaxJump, as they came after a gap.
//
// MaxJump is what a price may change by while the one from before may be used, which is for its
// MaxAge. If no price came for longer, because the connector or the source was down, the market has
// had more time. So for each MaxAge from one price to the next it may be MaxJump: a fifth for an
// hour is three fifths after a gap of three hours. A price within that is used, since a stale one
// must not keep its currency from being traded for ever, and an operator is told. What is further
// away is held back, however old the price from before is: after an outage a source is most likely
// to be broken, such as to answer in other units, and a wrong price costs more than no price.
//
// The gap ends with the first doubtful price. What a source says meanwhile, and a restart, make it
// no longer: nobody trades at a price that was held back because an operator has looked away.
// A gap helps no attacker much: one who can write what a source says needs none, as small steps pass.
func (pr *Pricing) Offer(t *Table) (held, late []Held) {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	before, former := pr.held, pr.former(t)
	pr.held = make(map[string]Held)
	if pr.o.MaxJump != nil {
		prices := maps.Clone(t.prices)
		for currency, came := range t.prices {
			used, known := former[currency]
			if !known || came.Certain || pr.near(used.Value, came.Value) || pr.seconded(came) {
				continue
			}
			h := Held{Currency: currency, Used: used, Came: came, Since: came.At}
			if since, doubted := pr.since[currency]; doubted {
				h.Since = since
			}
			if near(used.Value, came.Value, pr.jumpOver(used, h.Since)) {
				late = append(late, h)
				continue
			}
			if i := slices.IndexFunc(came.Others, func(other Price) bool { return pr.near(used.Value, other.Value) }); i >= 0 {
				h.Used = came.Others[i] // another source says what the one that jumps has said before
			}
			if _, still := before[currency]; !still {
				held = append(held, h)
			}
			pr.held[currency], prices[currency] = h, h.Used
		}
		if len(pr.held) > 0 {
			t = t.with(prices)
		}
	}
	pr.take(t, former)
	byCurrency := func(a, b Held) int { return cmp.Compare(a.Currency, b.Currency) }
	slices.SortFunc(held, byCurrency)
	slices.SortFunc(late, byCurrency)
	return held, late
}

// former returns the last price of each currency, in the base of a table.
func (pr *Pricing) former(t *Table) map[string]Price {
	all := maps.Clone(pr.gone)
	if all == nil {
		all = make(map[string]Price)
	}
	if pr.offered != nil {
		maps.Copy(all, pr.offered.prices)
	}
	return rebase(all, pr.base, t.Base)
}

// goneMax bounds the currencies that have no price any more, and whose last one is known.
const goneMax = 10_000

// take makes a table the one that is traded at. A currency that it has no price of may have one again,
// which is compared with the former one.
func (pr *Pricing) take(t *Table, former map[string]Price) {
	pr.offered, pr.base = t, cmp.Or(t.Base, pr.base)
	pr.gone = make(map[string]Price)
	for currency, p := range former {
		if _, there := t.prices[currency]; !there && len(pr.gone) < goneMax {
			pr.gone[currency] = p
		}
	}
	since := make(map[string]time.Time)
	for currency, at := range pr.since {
		if _, gone := pr.gone[currency]; gone {
			since[currency] = at
		}
	}
	for currency, h := range pr.held {
		since[currency] = h.Since
	}
	pr.since = since
	pr.publish()
}

// jumpOver returns the part by which a price may have changed until a moment.
func (pr *Pricing) jumpOver(used Price, until time.Time) *big.Rat {
	gap := until.Sub(used.At)
	if used.MaxAge <= 0 || gap <= used.MaxAge {
		return pr.o.MaxJump
	}
	ages := big.NewRat(int64(gap), int64(used.MaxAge))
	return ages.Mul(ages, pr.o.MaxJump)
}

// near reports whether two prices differ by no more than MaxJump.
func (pr *Pricing) near(a, b *big.Rat) bool { return near(a, b, pr.o.MaxJump) }

// near reports whether the larger of two prices is more than the smaller by no more than a part.
func near(a, b, part *big.Rat) bool {
	if a.Sign() <= 0 || b.Sign() <= 0 {
		return a.Cmp(b) == 0
	}
	larger, smaller := a, b
	if larger.Cmp(smaller) < 0 {
		larger, smaller = b, a
	}
	most := new(big.Rat).Add(big.NewRat(1, 1), part)
	return larger.Cmp(most.Mul(most, smaller)) <= 0
}

// seconded reports whether another source says nearly the same, or two do if p is a mean.
func (pr *Pricing) seconded(p Price) bool {
	near := 0
	for _, other := range p.Others {
		if pr.near(p.Value, other.Value) {
			near++
		}
	}
	return near > 1 || near > 0 && !p.Mean
}
