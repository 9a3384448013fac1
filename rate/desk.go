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

// Desk decides which prices are traded at: those of a backend, but for what an operator has
// pinned or paused, what has jumped, and what is too old. Its methods are safe for concurrent
// use. They wait for Publish alone.
type Desk struct {
	o     DeskOptions
	woken chan struct{} // Run looks at the time again

	mu      sync.Mutex
	offered *Table // with the prices that are held back as they were before, nil before the first
	held    map[string]Held
	pins    map[Pair]Pin
	paused  map[Pair]bool
	table   *Table // the one that was published last
}

// DeskOptions are what a Desk is made of.
type DeskOptions struct {
	// Spread is that of the node before a table has come, and Spreads those of pairs.
	Spread  Spread
	Spreads map[Pair]Spread
	// MaxJump is the largest part by which a price may rise from one table to the next, or fall
	// as much: 0.2 is a fifth. Nil is no bound.
	MaxJump *big.Rat
	// Publish is called with each table that is to be traded at, one at a time. It must not call
	// the Desk.
	Publish func(*Table)
}

// Held is a price that has jumped, and is not used before an operator, or another source, has
// confirmed it.
type Held struct {
	Currency string
	// Used is the price from before, which is used until it is too old. Came is the one that has
	// come, for the first time at Since.
	Used, Came Price
	Since      time.Time
}

// ErrNotHeld says that no price of a currency is held back.
var ErrNotHeld = errors.New("no price of the currency is held back")

// NewDesk makes a desk without prices. It publishes a table in which equal assets alone have a
// rate, which need no prices.
func NewDesk(o DeskOptions) *Desk {
	d := &Desk{o: o, woken: make(chan struct{}, 1), held: make(map[string]Held), pins: make(map[Pair]Pin), paused: make(map[Pair]bool)}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.publish()
	return d
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

// Offer takes a new table of the backend, and returns the prices that it holds back anew.
func (d *Desk) Offer(t *Table) (anew []Held) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := d.held
	d.held = make(map[string]Held)
	if d.o.MaxJump != nil && d.offered != nil && d.offered.prices != nil && t.prices != nil {
		prices := maps.Clone(t.prices)
		for currency, came := range t.prices {
			used, known := d.offered.prices[currency]
			if !known || came.Certain || d.near(used.Value, came.Value) || d.seconded(came) {
				continue
			}
			h := Held{Currency: currency, Used: used, Came: came, Since: came.At}
			if last, still := before[currency]; still {
				h.Since = last.Since
			} else {
				anew = append(anew, h)
			}
			d.held[currency], prices[currency] = h, used
		}
		if len(d.held) > 0 {
			t = t.with(prices)
		}
	}
	d.offered = t
	d.publish()
	slices.SortFunc(anew, func(a, b Held) int { return cmp.Compare(a.Currency, b.Currency) })
	return anew
}

// near reports whether two prices differ by no more than MaxJump.
func (d *Desk) near(a, b *big.Rat) bool {
	if a.Sign() <= 0 || b.Sign() <= 0 {
		return a.Cmp(b) == 0
	}
	larger, smaller := a, b
	if larger.Cmp(smaller) < 0 {
		larger, smaller = b, a
	}
	most := new(big.Rat).Add(big.NewRat(1, 1), d.o.MaxJump)
	return larger.Cmp(most.Mul(most, smaller)) <= 0
}

// seconded reports whether another source says nearly the same.
func (d *Desk) seconded(p Price) bool {
	return slices.ContainsFunc(p.Others, func(other Price) bool { return d.near(p.Value, other.Value) })
}

// Confirm uses a price that is held back, and returns it. The error is ErrNotHeld if there is
// none.
func (d *Desk) Confirm(currency string) (Held, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	h, there := d.held[currency]
	if !there {
		return Held{}, ErrNotHeld
	}
	delete(d.held, currency)
	prices := maps.Clone(d.offered.prices)
	prices[currency] = h.Came
	d.offered = d.offered.with(prices)
	d.publish()
	return h, nil
}

// Pin sets the price of a pair, and of the way back by it, instead of those of the backend.
func (d *Desk) Pin(p Pin) error {
	if p.Price == nil || p.Price.Sign() <= 0 {
		return errors.New("a pinned price must be above 0")
	}
	d.edit(func() {
		delete(d.pins, p.reverse())
		d.pins[p.Pair] = p
	})
	return nil
}

// Unpin ends the pin of a pair or of the way back. It returns false if there is none.
func (d *Desk) Unpin(pair Pair) (was Pin, there bool) {
	d.edit(func() {
		for _, p := range []Pair{pair, pair.reverse()} {
			if pin, is := d.pins[p]; is {
				was, there = pin, true
				delete(d.pins, p)
			}
		}
	})
	return was, there
}

// Pause makes a pair have no rate, in both directions, until Resume.
func (d *Desk) Pause(pair Pair) { d.edit(func() { d.paused[pair] = true }) }

// Resume ends a pause. It returns false if there is none.
func (d *Desk) Resume(pair Pair) (was bool) {
	d.edit(func() {
		was = d.paused[pair] || d.paused[pair.reverse()]
		delete(d.paused, pair)
		delete(d.paused, pair.reverse())
	})
	return was
}

// SetSpreads replaces the spreads of pairs.
func (d *Desk) SetSpreads(spreads map[Pair]Spread) { d.edit(func() { d.o.Spreads = spreads }) }

func (d *Desk) edit(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
	d.publish()
}

// DeskState is what a Desk has its hand in.
type DeskState struct {
	// Table is what is traded at, nil before the first prices.
	Table  *Table
	Held   []Held
	Pins   []Pin
	Paused []Pair
}

// State returns what is traded at, and why, in order.
func (d *Desk) State() DeskState {
	d.mu.Lock()
	defer d.mu.Unlock()
	byPair := func(a, b Pair) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) }
	table := d.table
	if d.offered == nil {
		table = nil
	}
	return DeskState{
		Table:  table,
		Held:   slices.SortedFunc(maps.Values(d.held), func(a, b Held) int { return cmp.Compare(a.Currency, b.Currency) }),
		Pins:   slices.SortedFunc(maps.Values(d.pins), func(a, b Pin) int { return byPair(a.Pair, b.Pair) }),
		Paused: slices.SortedFunc(maps.Keys(d.paused), byPair),
	}
}

// publish publishes a table of what holds now.
func (d *Desk) publish() {
	t := d.offered
	if t == nil {
		t = NewTable(time.Time{}, noPrices, d.o.Spread)
		t.empty = true
	}
	dealt := *t
	dealt.hand = &hand{now: time.Now(), pins: maps.Clone(d.pins), paused: maps.Clone(d.paused), spreads: d.o.Spreads}
	d.table = &dealt
	d.o.Publish(&dealt)
	select {
	case d.woken <- struct{}{}:
	default:
	}
}

// Run publishes a new table at each moment at which a price becomes too old, until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-d.woken:
		case <-timer.C:
			d.edit(func() {})
			<-d.woken
		}
		d.mu.Lock()
		next := d.table.nextStale(d.table.hand.now)
		d.mu.Unlock()
		if timer.Stop(); !next.IsZero() {
			timer.Reset(max(0, time.Until(next)))
		}
	}
}
