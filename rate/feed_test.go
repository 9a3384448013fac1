package rate

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// notebook is an observer that notes the incoming amounts, and then does what a test says.
type notebook struct {
	then func(ctx context.Context, batch int) // may be nil

	mu      sync.Mutex
	batches [][]uint64
	ctxErr  error
}

func (n *notebook) Observe(ctx context.Context, batch []Forwarded) {
	var amounts []uint64
	for _, p := range batch {
		amounts = append(amounts, p.Incoming)
	}
	n.mu.Lock()
	n.batches = append(n.batches, amounts)
	number := len(n.batches)
	n.mu.Unlock()
	if n.then != nil {
		n.then(ctx, number)
	}
	n.mu.Lock()
	n.ctxErr = ctx.Err()
	n.mu.Unlock()
}

func (n *notebook) seen() [][]uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.batches)
}

// feed runs the feed of an observer in a bubble of fake time, and closes it after script.
func feed(t *testing.T, n *notebook, script func(f *Feed)) (log string) {
	t.Helper()
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		f := NewFeed(n, slog.New(slog.NewTextHandler(&out, nil)))
		done := make(chan struct{})
		go func() { defer close(done); f.Run() }()
		script(f)
		f.Close(time.Second)
		<-done
	})
	return out.String()
}

func put(f *Feed, amounts ...uint64) {
	for _, amount := range amounts {
		f.Put(Forwarded{Incoming: amount})
	}
}

func counts(s FeedState) string {
	return fmt.Sprintf("told %d, dropped %d, waiting %d, busy %t", s.Told, s.Dropped, s.Waiting, !s.Since.IsZero())
}

func wantCounts(t *testing.T, f *Feed, want string) {
	t.Helper()
	if got := counts(f.State()); got != want {
		t.Errorf("%s; want %s", got, want)
	}
}

// The first packet is told at once, and those that come soon after it together.
func TestObserverIsToldInOrderAndInBatches(t *testing.T) {
	n := new(notebook)
	feed(t, n, func(f *Feed) {
		put(f, 1)
		synctest.Wait()
		put(f, 2, 3)
		synctest.Wait()
		put(f, 4)
		wantCounts(t, f, "told 1, dropped 0, waiting 3, busy false")
		time.Sleep(feedPause)
		synctest.Wait()
		put(f, 5)
		time.Sleep(time.Hour)
		synctest.Wait()
		wantCounts(t, f, "told 5, dropped 0, waiting 0, busy false")
		if s := f.State(); s.Observer != "*rate.notebook" {
			t.Errorf("the observer is %s", s.Observer)
		}
	})
	if got := fmt.Sprint(n.seen()); got != "[[1] [2 3 4] [5]]" {
		t.Errorf("told %s", got)
	}
}

// lender is an observer that reads its batch when the test says so.
type lender struct {
	read chan struct{}
	got  []uint64
}

func (l *lender) Observe(_ context.Context, batch []Forwarded) {
	<-l.read
	for _, p := range batch {
		l.got = append(l.got, p.Incoming)
	}
}

func TestBatchStaysAsItIsUntilObserveReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &lender{read: make(chan struct{})}
		f := NewFeed(l, nil)
		done := make(chan struct{})
		go func() { defer close(done); f.Run() }()
		put(f, 1)
		synctest.Wait()
		put(f, 2)
		l.read <- struct{}{}
		time.Sleep(feedPause)
		synctest.Wait()
		put(f, 3, 4)
		close(l.read)
		f.Close(time.Second)
		<-done
		if got := fmt.Sprint(l.got); got != "[1 2 3 4]" {
			t.Errorf("told %s", got)
		}
	})
}

func TestObserverIsToldWhatWaitsAtTheEnd(t *testing.T) {
	n := new(notebook)
	feed(t, n, func(f *Feed) {
		put(f, 1)
		synctest.Wait()
		put(f, 2)
	})
	if got := fmt.Sprint(n.seen()); got != "[[1] [2]]" || n.ctxErr != nil {
		t.Errorf("told %s, with %v", got, n.ctxErr)
	}
}

// An observer that hangs holds back a bounded number of packets. The others are dropped, and
// counted.
func TestFeedOfAHangingObserverIsBounded(t *testing.T) {
	n := new(notebook)
	feed(t, n, func(f *Feed) {
		goOn := make(chan struct{})
		n.then = func(context.Context, int) { <-goOn }
		put(f, 1)
		synctest.Wait()
		for range feedMax + 10 {
			put(f, 2)
		}
		wantCounts(t, f, "told 0, dropped 10, waiting 65536, busy true")
		close(goOn)
		time.Sleep(time.Second)
		synctest.Wait()
		wantCounts(t, f, "told 65537, dropped 10, waiting 0, busy false")
	})
	if got := n.seen(); len(got) != 2 || len(got[1]) != feedMax {
		t.Errorf("%d batches", len(got))
	}
}

func TestObserverThatPanicsIsToldOfTheNextPackets(t *testing.T) {
	n := &notebook{then: func(_ context.Context, batch int) {
		if batch <= 3 {
			panic("a bug")
		}
	}}
	log := feed(t, n, func(f *Feed) {
		for amount, later := range []time.Duration{feedPause, feedLogPause, feedPause, 0} {
			put(f, uint64(amount))
			time.Sleep(later)
		}
		synctest.Wait()
		wantCounts(t, f, "told 1, dropped 3, waiting 0, busy false")
	})
	if got := fmt.Sprint(n.seen()); got != "[[0] [1] [2] [3]]" {
		t.Errorf("told %s", got)
	}
	if strings.Count(log, "level=ERROR") != 2 || strings.Count(log, `observer=*rate.notebook packets=1 panic="a bug"`) != 2 ||
		strings.Count(log, "notLogged=1") != 1 || strings.Count(log, "feed_test.go") < 2 {
		t.Errorf("the log is\n%s", log)
	}
}

// The end does not wait for an observer for ever.
func TestHangingObserverIsGivenUpAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		goOn := make(chan struct{})
		n := &notebook{then: func(context.Context, int) { <-goOn }}
		f := NewFeed(n, nil)
		done := make(chan struct{})
		go func() { defer close(done); f.Run() }()
		put(f, 1)
		synctest.Wait()
		put(f, 2, 3)
		began := time.Now()
		f.Close(time.Second)
		if took := time.Since(began); took != 1100*time.Millisecond {
			t.Errorf("it took %s", took)
		}
		put(f, 4)
		wantCounts(t, f, "told 0, dropped 4, waiting 0, busy true")
		close(goOn)
		<-done
		wantCounts(t, f, "told 0, dropped 4, waiting 0, busy false")
		if got := fmt.Sprint(n.seen()); got != "[[1]]" || n.ctxErr == nil {
			t.Errorf("told %s, with %v", got, n.ctxErr)
		}
	})
}

// An observer that waits for a network gives up when its context ends.
func TestContextOfAnObserverEndsWhenTheTimeIsUp(t *testing.T) {
	n := &notebook{then: func(ctx context.Context, _ int) { <-ctx.Done() }}
	feed(t, n, func(f *Feed) {
		put(f, 1)
		time.Sleep(time.Hour)
		wantCounts(t, f, "told 0, dropped 0, waiting 0, busy true")
	})
	if n.ctxErr == nil {
		t.Error("its context has not ended")
	}
}

// Packets enter from many goroutines while the observer is told.
func TestNothingIsLostAmongManyPackets(t *testing.T) {
	const senders, packets = 8, 2000
	n := new(notebook)
	f := NewFeed(n, nil)
	done := make(chan struct{})
	go func() { defer close(done); f.Run() }()
	var group sync.WaitGroup
	for i := range senders {
		group.Go(func() {
			for j := range packets {
				put(f, uint64(j*senders+i))
			}
		})
	}
	group.Wait()
	f.Close(time.Minute)
	<-done
	var all []uint64
	last := make(map[uint64]uint64)
	for _, amount := range slices.Concat(n.seen()...) {
		if before, known := last[amount%senders]; known && before >= amount {
			t.Errorf("%d came after %d", amount, before)
		}
		last[amount%senders] = amount
		all = append(all, amount)
	}
	slices.Sort(all)
	if all = slices.Compact(all); len(all) != senders*packets {
		t.Errorf("told of %d packets, want %d", len(all), senders*packets)
	}
	wantCounts(t, f, "told 16000, dropped 0, waiting 0, busy false")
}

// observing is a backend that observes, combining one that observes with others.
type observing struct {
	notebook
	sources []Backend
}

func (*observing) Rates(context.Context) (*Table, error) { return nil, nil }
func (o *observing) Backends() []Backend                 { return o.sources }

func TestObserversAreFoundAmongCombinedBackends(t *testing.T) {
	inner := new(observing)
	middle := &observing{sources: []Backend{plain{}, inner}}
	outer := &observing{sources: []Backend{middle, plain{}}}
	if got := ObserversOf(outer); !slices.Equal(got, []Observer{outer, middle, inner}) {
		t.Errorf("found %v", got)
	}
	if got := ObserversOf(plain{}); got != nil {
		t.Errorf("found %v", got)
	}
}

type plain struct{}

func (plain) Rates(context.Context) (*Table, error) { return nil, nil }

var (
	_ Combiner = (*observing)(nil)
	_ Observer = (*observing)(nil)
)
