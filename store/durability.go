package store

import (
	"fmt"
	"time"
)

// Durability is when what was applied is safe from the loss of power: at once
// (Sync), or at the next of the syncs that happen in this interval.
//
// With Sync, Apply returns when the batch is on the disk. With an interval, Apply
// returns when the batch is with the operating system. The end of the process, kill
// -9 included, takes nothing back in either case. A crash of the operating system or
// the loss of power takes back what came after the last sync.
type Durability time.Duration

// Sync is the default.
const Sync Durability = 0

// Bounds of an interval.
const (
	IntervalMin = Durability(time.Millisecond)
	IntervalMax = Durability(time.Minute)
)

// Validate finds out whether it is Sync or an interval within the bounds.
func (d Durability) Validate() error {
	if d != Sync && (d < IntervalMin || d > IntervalMax) {
		return fmt.Errorf("durability %s is not from %s to %s", d, IntervalMin, IntervalMax)
	}
	return nil
}

// String is "sync" or the interval.
func (d Durability) String() string {
	if d == Sync {
		return "sync"
	}
	return time.Duration(d).String()
}
