package rate

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math/big"
	"slices"
	"sync"
	"time"
)

// Pricing decides which prices are traded at: those of a backend, but for what an operator has
// pinned or paused, what has jumped, and what is too old. Its methods are safe for concurrent
// use. They wait for Publish alone.
type Pricing struct {
	o     PricingOptions
	now   func() time.Time
	woken chan struct{} // Run looks at the time again

	mu      sync.Mutex
	offered *Table // with the prices that are held back as they were before, nil before the first
	held    map[string]Held
	since   map[string]time.Time // when each price that is held back was first doubtful
	gone    map[string]Price     // the last ones of currencies that have none now, in base
	base    string               // of offered and gone
	pins    map[Pair]Pin
	paused  map[Pair]Pause
	table   *Table // the one that was published last
}

// PricingOptions are what a Pricing is made of.
type PricingOptions struct {
	// Spread is that of the node before a table has come, and Spreads those of pairs.
	Spread  Spread
	Spreads map[Pair]Spread
	// MaxJump is the largest part by which a price may rise from one table to the next, or fall
	// as much: 0.2 is a fifth. After a gap it may be more: see Offer. Nil is no bound.
	MaxJump *big.Rat
	// Publish is called with each table that is to be traded at, one at a time. It must not call
	// the Pricing.
	Publish func(*Table)
}

// Why a price is not confirmed.
var (
	ErrNotHeld    = errors.New("no price of the currency is held back any more")
	ErrOtherPrice = errors.New("another price has come meanwhile, and is held back: look at it first")
)

// NewPricing returns a Pricing without prices. It publishes a table in which equal assets alone have a
// rate, which need no prices.
func NewPricing(o PricingOptions) *Pricing {
	pr := &Pricing{o: o, now: time.Now, woken: make(chan struct{}, 1), held: make(map[string]Held), pins: make(map[Pair]Pin), paused: make(map[Pair]Pause)}
	pr.mu.Lock()
	defer pr.mu.Unlock()
	pr.publish()
	return pr
}

// noPrices is the Quote of a table before the first prices have come.
func noPrices(string, string) (*big.Rat, error) { return nil, ErrNoPrices }

// ErrNoPrices says that no prices have come yet. It is [Temporary].
var ErrNoPrices error = notYet{}

type notYet struct{}

// Error returns the text that goes into the Reject of a packet, as the reference has it.
func (notYet) Error() string { return "exchange rates are not available yet." }

// Temporary returns true.
func (notYet) Temporary() bool { return true }

// Confirm uses a price that is held back, and returns it. If seen is not nil, it is the price that an
// operator has looked at, and no other is used: another one may have come since. The error is
// ErrNotHeld if there is none, and ErrOtherPrice if it is another one.
func (pr *Pricing) Confirm(currency string, seen *big.Rat) (Held, error) {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	h, there := pr.held[currency]
	switch {
	case !there:
		return Held{}, ErrNotHeld
	case seen != nil && seen.Cmp(h.Came.Value) != 0:
		return h, ErrOtherPrice
	}
	delete(pr.held, currency)
	delete(pr.since, currency)
	prices := maps.Clone(pr.offered.prices)
	prices[currency] = h.Came
	pr.offered = pr.offered.with(prices)
	pr.publish()
	return h, nil
}

// Pin sets the price of a pair, and of the way back by it, instead of those of the backend.
func (pr *Pricing) Pin(p Pin) error {
	if p.Price == nil || p.Price.Sign() <= 0 {
		return errors.New("a pinned price must be above 0")
	}
	pr.edit(func() {
		delete(pr.pins, p.reverse())
		pr.pins[p.Pair] = p
	})
	return nil
}

// Unpin ends the pin of a pair or of the way back. It returns false if there is none.
func (pr *Pricing) Unpin(pair Pair) (was Pin, there bool) {
	pr.edit(func() {
		for _, p := range []Pair{pair, pair.reverse()} {
			if pin, is := pr.pins[p]; is {
				was, there = pin, true
				delete(pr.pins, p)
			}
		}
	})
	return was, there
}

// Pause makes a pair have no rate, in both directions, until Resume. If it has none already, that
// stays so since when it did, and a restart forgets it only if it forgets both. Pause returns what
// holds then.
func (pr *Pricing) Pause(p Pause) Pause {
	pr.edit(func() {
		for _, pair := range []Pair{p.Pair, p.reverse()} {
			if before, is := pr.paused[pair]; is {
				p.Pair, p.At, p.Ephemeral = pair, before.At, p.Ephemeral && before.Ephemeral
			}
		}
		pr.paused[p.Pair] = p
	})
	return p
}

// Resume ends a pause. It returns false if there is none.
func (pr *Pricing) Resume(pair Pair) (was bool) {
	pr.edit(func() {
		for _, p := range []Pair{pair, pair.reverse()} {
			_, is := pr.paused[p]
			was = was || is
			delete(pr.paused, p)
		}
	})
	return was
}

// SetSpreads replaces the spreads of pairs.
func (pr *Pricing) SetSpreads(spreads map[Pair]Spread) { pr.edit(func() { pr.o.Spreads = spreads }) }

func (pr *Pricing) edit(change func()) {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	change()
	pr.publish()
}

// PricingState is the state of a Pricing.
type PricingState struct {
	// Table is what is traded at. It is Empty before the first prices.
	Table  *Table
	Held   []Held
	Pins   []Pin
	Paused []Pause
}

// State returns what is traded at, and why, in order.
func (pr *Pricing) State() PricingState {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	byPair := func(a, b Pair) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) }
	return PricingState{
		Table:  pr.table,
		Held:   slices.SortedFunc(maps.Values(pr.held), func(a, b Held) int { return cmp.Compare(a.Currency, b.Currency) }),
		Pins:   slices.SortedFunc(maps.Values(pr.pins), func(a, b Pin) int { return byPair(a.Pair, b.Pair) }),
		Paused: slices.SortedFunc(maps.Values(pr.paused), func(a, b Pause) int { return byPair(a.Pair, b.Pair) }),
	}
}

// publish publishes a table of what holds now.
func (pr *Pricing) publish() {
	t := pr.offered
	if t == nil {
		t = NewTable(time.Time{}, noPrices, pr.o.Spread)
		t.empty = true
	}
	priced := *t
	priced.overrides = &overrides{now: pr.now(), pins: maps.Clone(pr.pins), paused: maps.Clone(pr.paused), spreads: pr.o.Spreads}
	pr.table = &priced
	pr.o.Publish(&priced)
	select {
	case pr.woken <- struct{}{}:
	default:
	}
}

// lookPause is how long Run sleeps at most while a price may become too old. The wall clock may be put
// forward meanwhile, and no timer runs while the machine is suspended.
const lookPause = 5 * time.Second

// Run publishes a new table at each moment at which a price becomes too old, until ctx ends.
func (pr *Pricing) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-pr.woken:
		case <-timer.C:
		}
		left, some := pr.untilStale()
		if some && left <= 0 {
			pr.edit(func() {})
			left, some = pr.untilStale()
		}
		if timer.Stop(); some {
			timer.Reset(min(max(0, left), lookPause))
		}
	}
}

// untilStale returns how long it is until a price of the published table becomes too old, if one will.
func (pr *Pricing) untilStale() (left time.Duration, some bool) {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	next := pr.table.nextStale(pr.table.overrides.now)
	return next.Sub(pr.now()), !next.IsZero()
}
