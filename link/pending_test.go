package link

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// waiter is who waits for an answer; its number tells one from another.
type waiter int

func (waiter) WriteReply(ilp.Reply) {}

// far is a deadline that no test reaches.
const far = 1 << 62

func newPending() *Pending { return NewPending(func(uint32, ilp.ReplyWriter) {}) }

func put(t *testing.T, p *Pending, up ilp.ReplyWriter) uint32 {
	t.Helper()
	id, ok := p.Put(up, far)
	if !ok {
		t.Fatal("refused")
	}
	return id
}

func TestAnswerFindsItsRequestOnce(t *testing.T) {
	p := newPending()
	defer p.Close(func(ilp.ReplyWriter) {})
	one, two := put(t, p, waiter(1)), put(t, p, waiter(2))
	for _, tt := range []struct {
		id   uint32
		want ilp.ReplyWriter
	}{{two, waiter(2)}, {two, nil}, {one, waiter(1)}, {one, nil}, {one + 7, nil}, {one - 1, nil}, {0, nil}, {1<<32 - 1, nil}} {
		if up, ok := p.Take(tt.id); up != tt.want || ok != (tt.want != nil) {
			t.Errorf("Take(%#x) = %v, %v, want %v", tt.id, up, ok, tt.want)
		}
	}
}

func TestEmptyTableHasNoRequest(t *testing.T) {
	p := newPending()
	if up, ok := p.Take(0); ok {
		t.Errorf("Take of nothing is %v", up)
	}
}

// A peer may answer over a new connection what we asked before we were
// restarted: those ids must not be the ones a new table begins with.
func TestIDsDifferFromThoseOfAnotherTable(t *testing.T) {
	var ids [2][]uint32
	for i := range ids {
		p := newPending()
		for range 100 {
			ids[i] = append(ids[i], put(t, p, waiter(1)))
		}
		p.Close(func(ilp.ReplyWriter) {})
	}
	// That they meet has a chance of one in 20 million.
	for _, id := range ids[0] {
		if slices.Contains(ids[1], id) {
			t.Fatalf("both have the id %#x", id)
		}
	}
}

func TestFullTableRefuses(t *testing.T) {
	p := newPending()
	ids := make(map[uint32]bool, PendingMax)
	for range PendingMax {
		ids[put(t, p, waiter(1))] = true
	}
	if len(ids) != PendingMax {
		t.Errorf("%d different ids", len(ids))
	}
	if _, ok := p.Put(waiter(1), far); ok {
		t.Error("took one more than PendingMax")
	}
	for id := range ids {
		p.Take(id)
		break
	}
	put(t, p, waiter(1))
	failed := 0
	p.Close(func(ilp.ReplyWriter) { failed++ })
	if failed != PendingMax {
		t.Errorf("Close gave back %d", failed)
	}
}

func TestCloseGivesBackWhatWaitsAndRefuses(t *testing.T) {
	p := newPending()
	for i := range 5 {
		put(t, p, waiter(i))
	}
	p.Take(put(t, p, waiter(9)))
	var got []waiter
	p.Close(func(up ilp.ReplyWriter) { got = append(got, up.(waiter)) })
	slices.Sort(got)
	if want := []waiter{0, 1, 2, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("gave back %v", got)
	}
	if _, ok := p.Put(waiter(1), far); ok {
		t.Error("took a request after Close")
	}
	p.Close(func(up ilp.ReplyWriter) { t.Errorf("gave back %v again", up) })
}

// Deadlines come in any order, as packets have different expiries.
func TestRequestWaitsForItsDeadlineAndTheMargin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var mu sync.Mutex
		lived := make(map[ilp.ReplyWriter]time.Duration)
		p := NewPending(func(_ uint32, up ilp.ReplyWriter) {
			mu.Lock()
			defer mu.Unlock()
			lived[up] = time.Since(began)
		})
		want := make(map[ilp.ReplyWriter]time.Duration)
		for i, wait := range []time.Duration{30, 2, -5, 0, 1, 29, 90, 2, -100} {
			wait *= time.Second
			id, _ := p.Put(waiter(i), clock.Now().Deadline(began.Add(wait).UnixMilli()))
			answered, _ := p.Put(waiter(100+i), clock.Now().Add(wait).Steady)
			if want[waiter(i)] = wait; i == 5 {
				p.Take(id)
				delete(want, waiter(i))
			}
			p.Take(answered)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		for up, wait := range want {
			due := max(wait+Margin, 0)
			if got, gone := lived[up]; !gone || got < due || got > due+sweepMin {
				t.Errorf("request that is due after %v ended after %v, %v", due, got, gone)
			}
		}
		if len(lived) != len(want) {
			t.Errorf("%d requests expired, want %d", len(lived), len(want))
		}
		before := len(lived)
		put(t, p, waiter(1)) // the timer starts anew
		_, _ = p.Put(waiter(50), clock.Now().Steady)
		time.Sleep(time.Minute)
		synctest.Wait()
		if lived[waiter(50)] == 0 || len(lived) != before+1 {
			t.Errorf("%d requests expired after the first ones", len(lived)-before)
		}
		p.Close(func(ilp.ReplyWriter) {})
	})
}

// Operators and time servers step the wall clock. The deadline of a request is in steady
// time, so it only matters what the wall clock showed when the packet came.
func TestRequestDoesNotAskTheWallClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, step := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
			began, lived := time.Now(), time.Duration(0)
			p := NewPending(func(uint32, ilp.ReplyWriter) { lived = time.Since(began) })
			now := clock.Now()
			now.Wall += int64(step) // the wall clock was wrong, and is put right now
			expiry := now.Millis() + 10_000
			if _, ok := p.Put(waiter(1), now.Deadline(expiry)); !ok {
				t.Fatal("refused")
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			if due := 10*time.Second + Margin; lived < due || lived > due+sweepMin {
				t.Errorf("after a step by %v it ended after %v", -step, lived)
			}
		}
	})
}

func TestClosedTableExpiresNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPending(func(id uint32, _ ilp.ReplyWriter) { t.Errorf("%d expired after Close", id) })
		_, _ = p.Put(waiter(1), clock.Now().Steady)
		p.Close(func(ilp.ReplyWriter) {})
		time.Sleep(time.Minute)
	})
}

// An idle account keeps a small table and no timer.
func TestIdleTableIsSmallAndQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPending()
		for range PendingMax {
			put(t, p, waiter(1))
		}
		first := p.requests.next - PendingMax
		for id := first + 1; id != p.requests.next; id++ {
			p.Take(id)
		}
		for range len(p.requests.ring) { // the first one is late
			p.Take(put(t, p, waiter(1)))
		}
		p.Take(first)
		time.Sleep(time.Hour)
		synctest.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		if places := len(p.requests.ring); places != ringMin || p.requests.late != nil || p.sweepAt != never {
			t.Errorf("%d places, %d late ones, next sweep %d", places, len(p.requests.late), p.sweepAt)
		}
	})
}

func TestPutAndTakeDoNotAllocate(t *testing.T) {
	p := newPending()
	defer p.Close(func(ilp.ReplyWriter) {})
	var up ilp.ReplyWriter = ilptest.NewRecorder()
	if allocs := testing.AllocsPerRun(1000, func() {
		id, _ := p.Put(up, far)
		p.Take(id)
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// Every request is answered, expires or is given back, exactly once, whoever
// races for it.
func TestEveryRequestEndsOnce(t *testing.T) {
	const askers, each = 8, 500
	var mu sync.Mutex
	var all sync.WaitGroup
	all.Add(askers * each)
	ends := make(map[ilp.ReplyWriter]int)
	end := func(up ilp.ReplyWriter) {
		mu.Lock()
		defer mu.Unlock()
		if ends[up]++; ends[up] == 1 {
			all.Done()
		}
	}
	p := NewPending(func(_ uint32, up ilp.ReplyWriter) { end(up) })
	ids := make(chan uint32, askers*each*2)
	var asking, answering, sweeping sync.WaitGroup
	sweeping.Go(func() {
		for range 1000 {
			p.sweep() // as the timer does, more often
		}
	})
	for n := range askers {
		asking.Go(func() {
			for i := range each {
				deadline := clock.Now().Steady - int64(Margin) + int64(i%3*1000)
				if id, ok := p.Put(waiter(n*each+i), deadline); ok {
					ids <- id
					ids <- id // the peer answers twice
				} else {
					t.Error("refused")
				}
			}
		})
		answering.Go(func() {
			for id := range ids {
				if up, ok := p.Take(id); ok {
					end(up)
				}
			}
		})
	}
	asking.Wait()
	p.Close(end)
	close(ids)
	answering.Wait()
	sweeping.Wait()
	all.Wait()
	mu.Lock()
	defer mu.Unlock()
	for up, n := range ends {
		if n != 1 {
			t.Errorf("request %v ended %d times", up, n)
		}
	}
}

func BenchmarkPutAndTake(b *testing.B) {
	p := newPending()
	defer p.Close(func(ilp.ReplyWriter) {})
	var up ilp.ReplyWriter = waiter(1)
	b.ReportAllocs()
	for b.Loop() {
		id, _ := p.Put(up, far)
		p.Take(id)
	}
}
