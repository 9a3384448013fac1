package account

import (
	"math"
	"sync/atomic"
)

// InFlight bounds what may wait for an answer at a time: packets and money that come from the
// account, and such that go to it. Amounts are in units of the account. 0 is no bound, but the
// money that is under way in one direction never passes 64 bits.
type InFlight struct {
	IncomingPackets, OutgoingPackets int64
	IncomingAmount, OutgoingAmount   uint64
}

// InFlightMax returns the bound of an amount of InFlight.
func InFlightMax(amount uint64) uint64 {
	if amount == 0 {
		return math.MaxUint64
	}
	return amount
}

// Flying is the sum of amounts that wait for an answer.
type Flying struct{ sum atomic.Uint64 }

// Take adds an amount, unless the sum would pass most, as InFlightMax has it. Then it returns
// false. An amount of 0 always passes, also if most was lowered below the sum.
func (f *Flying) Take(amount, most uint64) bool {
	if amount == 0 {
		return true
	}
	most = InFlightMax(most)
	for {
		sum := f.sum.Load()
		if sum > most || amount > most-sum {
			return false
		}
		if f.sum.CompareAndSwap(sum, sum+amount) {
			return true
		}
	}
}

// Give takes off an amount that Take has added.
func (f *Flying) Give(amount uint64) {
	if amount > 0 {
		f.sum.Add(-amount)
	}
}

// Join adds another sum, up to the largest that 64 bits hold.
func (f *Flying) Join(other *Flying) {
	more := other.sum.Load()
	f.sum.Add(min(more, math.MaxUint64-f.sum.Load()))
}

// Load returns the sum.
func (f *Flying) Load() uint64 { return f.sum.Load() }

// Room returns how much Take would still add.
func (f *Flying) Room(most uint64) uint64 {
	if sum := f.sum.Load(); sum < InFlightMax(most) {
		return InFlightMax(most) - sum
	}
	return 0
}
