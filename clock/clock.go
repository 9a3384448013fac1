// Package clock reads the time for packets.
//
// A packet gives its expiry in wall time, and the wall clock may be stepped while the
// packet is under way. So we read the wall time once, when the packet arrives. From then
// on its deadlines are in steady time, which only goes forward.
//
// A [Reading] holds both times at one moment. A [Backoff] says how long to wait before
// the next try.
package clock

import "time"

// Reading is one moment by both clocks. The zero Reading is no moment.
type Reading struct {
	Wall   int64 // Unix nanoseconds; operators and time servers may step it
	Steady int64 // nanoseconds, above zero; only differences mean anything
}

// start is where steady time counts from: so long ago that it is above zero in the bubbles
// of testing/synctest too, which begin in the year 2000.
var start = time.Now().Add(-50 * 365 * 24 * time.Hour)

// Now reads both clocks.
func Now() Reading { return Of(time.Now()) }

// Of returns the Reading of a time that time.Now has returned.
func Of(t time.Time) Reading {
	return Reading{Wall: t.UnixNano(), Steady: int64(t.Sub(start))}
}

// None reports whether r is no moment.
func (r Reading) None() bool { return r.Steady == 0 }

// Millis returns the wall time in Unix milliseconds, rounded down.
func (r Reading) Millis() int64 { return r.Wall / int64(time.Millisecond) }

// Add returns the Reading d later, as if neither clock were stepped.
func (r Reading) Add(d time.Duration) Reading {
	return Reading{r.Wall + int64(d), r.Steady + int64(d)}
}

// leftMax bounds, in milliseconds, how far away a deadline can be: about 139 years.
// Expiries reach to the year 9999, which is too far for nanoseconds in 64 bits.
const leftMax = 1 << 42

// Deadline returns the steady time at which the wall clock will show expiry, which is in
// Unix milliseconds, unless the wall clock is stepped before. It limits the distance to
// 139 years in either direction.
func (r Reading) Deadline(expiry int64) int64 {
	left := min(max(expiry-r.Millis(), -leftMax), leftMax)
	return r.Steady + left*int64(time.Millisecond) - r.Wall%int64(time.Millisecond)
}
