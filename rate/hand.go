package rate

import (
	"math/big"
	"time"
)

// Pin is a price that an operator has set for a pair.
type Pin struct {
	Pair
	Price  *big.Rat // whole units of To for one of From
	At     time.Time
	Reason string
}

// hand is what operators, and the time, have done to the prices of a table. It never changes.
// A nil hand has done nothing.
type hand struct {
	now     time.Time // prices that are too old by now are not used
	pins    map[Pair]Pin
	paused  map[Pair]bool
	spreads map[Pair]Spread
}

// pinned returns the price that an operator has set for a pair, or for the way back. The error
// says that the pair is paused.
func (h *hand) pinned(pair Pair) (*big.Rat, *Pin, error) {
	if h == nil {
		return nil, nil, nil
	}
	if h.paused[pair] || h.paused[pair.reverse()] {
		return nil, nil, &PausedPair{pair}
	}
	if pin, there := h.pins[pair]; there {
		return new(big.Rat).Set(pin.Price), &pin, nil
	}
	if pin, there := h.pins[pair.reverse()]; there {
		return new(big.Rat).Inv(pin.Price), &pin, nil
	}
	return nil, nil, nil
}

// pairSpread returns the spread of a pair, which counts for the way back too unless that has one
// of its own.
func (h *hand) pairSpread(pair Pair) (Spread, bool) {
	if h == nil {
		return Spread{}, false
	}
	if s, there := h.spreads[pair]; there {
		return s, true
	}
	s, there := h.spreads[pair.reverse()]
	return s, there
}
