package load

import (
	"testing"
	"time"
)

func TestScheduleDoesNotDrift(t *testing.T) {
	s := schedule{start: 17, rate: 3} // no whole number of ns apart
	for range 3_000_000 {
		s.sent++
	}
	if got, want := s.next(), 17+int64(1_000_000*time.Second); got != want {
		t.Errorf("packet 3,000,000 at 3/s is due at %d, want %d", got, want)
	}
}

func TestStallIsCaughtUpAndCounted(t *testing.T) {
	s := schedule{rate: 1000}
	const now = int64(10*time.Millisecond + time.Microsecond)
	for want := int64(0); want <= 10; want++ {
		due, ok := s.take(now)
		if !ok || due != want*int64(time.Millisecond) {
			t.Fatalf("packet %d is due since %d (%v): the schedule must not move with a stall", want, due, ok)
		}
	}
	if due, ok := s.take(now); ok {
		t.Errorf("a packet was due at %d, after now", due)
	}
}
