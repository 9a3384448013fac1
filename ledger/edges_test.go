package ledger_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

// TestInvalidChangeIsAnErrorOfItsCallerAlone holds that neither packets that are written
// with it nor the ledger suffer from it.
func TestInvalidChangeIsAnErrorOfItsCallerAlone(t *testing.T) {
	for _, key := range []string{"", "receipts/a/\xff", strings.Repeat("x", store.KeyMax+1)} {
		d := newDisk()
		d.gate = make(chan struct{}, 10)
		b, stop := open(t, d, never(t))
		a, z := b.account(t, "a"), b.account(t, "z")
		first, innocent := newWaiter(), newWaiter()
		b.Enter(ledger.Transfer{From: a, To: z, In: 1, Out: 1, AtMid: 1}, first, nil) // its write waits for the gate
		recorded := make(chan error, 1)
		go func() { recorded <- b.Record("a", balance.Amount{}, store.Batch{{Key: key, Value: []byte("x")}}) }()
		if err := <-recorded; !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%.20q: %v", key, err)
		}
		b.Enter(ledger.Transfer{From: a, To: z, In: 5, Out: 5, AtMid: 5}, innocent, nil)
		close(d.gate)
		if err := errors.Join(<-first.done, <-innocent.done, b.Err()); err != nil {
			t.Errorf("%.20q: %v", key, err)
		}
		stop()
	}
}

func TestAccountIDThatNoStoreKeepsIsRefused(t *testing.T) {
	b, stop := open(t, newDisk(), never(t))
	defer stop()
	for _, id := range []string{strings.Repeat("x", store.KeyMax), "\xff"} {
		if err := b.Attach(newAccount(id, "USD", 9)); err == nil || b.Lookup(id) != nil {
			t.Errorf("%.20q is taken", id)
		}
	}
}

// lagging is a ledger that tells when it lags behind.
type lagging struct {
	*opened
	disk *disk
	told chan bool
}

func lag(t *testing.T, stall time.Duration) (l *lagging, stop func()) {
	l = &lagging{disk: newDisk(), told: make(chan bool, 10)}
	l.disk.gate = make(chan struct{}, 1<<20)
	l.opened, stop = open(t, l.disk, never(t), func(o *ledger.Options) {
		o.Stall, o.Stalled = stall, func(stalled bool) { l.told <- stalled }
	})
	return l, stop
}

// lags reports whether it lags behind now.
func (l *lagging) lags() bool { return l.State(clock.Now().Steady) == ledger.Busy }

// TestStoreThatHangsIsTold holds that a ledger lags behind from the moment on at which the
// oldest change has waited for too long, whether it is being written or behind another,
// and not after it is written.
func TestStoreThatHangsIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, stop := lag(t, time.Second)
		defer stop()
		a := l.account(t, "a")
		for range 3 {
			first, second := newWaiter(), newWaiter()
			l.Enter(ledger.Transfer{From: a, In: 1}, first, nil)
			synctest.Wait()
			time.Sleep(600 * time.Millisecond)
			l.Enter(ledger.Transfer{From: a, In: 1}, second, nil)
			time.Sleep(400*time.Millisecond - 1)
			if l.lags() || len(l.told) > 0 {
				t.Fatal("it lags behind too early")
			}
			time.Sleep(1)
			synctest.Wait()
			if !l.lags() || len(l.told) != 1 || !<-l.told {
				t.Fatal("it does not lag behind")
			}
			l.disk.gate <- struct{}{}
			<-first.done
			synctest.Wait()
			if l.lags() || len(l.told) != 1 || <-l.told {
				t.Fatal("the second has waited for 400 ms only")
			}
			time.Sleep(600 * time.Millisecond)
			synctest.Wait()
			if !l.lags() || !<-l.told {
				t.Fatal("the second has waited for a second")
			}
			l.disk.gate <- struct{}{}
			<-second.done
			synctest.Wait()
			if l.lags() || <-l.told {
				t.Fatal("nothing waits")
			}
			time.Sleep(time.Hour)
		}
		if len(l.told) > 0 {
			t.Error("told more than there was")
		}
	})
}

func TestTooManyChangesAreLag(t *testing.T) {
	l, stop := lag(t, time.Hour)
	defer stop()
	a := l.account(t, "a")
	w := &waiter{done: make(chan error, 2*ledger.EntriesMax)}
	for i := range ledger.EntriesMax {
		if l.lags() {
			t.Fatalf("it lags behind with %d changes", i)
		}
		l.Enter(ledger.Transfer{From: a, In: 1}, w, nil)
	}
	if !l.lags() {
		t.Error("it does not lag behind")
	}
	l.Enter(ledger.Transfer{From: a, In: 1}, w, nil) // of a packet that was under way
	close(l.disk.gate)
	for range ledger.EntriesMax + 1 {
		if err := <-w.done; err != nil {
			t.Fatal(err)
		}
	}
	if l.lags() || l.posted("a").String() != "65537" {
		t.Errorf("posted %s, lags %t", l.posted("a"), l.lags())
	}
}

// TestBatchThatNeverEndsIsWritten holds that a ledger does not rely on a flush: whoever read
// the batch may have died.
func TestBatchThatNeverEndsIsWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, stop := open(t, newDisk(), never(t))
		defer stop()
		batch := new(ilp.ReadBatch)
		batch.Begin(clock.Now())
		w := newWaiter()
		b.Enter(ledger.Transfer{From: b.account(t, "a"), In: 1}, w, batch)
		began := time.Now()
		if err := <-w.done; err != nil || time.Since(began) != time.Second {
			t.Errorf("written after %v: %v", time.Since(began), err)
		}
	})
}

// broken is a store with a bug.
type broken struct{ *disk }

func (broken) Apply(store.Batch) error { panic("a bug") }

func TestStoreThatPanicsHasFailed(t *testing.T) {
	var told error
	b, stop := open(t, broken{newDisk()}, func(err error) { told = err })
	defer stop()
	err := b.Record(b.account(t, "a").ID, balance.FromInt64(1), nil)
	if err == nil || !strings.Contains(err.Error(), "a bug") || b.Err() == nil || told == nil {
		t.Errorf("%v, %v", err, told)
	}
}

// TestOutputThatPanicsDoesNotEndTheLedger is for what an answer is written to.
func TestOutputThatPanicsDoesNotEndTheLedger(t *testing.T) {
	var cause any
	b, stop := open(t, newDisk(), never(t), func(o *ledger.Options) { o.Panicked = func(c any) { cause = c } })
	a, w := b.account(t, "a"), new(touching)
	b.Enter(ledger.Transfer{From: a, In: 1}, w, nil)
	if err := b.Record("a", balance.FromInt64(1), nil); err != nil {
		t.Error(err)
	}
	if err := b.Record("a", balance.FromInt64(1), nil); err != nil || b.posted("a").String() != "3" {
		t.Errorf("posted %s, %v", b.posted("a"), err)
	}
	stop()
	if cause != "a bug" {
		t.Errorf("told %v", cause)
	}
}

// touching is a packet whose answer goes to an output with a bug.
type touching struct{}

func (w *touching) Written(batch *ilp.ReadBatch, _ error) { batch.Touch(w) }
func (*touching) Flush()                                  { panic("a bug") }
