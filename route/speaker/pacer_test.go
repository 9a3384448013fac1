package speaker

import (
	"testing"
	"time"
)

// work does work for some time, in steps of 20 microseconds, and returns the number of
// pauses in it.
func (p *pacer) work(now *time.Time, d time.Duration) (pauses int) {
	for end := now.Add(d); now.Before(end); *now = now.Add(20 * time.Microsecond) {
		if p.due(*now) {
			pauses++
			*now = now.Add(pauseTime)
			end = end.Add(pauseTime)
			p.resume(*now)
		}
	}
	return pauses
}

func TestPacerPausesLessTheLongerTheWorkLasts(t *testing.T) {
	p := newPacer()
	now := midnight
	for _, test := range []struct {
		after, work time.Duration
		min, max    int // pauses
	}{
		{0, 150 * time.Microsecond, 0, 0},
		{time.Second, 10 * time.Millisecond, 45, 50},          // a burst
		{time.Millisecond, 10 * time.Millisecond, 45, 50},     // goes on
		{time.Second, 10 * time.Millisecond, 45, 50},          // a new one
		{time.Millisecond, 500 * time.Millisecond, 500, 1000}, // a whole table
		{time.Millisecond, 10 * time.Millisecond, 3, 5},       // goes on
		{rest, 10 * time.Millisecond, 45, 50},                 // at its end
	} {
		now = now.Add(test.after)
		p.begin(now)
		if got := p.work(&now, test.work); got < test.min || got > test.max {
			t.Errorf("%v of work after %v: %d pauses, want %d to %d", test.work, test.after, got, test.min, test.max)
		}
	}
}
