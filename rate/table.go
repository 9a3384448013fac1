package rate

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"time"
)

// Asset is the unit of the amounts of an account: 10^-Scale of the currency Code.
type Asset struct {
	Code  string
	Scale uint8
}

// Party is an asset as one or more accounts trade it.
type Party struct {
	Asset
	// Spread is what accounts have instead of the spread of the node, as Spread.String has it,
	// empty if they have none of their own.
	Spread string
}

// Pair is a currency that comes in and one that goes out.
type Pair struct{ From, To string }

// String returns the pair as operators write it.
func (p Pair) String() string { return p.From + "/" + p.To }

// Same reports whether two pairs are the same, or one is the way back of the other.
func (p Pair) Same(q Pair) bool { return p == q || p == q.reverse() }

// reverse returns the pair of the way back.
func (p Pair) reverse() Pair { return Pair{p.To, p.From} }

// Table is a snapshot of all rates at one moment. It is immutable once it is published,
// and safe for concurrent use.
type Table struct {
	// At is when the prices were obtained.
	At time.Time

	// MaxAge is how long after At the prices may be used. Zero is for ever. Prices of their own
	// At and MaxAge go by these.
	MaxAge time.Duration

	// Source says in a few words where the prices are from, for operators.
	Source string

	// Base is the currency that prices of single currencies are in, empty if the backend does not say:
	// then all its tables must have the same.
	Base string

	prices    map[string]Price  // nil if quote has no prices of single currencies
	missing   map[string]string // currencies that should have a price, and why they have none
	entries   map[string]*Price // those of prices, so that a rate can point at them
	exact     AssetQuote        // nil if quote says all
	quote     Quote
	spread    Spread
	empty     bool       // no prices have come yet
	overrides *overrides // nil before a Pricing has taken the table
}

// NewTable returns a table of the prices of quote less spread, which never goes stale.
func NewTable(at time.Time, quote Quote, spread Spread) *Table {
	return &Table{At: at, quote: quote, spread: spread}
}

// AssetQuote returns the rate between two assets, in base units of both and less all spreads. The
// error says why there is none.
type AssetQuote func(from, to Asset) (*big.Rat, error)

// NewAssetTable returns a table of the rates of a backend that knows assets with their scales, and
// takes its spread itself. It never goes stale.
func NewAssetTable(at time.Time, exact AssetQuote) *Table {
	return &Table{At: at, exact: exact, quote: noPrices}
}

// NewPriceTable returns a table of prices less spread. missing has the currencies that should
// have a price, and may have one later, and why they have none now. The caller must not change
// the maps any more. A price without a value above 0 is missing.
func NewPriceTable(source string, prices map[string]Price, missing map[string]string, spread Spread) *Table {
	prices, missing = sound(prices, missing)
	t := &Table{Source: source, prices: prices, missing: missing, spread: spread, entries: make(map[string]*Price, len(prices))}
	values := make(Prices, len(prices))
	for currency, p := range prices {
		values[currency], t.entries[currency] = p.Value, &p
		if p.At.After(t.At) {
			t.At = p.At
		}
	}
	t.quote = values.Quote
	return t
}

// sound returns prices and missing without the prices that have no value above 0. It changes neither
// of its arguments: the backend may share them.
func sound(prices map[string]Price, missing map[string]string) (map[string]Price, map[string]string) {
	bad := func(p Price) bool { return p.Value == nil || p.Value.Sign() <= 0 }
	doubtful := func(p Price) bool { return bad(p) || slices.ContainsFunc(p.Others, bad) }
	if !slices.ContainsFunc(slices.Collect(maps.Values(prices)), doubtful) {
		return prices, missing
	}
	found, lacking := make(map[string]Price, len(prices)), maps.Clone(missing)
	if lacking == nil {
		lacking = make(map[string]string)
	}
	for currency, p := range prices {
		if !bad(p) {
			p.Others = slices.DeleteFunc(slices.Clone(p.Others), bad)
			found[currency] = p
		} else if lacking[currency] == "" {
			lacking[currency] = CheckPrice(p.Value).Error()
		}
	}
	return found, lacking
}

// with returns the table with other prices.
func (t *Table) with(prices map[string]Price) *Table {
	changed := NewPriceTable(t.Source, prices, t.missing, t.spread)
	changed.At, changed.Base = t.At, t.Base
	return changed
}

// Empty reports whether no prices have come yet. Pinned pairs and equal assets have a rate all the
// same.
func (t *Table) Empty() bool { return t.empty }

// Check returns why a currency cannot be traded against others now, nil if it can, or if no prices
// have come yet. The error is an [*UnknownCurrency], a [*MissingPrice] or a [*StalePrice].
func (t *Table) Check(currency string) error {
	if t.empty || t.exact != nil {
		return nil
	}
	if t.prices == nil && t.overrides != nil && t.Stale(t.overrides.now) {
		return &StalePrice{Currency: currency, Source: t.Source, At: t.At, MaxAge: t.MaxAge}
	}
	_, err := t.price(Pair{currency, currency})
	return err
}

// Price is the price of one currency: how many of its units one unit of a base buys that all
// prices of a table have in common.
type Price struct {
	Value *big.Rat
	// Source says in a few words who says so, for operators.
	Source string
	// At is when the price held: by the words of its source, or else when we have got it.
	At time.Time
	// MaxAge is how long after At the price may be used, zero for ever.
	MaxAge time.Duration
	// Certain says that it is the operator's own word, which no jump makes doubtful.
	Certain bool
	// Mean says that no source says Value: it is in the middle of two. Two of Others must be near to
	// it to second it, as the higher of two is near to their middle wherever the lower one is.
	Mean bool
	// Others are what other sources said at the same time, in the same base.
	Others []Price
}

// End returns when the price is too old to be used, zero for never. It is a time of the wall clock:
// the steady one stands still while the machine is suspended.
func (p Price) End() time.Time {
	if p.MaxAge <= 0 {
		return time.Time{}
	}
	return p.At.Round(0).Add(p.MaxAge)
}

// Within returns the price as old as the oldest of it and others, so that it ends with the first of
// them. It is the price of something that is computed from all of them.
func (p Price) Within(others ...Price) Price {
	end := p.End()
	for _, other := range others {
		if other.At.Before(p.At) {
			p.At = other.At
		}
		if o := other.End(); !o.IsZero() && (end.IsZero() || o.Before(end)) {
			end = o
		}
	}
	p.MaxAge = 0
	if !end.IsZero() {
		p.MaxAge = max(end.Sub(p.At), 1) // 0 would be for ever
	}
	return p
}

// stale reports whether the price is too old at now.
func (p Price) stale(now time.Time) bool { return p.MaxAge > 0 && !now.Before(p.End()) }

// Between returns the exact rate at which we pay out amounts of from in to, with their
// scales and the spread. We charge the spread between equal assets too. The error is an
// [*UnknownCurrency] for a currency without a price, or one that is [Temporary]. Between
// allocates: call it when the world is built, not per packet.
func (t *Table) Between(from, to Asset) (Rate, error) {
	return t.Rate(Party{Asset: from}, Party{Asset: to})
}

// Rate returns the same between accounts that may have a spread of their own.
func (t *Table) Rate(from, to Party) (Rate, error) {
	e := t.Explain(from, to)
	return e.Rate, e.Err
}

// Explanation is a rate, and how it comes about.
type Explanation struct {
	// Price is how many whole units of the currency that goes out one of the other is worth.
	Price *big.Rat
	// From and To are the prices that Price is made of, nil if it is made of none. They are the
	// table's: the caller must not change them.
	From, To *Price
	// Pin is the price that an operator has set instead, nil if none has.
	Pin *Pin
	// Spread is what we keep, and SpreadOf whose it is: node, account or pair.
	Spread   Spread
	SpreadOf string
	// Rate is Price less Spread, for base units, and Mid the same without Spread. Err says why
	// there is none; what was found before is there all the same.
	Rate, Mid Rate
	Err       error
}

// Explain returns the rate from one party to another, and how it comes about.
func (t *Table) Explain(from, to Party) (e Explanation) {
	pair := Pair{from.Code, to.Code}
	if e.Spread, e.SpreadOf, e.Err = t.spreadBetween(from, to); e.Err != nil {
		return e
	}
	e.From, e.To = t.entries[from.Code], t.entries[to.Code] // nil for a currency without a price of its own
	e.Price, e.Pin, e.Err = t.overrides.pinned(pair)
	switch {
	case e.Err != nil || e.Pin != nil:
	case t.exact != nil:
		return t.explainExact(e, from, to)
	case pair.From == pair.To && !t.makesUp(): // no source is needed
		e.Price, e.From, e.To = big.NewRat(1, 1), nil, nil
	default:
		e.Price, e.Err = t.price(pair)
	}
	if e.Err != nil {
		return e
	}
	mid := scale(e.Price, from.Asset, to.Asset)
	if e.Rate, e.Err = FromRat(e.Spread.apply(mid)); e.Err == nil {
		e.Mid, e.Err = FromRat(mid)
	}
	return e
}

// explainExact is Explain for a table whose backend gives whole rates. The spread is in them, so
// there is none to tell.
func (t *Table) explainExact(e Explanation, from, to Party) Explanation {
	e.Spread, e.SpreadOf = Spread{}, "backend"
	if t.overrides != nil && t.Stale(t.overrides.now) {
		e.Err = &StalePrice{Currency: from.Code, Source: t.Source, At: t.At, MaxAge: t.MaxAge}
		return e
	}
	rate, err := t.exact(from.Asset, to.Asset)
	if e.Err = err; err != nil {
		return e
	}
	e.Price = scale(rate, to.Asset, from.Asset)
	if e.Rate, e.Err = FromRat(rate); e.Err == nil {
		e.Mid = e.Rate
	}
	return e
}

// makesUp reports whether the table has a price between equal currencies that may be another one
// than 1: such a quote is the word of the backend.
func (t *Table) makesUp() bool { return t.prices == nil && !t.empty }

// price returns the price of a pair of different currencies.
func (t *Table) price(pair Pair) (*big.Rat, error) {
	if t.overrides != nil && t.prices == nil && t.Stale(t.overrides.now) && pair.From != pair.To {
		return nil, &StalePrice{Currency: pair.From, Source: t.Source, At: t.At, MaxAge: t.MaxAge}
	}
	for _, currency := range []string{pair.From, pair.To} {
		if why, is := t.missing[currency]; is {
			return nil, &MissingPrice{currency, why, t.Source}
		}
		if p := t.entries[currency]; p != nil && t.overrides != nil && p.stale(t.overrides.now) {
			return nil, &StalePrice{Currency: currency, Source: p.Source, At: p.At, MaxAge: p.MaxAge}
		}
	}
	return t.quote(pair.From, pair.To)
}

// spreadBetween returns the spread from one party to another: that of the pair, or else that of
// the account that the money comes from, or else that of the other account, or else that of the
// node.
func (t *Table) spreadBetween(from, to Party) (s Spread, of string, err error) {
	if s, there := t.overrides.pairSpread(Pair{from.Code, to.Code}); there {
		return s, "pair", nil
	}
	for _, party := range []Party{from, to} {
		if party.Spread == "" {
			continue
		}
		part, ok := new(big.Rat).SetString(party.Spread)
		if !ok {
			return Spread{}, "", fmt.Errorf("the spread %.20q of the account is no number", party.Spread)
		}
		s, err := NewSpread(part)
		return s, "account", err
	}
	return t.spread, "node", nil
}

// Stale reports whether all prices are too old at now to be used.
func (t *Table) Stale(now time.Time) bool {
	if len(t.prices) == 0 {
		return Price{At: t.At, MaxAge: t.MaxAge}.stale(now)
	}
	for _, p := range t.prices {
		if !p.stale(now) {
			return false
		}
	}
	return true
}

// nextStale returns the first moment after now at which a price becomes too old, zero for none.
func (t *Table) nextStale(now time.Time) (next time.Time) {
	consider := func(p Price) {
		if end := p.End(); !end.IsZero() && end.After(now) && (next.IsZero() || end.Before(next)) {
			next = end
		}
	}
	if t.prices == nil {
		consider(Price{At: t.At, MaxAge: t.MaxAge})
	}
	for _, p := range t.prices {
		consider(p)
	}
	return next
}

// scale turns a price of whole units into a price of smallest units. It is price itself between
// equal scales.
func scale(price *big.Rat, from, to Asset) *big.Rat {
	if from.Scale == to.Scale {
		return price
	}
	return new(big.Rat).Mul(price, powerOfTen(int(to.Scale)-int(from.Scale)))
}

var _ fmt.Stringer = Pair{}
