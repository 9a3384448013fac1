package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestLimiterLetsSoManyThroughInASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var l Limiter
		for round := range int64(3) {
			for i := range int64(100) {
				pass, held := l.Pass(10)
				if want := i < 10; pass != want {
					t.Fatalf("event %d of second %d passes: %t", i, round, pass)
				}
				if want := min(round, 1) * 90; i == 0 && held != want {
					t.Errorf("second %d: %d events were held back before, want %d", round, held, want)
				}
			}
			time.Sleep(time.Second)
		}
	})
}
