package link

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilptest"
)

// waiter is who waits for an answer; its number tells one from another.
type waiter int

func (waiter) WriteReply(ilp.Reply) {}

func newPending() *Pending { return NewPending(time.Hour, func(uint32, ilp.ReplyWriter) {}) }

func put(t *testing.T, p *Pending, up ilp.ReplyWriter) uint32 {
	t.Helper()
	id, ok := p.Put(up, time.Now().UnixNano())
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
	}{{two, waiter(2)}, {two, nil}, {one, waiter(1)}, {one, nil}, {one + 7, nil}, {1<<32 - 1, nil}} {
		if up, ok := p.Take(tt.id); up != tt.want || ok != (tt.want != nil) {
			t.Errorf("Take(%#x) = %v, %v, want %v", tt.id, up, ok, tt.want)
		}
	}
}

func TestIDOfAReusedSlotIsAnother(t *testing.T) {
	p := newPending()
	defer p.Close(func(ilp.ReplyWriter) {})
	var before []uint32
	for range 300 {
		id := put(t, p, waiter(1))
		if slices.Contains(before, id) {
			t.Fatalf("id %#x again", id)
		}
		for _, old := range before {
			if _, ok := p.Take(old); ok {
				t.Fatalf("the answer to %#x found the request %#x", old, id)
			}
		}
		if _, ok := p.Take(id); !ok {
			t.Fatalf("%#x is lost", id)
		}
		before = append(before, id)
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
	same := 0
	for i, id := range ids[0] {
		if id == ids[1][i] {
			same++
		}
	}
	// Each has one chance in 65536: three of a hundred come once in a billion runs.
	if same > 2 {
		t.Errorf("%d of 100 ids are the same", same)
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
	if _, ok := p.Put(waiter(1), 1); ok {
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
	var got []ilp.ReplyWriter
	p.Close(func(up ilp.ReplyWriter) { got = append(got, up) })
	if want := []ilp.ReplyWriter{waiter(0), waiter(1), waiter(2), waiter(3), waiter(4)}; !slices.Equal(got, want) {
		t.Errorf("gave back %v", got)
	}
	if _, ok := p.Put(waiter(1), 1); ok {
		t.Error("took a request after Close")
	}
}

func TestRequestsExpireInOrderAtTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type expiry struct {
			id    uint32
			after time.Duration
		}
		var mu sync.Mutex
		var got, want []expiry
		began := time.Now()
		p := NewPending(10*time.Second, func(id uint32, _ ilp.ReplyWriter) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, expiry{id, time.Since(began)})
		})
		for i := range 20 {
			id := put(t, p, waiter(i))
			if i%3 == 1 {
				p.Take(id) // answered in time
			} else {
				want = append(want, expiry{id, time.Since(began) + 10*time.Second})
			}
			time.Sleep(time.Duration(i) * 100 * time.Millisecond)
		}
		time.Sleep(time.Hour)
		id := put(t, p, waiter(1)) // the timer starts anew
		want = append(want, expiry{id, time.Since(began) + 10*time.Second})
		time.Sleep(time.Hour)
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(got, want) {
			t.Errorf("expired %v\nwant %v", got, want)
		}
	})
}

func TestRequestExpiresThoughTheClockWentBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expired := false
		p := NewPending(10*time.Second, func(uint32, ilp.ReplyWriter) { expired = true })
		if _, ok := p.Put(waiter(1), time.Now().Add(24*time.Hour).UnixNano()); !ok {
			t.Fatal("refused")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if !expired {
			t.Error("still waits")
			p.Close(func(ilp.ReplyWriter) {})
		}
	})
}

func TestClosedTableExpiresNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := NewPending(time.Second, func(id uint32, _ ilp.ReplyWriter) { t.Errorf("%d expired after Close", id) })
		put(t, p, waiter(1))
		p.Close(func(ilp.ReplyWriter) {})
		time.Sleep(time.Minute)
	})
}

func TestPutAndTakeDoNotAllocate(t *testing.T) {
	p := newPending()
	defer p.Close(func(ilp.ReplyWriter) {})
	var up ilp.ReplyWriter = ilptest.NewRecorder()
	if allocs := testing.AllocsPerRun(1000, func() {
		id, _ := p.Put(up, 1<<62)
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
	p := NewPending(time.Millisecond, func(_ uint32, up ilp.ReplyWriter) { end(up) })
	ids := make(chan uint32, askers*each*2)
	var asking, answering sync.WaitGroup
	for n := range askers {
		asking.Go(func() {
			for i := range each {
				if id, ok := p.Put(waiter(n*each+i), time.Now().UnixNano()); ok {
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
		id, _ := p.Put(up, 1<<62)
		p.Take(id)
	}
}
