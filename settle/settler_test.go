package settle

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// startingBank is a bank where accounts are set up and removed.
type startingBank struct {
	*bank
	mu     sync.Mutex
	log    []string
	starts []error // of the next calls of Start
}

func (o *startingBank) note(call string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.log = append(o.log, call)
}

func (o *startingBank) Start(context.Context) error {
	o.note("start")
	if len(o.starts) == 0 {
		return nil
	}
	err := o.starts[0]
	o.starts = o.starts[1:]
	return err
}

func (o *startingBank) Remove(context.Context) error {
	o.note("remove")
	return nil
}

func (o *startingBank) Pay(ctx context.Context, p Payment) error {
	o.note("pay")
	return o.bank.Pay(ctx, p)
}

func (o *startingBank) wantLog(t *testing.T, want ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	ok := len(o.log) == len(want)
	for i := range want {
		ok = ok && o.log[i] == want[i]
	}
	if !ok {
		t.Errorf("called %q, want %q", o.log, want)
	}
}

func TestSettlerStartsBeforeItPaysAndUntilItDoes(t *testing.T) {
	o := &startingBank{bank: newBank(), starts: []error{errBank, errBank}}
	withPayer(t, o, below, func(t *testing.T, l *fixture) {
		o.wantLog(t, "start") // although nothing is due: others must be able to pay us
		l.owe(200)
		synctest.Wait()
		o.wantLog(t, "start")
		hour()
		o.wantLog(t, "start", "start", "start", "pay")
		if l.raised(kindStart) != 2 {
			t.Errorf("alerts %q", l.alerts)
		}
	})
}

func TestSettlerStartsAnewAfterItSentNothing(t *testing.T) {
	o := &startingBank{bank: newBank(refuses)}
	withPayer(t, o, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		hour()
		o.wantLog(t, "start", "pay", "start", "pay")
	})
}

// A settler that has lost its memory, and the account with it, would pay again if we set the
// account up again.
func TestSettlerIsNotStartedWhileASettlementIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, o := newDisk(), &startingBank{bank: newBank(losesPaid, losesPaid, losesPaid, losesPaid)}
		l := startPayer(d, o, below)
		synctest.Wait()
		l.owe(200)
		synctest.Wait()
		l.end()
		o.log = nil
		l = startPayer(d, o, below)
		hour()
		o.wantLog(t, "pay", "pay", "pay", "pay", "start")
		l.end()
	})
}

func TestRemovedSettlerIsToldUnlessItIsNeeded(t *testing.T) {
	o := &startingBank{bank: newBank(losesPaid)}
	withPayer(t, o, below, func(t *testing.T, l *fixture) {
		open(t, l)
		if err := l.payer.Remove(t.Context(), "bob"); !errors.Is(err, ErrOpen) {
			t.Error(err)
		}
		hour()
		l.wantStates(t, Confirmed)
		if err := l.payer.Remove(t.Context(), "bob"); err != nil {
			t.Error(err)
		}
		o.wantLog(t, "start", "pay", "pay", "remove")
		if err := l.payer.Remove(t.Context(), "bob"); !errors.Is(err, ErrNoAccount) {
			t.Error(err)
		}
	})
}

// An account whose configuration changes goes on where it was, with its old balance.
func TestDetachKeepsWhatIsOpen(t *testing.T) {
	b := newBank(hangsPaid)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		synctest.Wait()
		if err := l.payer.Detach("bob"); err != nil {
			t.Error(err)
		}
		l.wantBalance(t, -200, 0)
		l.owe(500)
		hour()
		if len(b.asked()) != 1 {
			t.Error("a detached account settles")
		}
		if err := l.payer.Add(l.account, b, 0); err != nil {
			t.Fatal(err)
		}
		l.payer.Begin("bob")
		if err := l.payer.Add(l.account, b, 0); err == nil {
			t.Error("added twice")
		}
		synctest.Wait()
		l.wantStates(t, Confirmed, Confirmed)
		l.wantBalance(t, 0, 0)
		if b.total() != amount(700) || b.distinct() != 2 {
			t.Errorf("paid %s under %d ids", b.total(), b.distinct())
		}
	})
}

func TestSettlesEverySoOften(t *testing.T) {
	b := newBank()
	withPayer(t, b, plan{noThreshold: true, every: time.Hour}, func(t *testing.T, l *fixture) {
		for range 3 {
			l.owe(10)
			time.Sleep(time.Hour - 1)
			synctest.Wait()
			l.wantBalance(t, -10, 0)
			time.Sleep(1)
			synctest.Wait()
			l.wantBalance(t, 0, 0)
		}
		hour() // nothing is owed
		l.wantStates(t, Confirmed, Confirmed, Confirmed)
	})
}

func TestRestartsDoNotPutOffWhatIsPeriodic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := newDisk(), newBank()
		daily := plan{noThreshold: true, every: 24 * time.Hour}
		l := startPayer(d, b, daily)
		synctest.Wait()
		l.owe(1)
		_ = l.payer.SettleNow("bob")
		synctest.Wait()
		l.owe(10)
		for range 23 {
			hour()
			l.wantBalance(t, -10, 0)
			l.end()
			l = startPayer(d, b, daily)
		}
		hour()
		l.wantBalance(t, 0, 0)
		l.end()
	})
}

func TestOutOfBandSettlesAtOnceAndIsRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		l := startPayer(d, Manual{}, below)
		synctest.Wait()
		blocked := make(chan struct{})
		l.process.blocked = blocked
		l.owe(200)
		if s := l.account.Balance.Snapshot(); s.Posted.Sign() != 0 {
			t.Errorf("posted %s when Consider returns", s.Posted)
		}
		l.owe(300)
		close(blocked)
		synctest.Wait()
		l.wantBalance(t, 0, 0)
		l.owe(400)
		l.end() // and not wait: what is in memory is written at the end
		l.wantBalance(t, 0, 0)
		for _, s := range l.payer.History() {
			if s.State != Booked {
				t.Errorf("%+v", s)
			}
		}
	})
}
