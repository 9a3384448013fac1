package clock

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestSteadyTimeGoesWithTheWallClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := Now()
		if before.None() || before.Wall != time.Now().UnixNano() {
			t.Fatalf("%+v", before)
		}
		time.Sleep(1234 * time.Millisecond)
		if after := Now(); after != before.Add(1234*time.Millisecond) {
			t.Errorf("%+v, %+v", before, after)
		}
	})
}

func TestSteadyTimeIsAboveZero(t *testing.T) {
	above := func(t *testing.T) {
		if r := Now(); r.Steady <= 0 || r.None() || !(Reading{}).None() {
			t.Errorf("%+v", r)
		}
	}
	above(t)
	synctest.Test(t, above)
}

// A deadline is reached at the nanosecond at which the wall clock shows the expiry.
func TestDeadlineIsWhenTheWallClockShowsTheExpiry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Reading{
			Wall:   rapid.Int64Range(0, 1<<61).Draw(t, "wall"),
			Steady: rapid.Int64Range(1, 1<<60).Draw(t, "steady"),
		}
		wait := rapid.Int64Range(-1<<40, 1<<40).Draw(t, "wait") // milliseconds
		expiry := r.Millis() + wait
		at := r.Deadline(expiry)
		if got, want := at-r.Steady, expiry*1e6-r.Wall; got != want {
			t.Errorf("in %d ns, want %d", got, want)
		}
	})
}

func TestDeadlineOfAnyExpiryFits(t *testing.T) {
	now := Now()
	for _, expiry := range []int64{math.MinInt64 / 2, -62135596800000, 0, 253402300799999, math.MaxInt64 / 2} {
		at := now.Deadline(expiry)
		if past := expiry < now.Millis(); past != (at < now.Steady) {
			t.Errorf("expiry %d: deadline %d at %+v", expiry, at, now)
		}
	}
}
