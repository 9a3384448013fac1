package rate

import (
	"math/big"
	"time"
)

// Pin is a price that an operator has set for a pair.
type Pin struct {
	Pair
	Price *big.Rat // whole units of To for one of From
	Override
}

// Pause is a pair that an operator has given no rate.
type Pause struct {
	Pair
	Override
}

// Override says when and why an operator has overridden a rate.
type Override struct {
	At     time.Time
	Reason string
	By     string // the address that the operator did it from, empty if it was the program
	// Ephemeral says that a restart forgets it.
	Ephemeral bool
}

// overrides is what operators, and the time, have done to the prices of a table. It never changes.
// A nil overrides has done nothing.
type overrides struct {
	now     time.Time // prices that are too old by now are not used
	pins    map[Pair]Pin
	paused  map[Pair]Pause
	spreads map[Pair]Spread
}

// pinned returns the price that an operator has set for a pair, or for the way back. The error
// says that the pair is paused.
func (o *overrides) pinned(pair Pair) (*big.Rat, *Pin, error) {
	if o == nil {
		return nil, nil, nil
	}
	for _, p := range []Pair{pair, pair.reverse()} {
		if _, is := o.paused[p]; is {
			return nil, nil, &PausedPair{pair}
		}
	}
	if pin, there := o.pins[pair]; there {
		return new(big.Rat).Set(pin.Price), &pin, nil
	}
	if pin, there := o.pins[pair.reverse()]; there {
		return new(big.Rat).Inv(pin.Price), &pin, nil
	}
	return nil, nil, nil
}

// pairSpread returns the spread of a pair, which counts for the way back too unless that has one
// of its own.
func (o *overrides) pairSpread(pair Pair) (Spread, bool) {
	if o == nil {
		return Spread{}, false
	}
	if s, there := o.spreads[pair]; there {
		return s, true
	}
	s, there := o.spreads[pair.reverse()]
	return s, there
}
