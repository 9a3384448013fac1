package settle

import (
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// below plans an account that settles below -100, up to 0.
var below = plan{threshold: -100}

func TestDebtIsPaidOnceBelowTheThreshold(t *testing.T) {
	b := newBank()
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		l.owe(100)
		synctest.Wait()
		l.wantBalance(t, -100, 0)
		l.owe(1)
		synctest.Wait()
		l.wantBalance(t, 0, 0)
		l.wantStates(t, Confirmed)
		hour()
		if b.total() != amount(101) || len(b.asked()) != 1 {
			t.Errorf("paid %s in %d calls", b.total(), len(b.asked()))
		}
	})
}

func TestPrefundingIsDueAtTheStartAndOnlyOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, b := newDisk(), newBank()
		for range 3 {
			l := startPayer(d, b, plan{threshold: 10, to: 50})
			synctest.Wait()
			l.wantBalance(t, 50, 0)
			l.end()
		}
		if b.total() != amount(50) {
			t.Errorf("paid %s", b.total())
		}
	})
}

func TestSettlementIsDurableBeforeMoneyMoves(t *testing.T) {
	b := newBank()
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		b.saw = func(p Payment) {
			if s := l.disk.state("bob", p.ID); s != Sent {
				t.Errorf("asked to pay what is %s on disk", s)
			}
			l.wantBalance(t, -200, 200)
		}
		l.owe(200)
		synctest.Wait()
	})
}

func TestNotSentRestoresTheDebtAndIsTriedUnderANewID(t *testing.T) {
	b := newBank(refuses, refuses)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		synctest.Wait()
		l.wantBalance(t, -200, 0)
		l.wantStates(t, NotSent)
		l.owe(50) // what is owed by then is paid
		hour()
		l.wantBalance(t, 0, 0)
		l.wantStates(t, Confirmed, NotSent, NotSent)
		if b.distinct() != 3 || b.total() != amount(250) {
			t.Errorf("%d ids, paid %s", b.distinct(), b.total())
		}
		if l.raised(alertNotSent) != 2 || l.raised(alertUnknown) != 0 {
			t.Errorf("alerts %q", l.alerts)
		}
	})
}

func TestUnknownIsAskedAgainUnderTheSameIDAndBlocksTheRest(t *testing.T) {
	b := newBank(losesPaid, losesUnpaid, hangsUnpaid, panicsPaid)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		synctest.Wait()
		l.wantBalance(t, -200, 200)
		l.wantStates(t, Unknown)
		l.owe(1000)
		synctest.Wait()
		l.wantBalance(t, -1200, 200)
		if err := l.payer.SettleNow("bob"); !errors.Is(err, ErrUnknown) {
			t.Errorf("settle now: %v", err)
		}
		hour()
		if ids := b.asked(); len(ids) != 6 || b.distinct() != 2 || ids[4] != ids[0] {
			t.Errorf("asked %q", ids)
		}
		l.wantBalance(t, 0, 0)
		l.wantStates(t, Confirmed, Confirmed)
		if l.raised(alertUnknown) != 4 || b.total() != amount(1200) {
			t.Errorf("alerts %q, paid %s", l.alerts, b.total())
		}
	})
}

// The first call may have paid, so the refusal of a later one proves nothing.
func TestRefusalAfterUnknownDoesNotRestoreTheDebt(t *testing.T) {
	b := newBank(losesPaid, refuses, refuses)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		synctest.Wait()
		for range 2 {
			_ = l.payer.SettleNow("bob")
			synctest.Wait()
			l.wantBalance(t, -200, 200)
			l.wantStates(t, Unknown)
		}
		hour()
		l.wantBalance(t, 0, 0)
		if b.total() != amount(200) {
			t.Errorf("paid %s", b.total())
		}
	})
}

func TestVoidAfterUnknownRestoresTheDebt(t *testing.T) {
	b := newBank(losesUnpaid, voids)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		hour()
		l.wantStates(t, Confirmed, NotSent)
		l.wantBalance(t, 0, 0)
		if b.total() != amount(200) || b.distinct() != 2 {
			t.Errorf("paid %s under %d ids", b.total(), b.distinct())
		}
	})
}

func TestSettlerIsCutShortAfterItsTime(t *testing.T) {
	b := newBank(hangsPaid)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		time.Sleep(payTimeoutDefault - 1)
		synctest.Wait()
		l.wantStates(t, Sent)
		time.Sleep(1)
		synctest.Wait()
		l.wantStates(t, Unknown)
		hour()
		l.wantStates(t, Confirmed)
	})
}

func TestConsiderDoesNotWaitForTheLedger(t *testing.T) {
	b := newBank()
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		blocked := make(chan struct{})
		l.process.mu.Lock()
		l.process.blocked = blocked
		l.process.mu.Unlock()
		for range 10 {
			l.owe(200) // would never return
		}
		close(blocked)
		synctest.Wait()
		l.wantBalance(t, 0, 0)
	})
}

// A packet that finds the worker busy relies on it to check again before it ends.
func TestWorkerChecksOnceMoreBeforeItEnds(t *testing.T) {
	withPayer(t, newBank(), plan{threshold: -100, idle: true}, func(t *testing.T, l *fixture) {
		worker := l.payer.find("bob")
		worker.busy.Store(true) // as if it had just found nothing to do
		l.owe(200)
		if worker.rest() {
			t.Error("a debt of 200 is overlooked")
		}
		l.account.Balance.Settle(amount(0), amount(0)) // and so there is none
		if !worker.rest() || worker.busy.Load() {
			t.Error("a worker with nothing to do does not end")
		}
	})
}

func TestNoDebtIsOverlookedWhilePacketsRace(t *testing.T) {
	b := newBank()
	withPayer(t, b, plan{threshold: 0}, func(t *testing.T, l *fixture) {
		const rounds = 1000
		for range rounds {
			var packets sync.WaitGroup
			for range 4 {
				packets.Go(func() { l.owe(1) })
			}
			packets.Wait()
			synctest.Wait()
			if s := l.account.Balance.Snapshot(); s.Posted != amount(0) {
				t.Fatalf("posted %s", s.Posted)
			}
		}
		if b.total() != amount(4*rounds) {
			t.Errorf("paid %s", b.total())
		}
	})
}

func TestOnlyWholeUnitsOfTheLedgerArePaid(t *testing.T) {
	b := newBank()
	withPayer(t, coarse{b}, plan{threshold: -100, scale: 9}, func(t *testing.T, l *fixture) {
		l.owe(999)
		synctest.Wait()
		l.wantBalance(t, -999, 0)
		l.wantStates(t)
		l.owe(2000)
		synctest.Wait()
		l.wantBalance(t, -999, 0)
		if got := b.calls[0]; got.Amount != amount(2) || got.Scale != 6 {
			t.Errorf("asked to pay %s in scale %d", got.Amount, got.Scale)
		}
		if s := l.payer.History()[0]; s.Amount != amount(2000) {
			t.Errorf("settled %s", s.Amount)
		}
	})
}

// coarse is a bank of a ledger of scale 6.
type coarse struct{ *bank }

func (coarse) Scale() uint8 { return 6 }

func TestSettleNowOfLessThanAUnitSaysHowMuch(t *testing.T) {
	withPayer(t, coarse{newBank()}, plan{threshold: -100, to: -50, scale: 9}, func(t *testing.T, l *fixture) {
		for _, debt := range []struct {
			more uint64
			want string
		}{
			{0, ErrNothingOwed.Error()},
			{50, ErrNothingOwed.Error()},
			{900, "900 is owed, and the settler pays in units of 1000"},
		} {
			if debt.more > 0 {
				l.owe(debt.more)
			}
			if err := l.payer.SettleNow("bob"); !errors.Is(err, ErrNothingOwed) || err.Error() != debt.want {
				t.Errorf("after %d more: %v", debt.more, err)
			}
		}
		l.owe(100)
		if err := l.payer.SettleNow("bob"); err != nil {
			t.Error(err)
		}
	})
}

func TestAFailedRecordStopsEverything(t *testing.T) {
	b := newBank()
	withPayer(t, b, plan{threshold: -100, dieAt: 3}, func(t *testing.T, l *fixture) {
		l.process.killed = nil // the process lives on, with a ledger that is broken
		l.owe(200)
		synctest.Wait()
		if s := l.disk.state("bob", b.calls[0].ID); s != Sent {
			t.Errorf("%s on disk", s)
		}
		l.owe(500)
		hour()
		if err := l.payer.SettleNow("bob"); !errors.Is(err, ErrBroken) {
			t.Errorf("settle now: %v", err)
		}
		if len(b.asked()) != 1 || l.raised(alertBroken) != 1 {
			t.Errorf("asked %q, alerts %q", b.asked(), l.alerts)
		}
	})
}
