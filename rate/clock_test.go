package rate

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// While a machine is suspended, its steady clock stands still and no timer runs. When it goes on, prices
// are as old as the wall clock says.
func TestPricesGetTooOldWhileTheMachineIsSuspended(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newPricing(t, nil)
		var suspended atomic.Int64
		d.now = func() time.Time { return time.Now().Round(0).Add(time.Duration(suspended.Load())) }
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go d.Run(ctx)
		d.offer(map[string]int64{"EUR": 100, "USD": 200})
		time.Sleep(time.Minute)
		published := d.count.Load()
		d.want("EUR", "USD", "2")
		suspended.Store(int64(8 * time.Hour))
		time.Sleep(lookPause)
		synctest.Wait()
		d.want("EUR", "USD", noneNow+"EUR")
		if n := d.count.Load() - published; n != 1 {
			t.Errorf("%d tables were published, want one", n)
		}
	})
}

// The time from a clock that was read in this run would be compared by the steady clock.
func TestAgeIsThatOfTheWallClock(t *testing.T) {
	p := Price{At: time.Now(), MaxAge: time.Hour}
	if end := p.End(); end != end.Round(0) {
		t.Errorf("the end %v has a time of the steady clock", end)
	}
	table := NewTable(time.Now(), Par, Spread{})
	table.MaxAge = time.Hour
	if end := table.nextStale(time.Now()); end != end.Round(0) || end.IsZero() {
		t.Errorf("the end of the table, %v, has a time of the steady clock", end)
	}
}
