package rate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// bench is a poller on a backend that answers as the test says, in a bubble of fake time.
type bench struct {
	*testing.T
	poller *Poller

	mu        sync.Mutex
	answer    answer
	asked     []time.Time
	published []*Table
}

type answer func(ctx context.Context) (*Table, error)

var errDown = errors.New("source is down")

func down(context.Context) (*Table, error)    { return nil, errDown }
func fresh(context.Context) (*Table, error)   { return NewTable(time.Now(), Par, Spread{}), nil }
func nothing(context.Context) (*Table, error) { return nil, nil }
func hanging(ctx context.Context) (*Table, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// poll lets a poller make its first attempt, calls script, and sees the poller stop.
func poll(t *testing.T, a answer, interval time.Duration, script func(b *bench)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := &bench{T: t, answer: a}
		b.poller = NewPoller(b, interval, b.publish, nil)
		done := make(chan struct{})
		go func() { defer close(done); b.poller.Run(ctx) }()
		synctest.Wait()
		script(b)
		cancel()
		<-done
	})
}

func (b *bench) Rates(ctx context.Context) (*Table, error) {
	b.mu.Lock()
	b.asked = append(b.asked, time.Now())
	answer := b.answer
	b.mu.Unlock()
	return answer(ctx)
}

func (b *bench) publish(table *Table) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.published = append(b.published, table)
}

func (b *bench) turn(a answer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = a
}

// pass lets d go by and everything due in it happen.
func (b *bench) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// seen returns the attempts and tables so far.
func (b *bench) seen() (asked []time.Time, published []*Table) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.asked), slices.Clone(b.published)
}

func TestPollerAsksAtOnceAndAtEveryInterval(t *testing.T) {
	poll(t, fresh, time.Minute, func(b *bench) {
		if _, published := b.seen(); len(published) != 1 {
			b.Fatalf("%d tables published at once", len(published))
		}
		for range 3 {
			b.pass(time.Until(b.poller.State().Next))
		}
		asked, published := b.seen()
		for i, at := range asked[1:] {
			if gap := at.Sub(asked[i]); gap < 54*time.Second || gap > time.Minute {
				b.Errorf("it was asked after %s", gap)
			}
		}
		if len(published) != 4 || len(asked) != 4 {
			b.Fatalf("%d tables of %d attempts after three intervals", len(published), len(asked))
		}
		state := b.poller.State()
		if state.Table != published[3] || state.Err != nil || state.Failures != 0 {
			b.Errorf("state %+v", state)
		}
		if want := asked[3]; !state.Success.Equal(want) || state.Next.After(want.Add(time.Minute)) {
			b.Errorf("success %s, next %s; want %s and an interval later", state.Success, state.Next, want)
		}
	})
}

func TestPollerKeepsTheLastTableThroughAFailure(t *testing.T) {
	poll(t, fresh, time.Minute, func(b *bench) {
		first := b.poller.State()
		b.turn(down)
		b.pass(time.Until(b.poller.State().Next))
		state := b.poller.State()
		if _, published := b.seen(); len(published) != 1 || state.Table != first.Table || !state.Success.Equal(first.Success) {
			b.Errorf("the last good table was not kept: %+v", state)
		}
		if !errors.Is(state.Err, errDown) || state.Failures < 1 || !state.Next.After(time.Now()) {
			b.Errorf("the failure does not show: %+v", state)
		}
		b.turn(fresh)
		b.pass(5 * time.Second)
		state = b.poller.State()
		if _, published := b.seen(); len(published) != 2 || state.Table != published[1] || state.Err != nil || state.Failures != 0 {
			b.Errorf("no recovery: %+v", state)
		}
	})
}

func TestPollerBacksOff(t *testing.T) {
	toFiveMinutes := []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}
	for name, c := range map[string]struct {
		interval time.Duration
		limits   []time.Duration // in seconds
	}{
		"to five minutes":      {time.Hour, toFiveMinutes},
		"also if it asks once": {0, toFiveMinutes},
		"to the interval":      {10 * time.Second, []time.Duration{1, 2, 4, 8, 10, 10}},
		"through many":         {2 * time.Second, append([]time.Duration{1}, slices.Repeat([]time.Duration{2}, 80)...)},
	} {
		t.Run(name, func(t *testing.T) {
			poll(t, down, c.interval, func(b *bench) {
				for range c.limits {
					b.pass(time.Until(b.poller.State().Next))
				}
				asked, _ := b.seen()
				if len(asked) != len(c.limits)+1 {
					b.Fatalf("%d attempts, want %d", len(asked), len(c.limits)+1)
				}
				for i, limit := range c.limits {
					gap, limit := asked[i+1].Sub(asked[i]), limit*time.Second
					if gap > limit || gap < limit/2 {
						b.Errorf("attempt %d came after %s, want %s to %s", i+1, gap, limit/2, limit)
					}
				}
			})
		})
	}
}

func TestPollersDoNotRetryInStep(t *testing.T) {
	delays := map[time.Duration]bool{}
	for range 20 {
		p := NewPoller(nil, time.Hour, nil, nil)
		delays[p.backoff.Next()] = true
	}
	if len(delays) < 2 {
		t.Error("no jitter")
	}
}

func TestPollerGivesUpAnAttemptAfterTenSeconds(t *testing.T) {
	poll(t, hanging, time.Minute, func(b *bench) {
		b.pass(9 * time.Second)
		if state := b.poller.State(); state.Failures != 0 {
			b.Errorf("gave up early: %+v", state)
		}
		b.pass(time.Second)
		if state := b.poller.State(); !errors.Is(state.Err, context.DeadlineExceeded) || state.Failures != 1 {
			b.Errorf("no time limit: %+v", state)
		}
	})
}

func TestPollerTakesAnotherTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPoller(&bench{T: t, answer: hanging}, time.Minute, nil, nil)
		p.SetTimeout(3 * time.Second)
		began := time.Now()
		if _, err := p.attempt(t.Context()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Second {
			t.Errorf("it ended after %s: %v", time.Since(began), err)
		}
	})
}

// busy is the error of a source that wants to be left alone.
type busy time.Duration

func (busy) Error() string                           { return "busy" }
func (b busy) RetryAfter() time.Duration             { return time.Duration(b) }
func (b busy) Rates(context.Context) (*Table, error) { return nil, fmt.Errorf("source: %w", b) }

func TestPollerLeavesASourceAloneThatAsksForIt(t *testing.T) {
	for name, c := range map[string]struct{ wants, least, most time.Duration }{
		"an hour":     {time.Hour, time.Hour, time.Hour},
		"a year":      {8760 * time.Hour, 24 * time.Hour, 24 * time.Hour},
		"too short":   {time.Millisecond, time.Second / 2, time.Second},
		"in the past": {-time.Hour, time.Second / 2, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			poll(t, busy(c.wants).Rates, time.Minute, func(b *bench) {
				if wait := time.Until(b.poller.State().Next); wait < c.least || wait > c.most {
					b.Errorf("it is asked again after %s", wait)
				}
			})
		})
	}
}

func TestRefreshAsksAtOnce(t *testing.T) {
	for name, interval := range map[string]time.Duration{"in an interval": time.Hour, "without one": 0} {
		t.Run(name, func(t *testing.T) {
			poll(t, fresh, interval, func(b *bench) {
				b.pass(time.Second)
				b.poller.Refresh()
				b.poller.Refresh()
				synctest.Wait()
				if asked, published := b.seen(); len(asked) < 2 || len(asked) > 3 || len(published) != len(asked) {
					b.Errorf("%d attempts, %d tables", len(asked), len(published))
				}
				b.turn(busy(time.Hour).Rates)
				b.poller.Refresh()
				synctest.Wait()
				b.turn(fresh)
				b.poller.Refresh()
				synctest.Wait()
				asked, _ := b.seen()
				b.pass(61 * time.Minute)
				later, _ := b.seen()
				if n := len(later) - len(asked); interval == 0 && n != 0 || interval > 0 && n != 1 || b.poller.State().Err != nil {
					b.Errorf("%d more attempts, %v", n, b.poller.State().Err)
				}
			})
		})
	}
}

func TestPollerWithoutIntervalStopsAskingAfterSuccess(t *testing.T) {
	poll(t, down, 0, func(b *bench) {
		b.turn(fresh)
		b.pass(24 * time.Hour)
		asked, published := b.seen()
		if len(published) != 1 || len(asked) != 2 || !b.poller.State().Next.IsZero() {
			b.Errorf("%d tables of %d attempts, %+v", len(published), len(asked), b.poller.State())
		}
	})
}

func TestNoTableIsAFailure(t *testing.T) {
	poll(t, nothing, time.Minute, func(b *bench) {
		if _, published := b.seen(); b.poller.State().Err == nil || len(published) != 0 {
			b.Errorf("%d tables published, %+v", len(published), b.poller.State())
		}
	})
}

// A stop in the middle of an attempt is no failure of the source.
func TestBackendThatPanicsIsAFailure(t *testing.T) {
	panics := func(context.Context) (*Table, error) { panic("a bug") }
	poll(t, panics, time.Hour, func(b *bench) {
		if err := b.poller.State().Err; err == nil || !strings.Contains(err.Error(), "a bug") {
			t.Errorf("error %v", err)
		}
		b.mu.Lock()
		b.answer = fresh
		b.mu.Unlock()
		time.Sleep(time.Minute)
		synctest.Wait()
		if b.poller.State().Table == nil {
			t.Error("it was not asked again")
		}
	})
}

func TestPollerStopsDuringAnAttempt(t *testing.T) {
	var stopped *bench
	poll(t, hanging, time.Minute, func(b *bench) { stopped = b })
	if asked, _ := stopped.seen(); stopped.poller.State().Err != nil || len(asked) != 1 {
		t.Errorf("state %+v after %d attempts", stopped.poller.State(), len(asked))
	}
}

var _ Backend = (*bench)(nil)
