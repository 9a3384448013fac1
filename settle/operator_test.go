package settle

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/clock"
)

func TestSettleNowPaysAboveTheThreshold(t *testing.T) {
	b := newBank()
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		if err := l.payer.SettleNow("bob"); !errors.Is(err, ErrNothingOwed) {
			t.Error(err)
		}
		if err := l.payer.SettleNow("alice"); !errors.Is(err, ErrNoAccount) {
			t.Error(err)
		}
		l.owe(7)
		if err := l.payer.SettleNow("bob"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		l.wantBalance(t, 0, 0)
	})
}

func TestSettleNowNeedsNoThreshold(t *testing.T) {
	b := newBank()
	withPayer(t, b, plan{noThreshold: true}, func(t *testing.T, l *fixture) {
		l.owe(7)
		hour()
		l.wantBalance(t, -7, 0)
		if err := l.payer.SettleNow("bob"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		l.wantBalance(t, 0, 0)
	})
}

func TestSettleNowEndsThePause(t *testing.T) {
	b := newBank(refuses, refuses, refuses, refuses, refuses)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		began := time.Now()
		for range 5 {
			synctest.Wait()
			if err := l.payer.SettleNow("bob"); err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		l.wantBalance(t, 0, 0)
		if passed := time.Since(began); passed != 0 {
			t.Errorf("it took %s", passed)
		}
	})
}

func TestUrgeSettlesAtMostOnceAMinute(t *testing.T) {
	b := newBank()
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		urge := func(want int64) {
			t.Helper()
			l.owe(10)
			l.payer.Urge(l.account)
			synctest.Wait()
			l.wantBalance(t, want, 0)
		}
		urge(0)
		urge(-10)
		time.Sleep(urgeEvery - 1)
		urge(-20)
		time.Sleep(1)
		urge(0)
	})
}

func TestUrgeIsPacedBySteadyTime(t *testing.T) {
	var w payWorker
	now := clock.Now()
	for _, test := range []struct {
		name          string
		passed, moved time.Duration // by the steady clock, and by how much the wall clock is stepped
		want          bool
	}{
		{"the first", 0, 0, true},
		{"the wall clock is put forward", urgeEvery - 1, time.Hour, false},
		{"a minute has passed", 1, 0, true},
		{"the wall clock is put back", urgeEvery, -48 * time.Hour, true},
	} {
		now = now.Add(test.passed)
		now.Wall += int64(test.moved)
		if got := w.mayUrge(now); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
}

func TestUrgeDoesNothingForOneWhoNeverPays(t *testing.T) {
	b := newBank()
	withPayer(t, b, plan{noThreshold: true}, func(t *testing.T, l *fixture) {
		l.owe(10)
		l.payer.Urge(l.account)
		synctest.Wait()
		l.wantBalance(t, -10, 0)
	})
}

// open leaves bob with a settlement of 200 whose outcome is unknown.
func open(t *testing.T, l *fixture) (id string) {
	t.Helper()
	l.owe(200)
	synctest.Wait()
	l.wantStates(t, Unknown)
	return l.payer.History()[0].ID
}

func TestOperatorSaysItWasPaid(t *testing.T) {
	b := newBank(losesPaid, losesPaid, losesPaid)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		id := open(t, l)
		if err := l.payer.Resolve(t.Context(), "bob", id, true); err != nil {
			t.Error(err)
		}
		l.wantStates(t, Confirmed)
		l.wantBalance(t, 0, 0)
		if err := l.payer.Resolve(t.Context(), "bob", id, true); !errors.Is(err, ErrNotUnknown) {
			t.Errorf("a second time: %v", err)
		}
	})
}

func TestOperatorSaysItWasNotPaid(t *testing.T) {
	b := newBank(losesUnpaid)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		if err := l.payer.Resolve(t.Context(), "bob", open(t, l), false); err != nil {
			t.Error(err)
		}
		synctest.Wait() // and then it is paid, under another id
		l.wantStates(t, Confirmed, NotSent)
		l.wantBalance(t, 0, 0)
		if b.total() != amount(200) {
			t.Errorf("paid %s", b.total())
		}
	})
}

func TestOperatorCutsACallShort(t *testing.T) {
	b := newBank(losesUnpaid, hangsUnpaid)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		id := open(t, l)
		_ = l.payer.SettleNow("bob")
		synctest.Wait() // it hangs
		began := time.Now()
		if err := l.payer.Resolve(t.Context(), "bob", id, true); err != nil {
			t.Error(err)
		}
		if passed := time.Since(began); passed != 0 {
			t.Errorf("it took %s", passed)
		}
		l.wantStates(t, Confirmed)
	})
}

func TestSettlerThatHasPaidAfterAllIsBelieved(t *testing.T) {
	b := newBank(losesUnpaid)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		id := open(t, l)
		b.pause = make(chan struct{})
		_ = l.payer.SettleNow("bob")
		synctest.Wait() // it is being asked, and does not look at its context
		resolved := make(chan error)
		go func() { resolved <- l.payer.Resolve(context.Background(), "bob", id, false) }()
		synctest.Wait()
		close(b.pause)
		if err := <-resolved; !errors.Is(err, ErrNotUnknown) {
			t.Error(err)
		}
		l.wantStates(t, Confirmed)
		l.wantBalance(t, 0, 0)
	})
}

func TestOnlyWhatIsUnknownCanBeResolved(t *testing.T) {
	b := newBank(hangsPaid)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		synctest.Wait()
		s := l.payer.History()[0] // sent, and being asked for the first time
		if err := l.payer.Resolve(t.Context(), "bob", s.ID, false); !errors.Is(err, ErrNotUnknown) {
			t.Error(err)
		}
		if err := l.payer.Resolve(t.Context(), "alice", s.ID, false); !errors.Is(err, ErrNoAccount) {
			t.Error(err)
		}
		l.wantStates(t, Sent)
	})
}
