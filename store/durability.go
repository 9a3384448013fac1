package store

import (
	"fmt"
	"time"
)

// Durability says when an applied batch is safe from the loss of power: at once
// (Sync), or at the next sync, of which there is one per interval.
//
// With Sync, Apply returns when the batch is on the disk. With an interval, Apply
// returns when the operating system has the batch. In both cases the end of the
// process, kill -9 included, loses nothing. With an interval, a crash of the operating
// system or the loss of power loses the batches after the last sync.
type Durability time.Duration

// Sync is the default.
const Sync Durability = 0

// Bounds of an interval.
const (
	IntervalMin = Durability(time.Millisecond)
	IntervalMax = Durability(time.Minute)
)

// Validate returns an error unless d is Sync or an interval within the bounds.
func (d Durability) Validate() error {
	if d != Sync && (d < IntervalMin || d > IntervalMax) {
		return fmt.Errorf("durability %s is not from %s to %s", d, IntervalMin, IntervalMax)
	}
	return nil
}

// String returns "sync" or the interval.
func (d Durability) String() string {
	if d == Sync {
		return "sync"
	}
	return time.Duration(d).String()
}
