package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ledger"
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

// opened is a ledger that writes to a store, and its accounts.
type opened struct {
	*ledger.Ledger
	registry *account.Registry
}

// start opens a ledger, which does not run yet.
func start(t rapid.TB, d store.Store, fail func(error), edits ...func(*ledger.Options)) *opened {
	t.Helper()
	registry := account.NewRegistry()
	o := ledger.Options{Find: registry.Find, Failed: fail, Stall: time.Second}
	for _, edit := range edits {
		edit(&o)
	}
	l := ledger.New(o)
	if _, err := l.Open(d); err != nil {
		t.Fatal(err)
	}
	if got := l.State(0); got != ledger.Failed {
		t.Errorf("before the start it is %d", got)
	}
	l.Start()
	return &opened{l, registry}
}

// open opens a ledger and runs it until stop is called.
func open(t rapid.TB, d store.Store, fail func(error), edits ...func(*ledger.Options)) (l *opened, stop func()) {
	t.Helper()
	l = start(t, d, fail, edits...)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Run(ctx)
	}()
	return l, func() {
		cancel()
		<-done
	}
}

func never(t rapid.TB) func(error) {
	return func(err error) { t.Errorf("the ledger has failed: %v", err) }
}

// newAccount returns an account without limits.
func newAccount(id, asset string, scale uint8) *account.Account {
	return account.New(id, account.Settings{AssetCode: asset, AssetScale: scale, Limits: unlimited()})
}

func unlimited() *balance.Limits {
	low, _ := balance.ParseLimit("-Infinity")
	high, _ := balance.ParseLimit("Infinity")
	return &balance.Limits{Minimum: low, Maximum: high}
}

// account returns the account of an id, which it adds if there is none.
func (l *opened) account(t rapid.TB, id string) *account.Account {
	t.Helper()
	if a := l.registry.Find(id); a != nil {
		return a
	}
	a := newAccount(id, "USD", 9)
	if err := errors.Join(l.Attach(a), l.registry.Add(a)); err != nil {
		t.Fatal(err)
	}
	return a
}

// posted returns what the store has.
func (l *opened) posted(id string) (zero balance.Amount) {
	if x := l.Lookup(id); x != nil {
		return x.Posted()
	}
	return zero
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

// TestLedgerIsThePacketsThatWereAnswered enters packets from several goroutines, with
// edits between them, and reads the ledger again: they must be the sums.
func TestLedgerIsThePacketsThatWereAnswered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDisk()
		b, stop := open(t, d, never(t))
		ids := []string{"a", "b", "c"}
		want := make(map[string]*big.Int)
		for _, id := range ids {
			want[id] = new(big.Int)
			b.account(t, id)
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
					if err := b.Record(b.account(t, from).ID, delta, store.Batch{{Key: "other/" + from, Value: []byte("x")}}); err != nil {
						t.Errorf("record: %v", err)
					}
				})
				continue
			}
			want[from].Add(want[from], new(big.Int).SetUint64(in))
			want[to].Sub(want[to], new(big.Int).SetUint64(out))
			w := newWaiter()
			waiters = append(waiters, w)
			group.Go(func() {
				b.Enter(ledger.Transfer{From: b.account(t, from), To: b.account(t, to), In: in, Out: out, AtMid: out}, w, nil)
			})
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
			if got := again.posted(id); got.Big().Cmp(want[id]) != 0 {
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
	a, z := b.account(t, "a"), b.account(t, "z")
	first := newWaiter()
	b.Enter(ledger.Transfer{From: a, To: z, In: 1, Out: 1, AtMid: 1}, first, nil)
	d.gate <- struct{}{} // the first write begins, and goes on
	<-first.done
	blocked := newWaiter()
	blocked.see = func() {
		if d.applied != 2 {
			t.Errorf("told after %d writes", d.applied)
		}
	}
	b.Enter(ledger.Transfer{From: a, To: z, In: 1, Out: 1, AtMid: 1}, blocked, nil)
	var rest []*waiter
	for range 100 {
		w := newWaiter()
		rest = append(rest, w)
		b.Enter(ledger.Transfer{From: a, In: 1}, w, nil)
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
	if got := b.posted("a").String() + " " + b.posted("z").String(); got != "102 -2" {
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
	a := b.account(t, "a")
	broken := errors.New("broken")
	d.err = broken
	w := newWaiter()
	b.Enter(ledger.Transfer{From: a, In: 5}, w, nil)
	if err := <-w.done; !errors.Is(err, broken) {
		t.Errorf("the packet hears %v", err)
	}
	d.mu.Lock()
	d.err = nil
	d.mu.Unlock()
	if err := b.Record("a", balance.FromInt64(1), nil); !errors.Is(err, broken) {
		t.Errorf("the next one hears %v", err)
	}
	if d.applied != 0 || len(told) != 1 || !errors.Is(b.Err(), broken) || b.posted("a") != (balance.Amount{}) {
		t.Errorf("%d writes, told %v, error %v, posted %s", d.applied, told, b.Err(), b.posted("a"))
	}
}

func TestClosedBooksRefuse(t *testing.T) {
	b, stop := open(t, newDisk(), never(t))
	a := b.account(t, "a")
	stop()
	w := newWaiter()
	b.Enter(ledger.Transfer{From: a, In: 5}, w, nil)
	if err := <-w.done; !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("error %v", err)
	}
	if err := b.Record("a", balance.FromInt64(1), nil); !errors.Is(err, ledger.ErrClosed) {
		t.Errorf("error %v", err)
	}
}

// TestWhatWaitsIsWrittenAtTheEnd stops while a packet waits.
func TestWhatWaitsIsWrittenAtTheEnd(t *testing.T) {
	d := newDisk()
	b := start(t, d, never(t))
	a := b.account(t, "a")
	w := newWaiter()
	b.Enter(ledger.Transfer{From: a, In: 5}, w, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Run(ctx)
	if err := <-w.done; err != nil || b.posted("a").String() != "5" {
		t.Errorf("%v, posted %s", err, b.posted("a"))
	}
}

// TestOverflowRefusesOneEntry holds that neither of its balances moves, and that those
// written with it do.
func TestOverflowRefusesOneEntry(t *testing.T) {
	d := newDisk()
	b, stop := open(t, d, never(t))
	defer stop()
	lowest, a, z := b.account(t, "lowest"), b.account(t, "a"), b.account(t, "z")
	bottom, err := balance.Parse("-170141183460469231731687303715884105728")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Record("lowest", bottom, nil); err != nil {
		t.Fatal(err)
	}
	bad, good := newWaiter(), newWaiter()
	b.Enter(ledger.Transfer{From: a, To: lowest, In: 7, Out: 1, AtMid: 1}, bad, nil)
	b.Enter(ledger.Transfer{From: a, To: z, In: math.MaxUint64, Out: 3, AtMid: 3}, good, nil)
	if err := <-bad.done; !errors.Is(err, ledger.ErrOverflow) {
		t.Errorf("error %v", err)
	}
	if err := <-good.done; err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(b.posted("a"), b.posted("z")); got != "18446744073709551615 -3" {
		t.Errorf("posted %s", got)
	}
}

func TestBalanceInAnotherUnitIsRefused(t *testing.T) {
	d := newDisk()
	b, stop := open(t, d, never(t))
	if err := b.Record(b.account(t, "a").ID, balance.FromInt64(-15), nil); err != nil {
		t.Fatal(err)
	}
	stop()
	b, stop = open(t, d, never(t))
	defer stop()
	for _, a := range []*account.Account{newAccount("a", "EUR", 9), newAccount("a", "USD", 6)} {
		unit, ok := errors.AsType[*ledger.UnitError](b.Attach(a))
		if !ok || unit.Posted.String() != "-15" || !strings.Contains(unit.Configured, a.AssetCode) {
			t.Errorf("%s at scale %d: %v", a.AssetCode, a.AssetScale, unit)
		}
	}
	if former := b.Former(); len(former) != 1 || former[0].Unit() != "USD with scale 9" {
		t.Errorf("%d balances", len(former))
	}
}

// TestZeroInAnotherUnitBeginsAnew holds that the unit of an account may change at 0, and
// that what is entered is waited for.
func TestZeroInAnotherUnitBeginsAnew(t *testing.T) {
	d := newDisk()
	b, stop := open(t, d, never(t))
	if err := b.Record(b.account(t, "a").ID, balance.FromInt64(-15), nil); err != nil {
		t.Fatal(err)
	}
	paid := newWaiter()
	b.Enter(ledger.Transfer{From: b.account(t, "a"), In: 15}, paid, nil)
	b.registry.Remove("a")
	a := newAccount("a", "USD", 6)
	if err := errors.Join(b.Attach(a), b.registry.Add(a)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(<-paid.done, b.Record("a", balance.FromInt64(4), nil)); err != nil {
		t.Fatal(err)
	}
	stop()
	b, stop = open(t, d, never(t))
	defer stop()
	if x := b.Lookup("a"); x.Posted().String() != "4" || x.Unit() != "USD with scale 6" || len(b.Former()) != 1 {
		t.Errorf("%s %s, %d balances", x.Posted(), x.Unit(), len(b.Former()))
	}
}

func TestDamagedBalancesAreRefused(t *testing.T) {
	for _, value := range []string{"", "5", "5 9", "x 9 USD", "5 256 USD", "5 -1 USD", " 9 USD"} {
		d := newDisk()
		if err := d.Apply(store.Batch{{Key: "balances/a", Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.New(ledger.Options{Failed: never(t)}).Open(d); err == nil {
			t.Errorf("%q is taken for a balance", value)
		}
		if yes, err := ledger.IsBalance("balances/a", []byte(value)); !yes || err == nil {
			t.Errorf("%q: %t, %v", value, yes, err)
		}
	}
}

// TestEnterAllocatesNothing holds once the slices have grown.
func TestEnterAllocatesNothing(t *testing.T) {
	d := newDisk()
	b, stop := open(t, &nowhere{d}, never(t))
	defer stop()
	a, z := b.account(t, "a"), b.account(t, "z")
	w := &waiter{done: make(chan error, 1)}
	if n := testing.AllocsPerRun(1000, func() {
		b.Enter(ledger.Transfer{From: a, To: z, In: 1, Out: 1, AtMid: 1}, w, nil)
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
		a := b.account(t, "a")
		batch := new(ilp.ReadBatch)
		batch.Begin(clock.Now())
		first, second := newWaiter(), newWaiter()
		b.Enter(ledger.Transfer{From: a, In: 1}, first, batch)
		synctest.Wait()
		if d.applied != 0 {
			t.Error("written before the batch ended")
		}
		b.Enter(ledger.Transfer{From: a, In: 1}, second, batch)
		batch.End()
		if err := errors.Join(<-first.done, <-second.done); err != nil || d.applied != 1 {
			t.Errorf("%d writes, %v", d.applied, err)
		}
	})
}
