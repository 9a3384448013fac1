package books_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/books"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// disk is a store under the hand of a test.
type disk struct {
	store.Store
	mu      sync.Mutex
	applied int
	err     error
	gate    chan struct{} // each Apply takes one from it, nil to go on
}

func newDisk() *disk { return &disk{Store: memory.New(slog.New(slog.DiscardHandler))} }

func (d *disk) Apply(batch store.Batch) error {
	if d.gate != nil {
		<-d.gate
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	d.applied++
	return d.Store.Apply(batch)
}

// open opens books and runs them until the test ends.
func open(t rapid.TB, d store.Store, fail func(error), edits ...func(*books.Options)) (b *books.Books, stop func()) {
	t.Helper()
	o := books.Options{Store: d, Failed: fail, Stall: time.Second}
	for _, edit := range edits {
		edit(&o)
	}
	b, err := books.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.Run(ctx)
	}()
	return b, func() {
		cancel()
		<-done
	}
}

func never(t rapid.TB) func(error) {
	return func(err error) { t.Errorf("the books have failed: %v", err) }
}

func line(t rapid.TB, b *books.Books, id string) *books.Line {
	t.Helper()
	l, err := b.Line(account.New(id, account.Settings{AssetCode: "USD", AssetScale: 9}))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// waiter is a packet.
type waiter struct {
	done chan error
	see  func()
}

func newWaiter() *waiter { return &waiter{done: make(chan error, 1)} }

func (w *waiter) Written(_ *ilp.ReadBatch, err error) {
	if w.see != nil {
		w.see()
	}
	w.done <- err
}

// TestBooksAreThePacketsThatWereAnswered enters packets from several goroutines, with
// edits between them, and reads the books again: they must be the sums.
func TestBooksAreThePacketsThatWereAnswered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDisk()
		b, stop := open(t, d, never(t))
		ids := []string{"a", "b", "c"}
		want := make(map[string]*big.Int)
		for _, id := range ids {
			want[id] = new(big.Int)
		}
		var waiters []*waiter
		var group sync.WaitGroup
		for range rapid.IntRange(0, 40).Draw(t, "changes") {
			from, to := rapid.SampledFrom(ids).Draw(t, "from"), rapid.SampledFrom(ids).Draw(t, "to")
			in, out := rapid.Uint64().Draw(t, "in"), rapid.Uint64().Draw(t, "out")
			if rapid.IntRange(0, 5).Draw(t, "kind") == 0 {
				delta := balance.FromInt64(rapid.Int64().Draw(t, "delta"))
				want[from].Add(want[from], delta.Big())
				group.Go(func() {
					if err := b.Record(line(t, b, from), delta, store.Batch{{Key: "other/" + from, Value: []byte("x")}}); err != nil {
						t.Errorf("record: %v", err)
					}
				})
				continue
			}
			want[from].Add(want[from], new(big.Int).SetUint64(in))
			want[to].Sub(want[to], new(big.Int).SetUint64(out))
			w := newWaiter()
			waiters = append(waiters, w)
			group.Go(func() { b.Enter(line(t, b, from), line(t, b, to), in, out, w, nil) })
		}
		group.Wait()
		for _, w := range waiters {
			if err := <-w.done; err != nil {
				t.Fatal(err)
			}
		}
		stop()
		again, stop := open(t, d, never(t))
		defer stop()
		for _, id := range ids {
			if got := line(t, again, id).Posted(); got.Big().Cmp(want[id]) != 0 {
				t.Errorf("%s: %s, want %s", id, got, want[id])
			}
		}
	})
}

// TestAnswersWaitForTheWrite holds that nobody is told before the batch is in the
// store, and that what comes meanwhile goes into one batch.
func TestAnswersWaitForTheWrite(t *testing.T) {
	d := newDisk()
	d.gate = make(chan struct{})
	b, stop := open(t, d, never(t))
	a, z := line(t, b, "a"), line(t, b, "z")
	first := newWaiter()
	b.Enter(a, z, 1, 1, first, nil)
	d.gate <- struct{}{} // the first write begins, and goes on
	<-first.done
	blocked := newWaiter()
	blocked.see = func() {
		if d.applied != 2 {
			t.Errorf("told after %d writes", d.applied)
		}
	}
	b.Enter(a, z, 1, 1, blocked, nil)
	var rest []*waiter
	for range 100 {
		w := newWaiter()
		rest = append(rest, w)
		b.Enter(a, nil, 1, 0, w, nil)
	}
	select {
	case <-blocked.done:
		t.Fatal("told before the write")
	default:
	}
	close(d.gate)
	<-blocked.done
	for _, w := range rest {
		<-w.done
	}
	if d.applied > 4 {
		t.Errorf("%d writes for 102 packets", d.applied)
	}
	stop()
	if got := a.Posted().String() + " " + z.Posted().String(); got != "102 -2" {
		t.Errorf("posted %s", got)
	}
}

// TestFailedWriteEndsTheBooks holds that everybody hears of it, that it is told once,
// and that nothing is written any more, whatever the store would say.
func TestFailedWriteEndsTheBooks(t *testing.T) {
	d := newDisk()
	var told []error
	b, stop := open(t, d, func(err error) { told = append(told, err) })
	defer stop()
	a := line(t, b, "a")
	broken := errors.New("broken")
	d.err = broken
	w := newWaiter()
	b.Enter(a, nil, 5, 0, w, nil)
	if err := <-w.done; !errors.Is(err, broken) {
		t.Errorf("the packet hears %v", err)
	}
	d.mu.Lock()
	d.err = nil
	d.mu.Unlock()
	if err := b.Record(a, balance.FromInt64(1), nil); !errors.Is(err, broken) {
		t.Errorf("the next one hears %v", err)
	}
	if d.applied != 0 || len(told) != 1 || !errors.Is(b.Err(), broken) || a.Posted() != (balance.Amount{}) {
		t.Errorf("%d writes, told %v, error %v, posted %s", d.applied, told, b.Err(), a.Posted())
	}
}

func TestClosedBooksRefuse(t *testing.T) {
	b, stop := open(t, newDisk(), never(t))
	a := line(t, b, "a")
	stop()
	w := newWaiter()
	b.Enter(a, nil, 5, 0, w, nil)
	if err := <-w.done; !errors.Is(err, books.ErrClosed) {
		t.Errorf("error %v", err)
	}
	if err := b.Record(a, balance.FromInt64(1), nil); !errors.Is(err, books.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

// TestWhatWaitsIsWrittenAtTheEnd stops while a packet waits.
func TestWhatWaitsIsWrittenAtTheEnd(t *testing.T) {
	d := newDisk()
	b, err := books.Open(books.Options{Store: d, Failed: never(t)})
	if err != nil {
		t.Fatal(err)
	}
	a := line(t, b, "a")
	w := newWaiter()
	b.Enter(a, nil, 5, 0, w, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Run(ctx)
	if err := <-w.done; err != nil || a.Posted().String() != "5" {
		t.Errorf("%v, posted %s", err, a.Posted())
	}
}

// TestOverflowRefusesOneEntry holds that neither of its lines moves, and that those
// written with it do.
func TestOverflowRefusesOneEntry(t *testing.T) {
	d := newDisk()
	b, stop := open(t, d, never(t))
	defer stop()
	lowest, a, z := line(t, b, "lowest"), line(t, b, "a"), line(t, b, "z")
	bottom, err := balance.Parse("-170141183460469231731687303715884105728")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Record(lowest, bottom, nil); err != nil {
		t.Fatal(err)
	}
	bad, good := newWaiter(), newWaiter()
	b.Enter(a, lowest, 7, 1, bad, nil)
	b.Enter(a, z, math.MaxUint64, 3, good, nil)
	if err := <-bad.done; !errors.Is(err, books.ErrOverflow) {
		t.Errorf("error %v", err)
	}
	if err := <-good.done; err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(a.Posted(), z.Posted()); got != "18446744073709551615 -3" {
		t.Errorf("posted %s", got)
	}
}

func TestBalanceInAnotherUnitIsRefused(t *testing.T) {
	d := newDisk()
	b, stop := open(t, d, never(t))
	if err := b.Record(line(t, b, "a"), balance.FromInt64(-15), nil); err != nil {
		t.Fatal(err)
	}
	stop()
	b, stop = open(t, d, never(t))
	defer stop()
	for _, s := range []account.Settings{{AssetCode: "EUR", AssetScale: 9}, {AssetCode: "USD", AssetScale: 6}} {
		_, err := b.Line(account.New("a", s))
		if unit, ok := errors.AsType[*books.UnitError](err); !ok || unit.Posted.String() != "-15" {
			t.Errorf("%s at scale %d: %v", s.AssetCode, s.AssetScale, err)
		}
	}
	if lines := b.Lines(); len(lines) != 1 || lines[0].Unit() != "USD with scale 9" {
		t.Errorf("%d lines", len(lines))
	}
}

// TestZeroInAnotherUnitBeginsAnew holds that the unit of an account may change at 0, and
// that what is entered is waited for.
func TestZeroInAnotherUnitBeginsAnew(t *testing.T) {
	d := newDisk()
	b, stop := open(t, d, never(t))
	if err := b.Record(line(t, b, "a"), balance.FromInt64(-15), nil); err != nil {
		t.Fatal(err)
	}
	paid := newWaiter()
	b.Enter(line(t, b, "a"), nil, 15, 0, paid, nil)
	l, err := b.Line(account.New("a", account.Settings{AssetCode: "USD", AssetScale: 6}))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-paid.done, b.Record(l, balance.FromInt64(4), nil)); err != nil {
		t.Fatal(err)
	}
	stop()
	b, stop = open(t, d, never(t))
	defer stop()
	if l := b.Find("a"); l.Posted().String() != "4" || l.Unit() != "USD with scale 6" || len(b.Lines()) != 1 {
		t.Errorf("%s %s, %d lines", l.Posted(), l.Unit(), len(b.Lines()))
	}
}

func TestDamagedBalancesAreRefused(t *testing.T) {
	for _, value := range []string{"", "5", "5 9", "x 9 USD", "5 256 USD", "5 -1 USD", " 9 USD"} {
		d := newDisk()
		if err := d.Apply(store.Batch{{Key: "balances/a", Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
		if _, err := books.Open(books.Options{Store: d, Failed: never(t)}); err == nil {
			t.Errorf("%q is taken for a balance", value)
		}
		if yes, err := books.IsLine("balances/a", []byte(value)); !yes || err == nil {
			t.Errorf("%q: %t, %v", value, yes, err)
		}
	}
}

// TestEnterAllocatesNothing holds once the slices have grown.
func TestEnterAllocatesNothing(t *testing.T) {
	d := newDisk()
	b, stop := open(t, &nowhere{d}, never(t))
	defer stop()
	a, z := line(t, b, "a"), line(t, b, "z")
	w := &waiter{done: make(chan error, 1)}
	if n := testing.AllocsPerRun(1000, func() {
		b.Enter(a, z, 1, 1, w, nil)
		<-w.done
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// nowhere is a store that writes nothing.
type nowhere struct{ *disk }

func (nowhere) Apply(store.Batch) error { return nil }

// TestBatchIsWrittenTogether holds that what is entered in one batch is one write, at its
// end.
func TestBatchIsWrittenTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		b, stop := open(t, d, never(t))
		defer stop()
		a := line(t, b, "a")
		batch := new(ilp.ReadBatch)
		batch.Begin(clock.Now())
		first, second := newWaiter(), newWaiter()
		b.Enter(a, nil, 1, 0, first, batch)
		synctest.Wait()
		if d.applied != 0 {
			t.Error("written before the batch ended")
		}
		b.Enter(a, nil, 1, 0, second, batch)
		batch.End()
		if err := errors.Join(<-first.done, <-second.done); err != nil || d.applied != 1 {
			t.Errorf("%d writes, %v", d.applied, err)
		}
	})
}
