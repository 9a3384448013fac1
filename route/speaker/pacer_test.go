package speaker

import (
	"testing"
	"time"
)

// work is how many pauses the work of a time has in it, in steps of 20 microseconds.
func (p *pacer) work(now *time.Time, d time.Duration) (pauses int) {
	for end := now.Add(d); now.Before(end); *now = now.Add(20 * time.Microsecond) {
		if p.due(*now) {
			pauses++
			*now = now.Add(pause)
			end = end.Add(pause)
			p.slice, p.last = 0, *now
		}
	}
	return pauses
}

func TestPacerPausesLessTheLongerTheWorkLasts(t *testing.T) {
	var p pacer
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
		if got := p.work(&now, test.work); got < test.min || got > test.max {
			t.Errorf("%v of work after %v: %d pauses, want %d to %d", test.work, test.after, got, test.min, test.max)
		}
	}
}
