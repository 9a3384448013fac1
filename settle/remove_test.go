package settle

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// failingRemover is a Remover that fails.
type failingRemover struct{ Settler }

func (failingRemover) Remove(context.Context) error { return errBank }

// settlersByKind returns settlers of each kind that matters when an account is removed.
func settlersByKind(script ...behavior) map[string]Settler {
	return map[string]Settler{
		"plain": newBank(script...), "remover": &startingBank{bank: newBank(script...)}, "failingRemover": failingRemover{newBank(script...)},
	}
}

// block makes records wait until release is called.
func (p *process) block() (release func()) {
	blocked := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.blocked = blocked
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.blocked = nil
		close(blocked)
	}
}

// openOn returns the states of the open settlements on the disk.
func (d *disk) openOn(accountID string) (open []State) {
	_ = d.Load(settlementsOf(accountID), func(key string, _ []byte) error {
		if s := d.state(accountID, strings.TrimPrefix(key, settlementsOf(accountID))); s.Open() {
			open = append(open, s)
		}
		return nil
	})
	return open
}

// wantWhole checks that an account is gone with nothing open, or stays and goes on settling.
func (l *fixture) wantWhole(t *testing.T, removed error) {
	t.Helper()
	open := l.disk.openOn("bob")
	now := l.payer.SettleNow("bob")
	switch {
	case errors.Is(removed, ErrOpen):
		if errors.Is(now, ErrNoAccount) {
			t.Error("it was refused to remove the account, but it settles no more")
		}
	case removed != nil && !errors.Is(removed, errBank):
		t.Errorf("remove: %v", removed)
	default:
		if len(open) > 0 || !errors.Is(now, ErrNoAccount) {
			t.Errorf("removed, but open are %v, and to settle now says %v", open, now)
		}
		if s := l.account.Balance.Snapshot(); s.Settling.Sign() != 0 || s.Posted != l.disk.balance("bob") {
			t.Errorf("removed, but posted are %s, on disk %s, settling %s", s.Posted, l.disk.balance("bob"), s.Settling)
		}
	}
}

func TestAccountIsNotRemovedWhileASettlementBegins(t *testing.T) {
	for name, s := range settlersByKind(hangsPaid) {
		t.Run(name, func(t *testing.T) {
			withPayer(t, s, below, func(t *testing.T, l *fixture) {
				release := l.process.block()
				l.owe(200)
				synctest.Wait() // it is being written down as intended
				removed := make(chan error, 1)
				go func() { removed <- l.payer.Remove(context.Background(), "bob") }()
				synctest.Wait()
				release()
				err := <-removed
				if !errors.Is(err, ErrOpen) {
					t.Errorf("remove: %v", err)
				}
				l.wantWhole(t, err)
				hour()
				l.wantStates(t, Confirmed)
				l.wantBalance(t, 0, 0)
				err = l.payer.Remove(t.Context(), "bob")
				if errors.Is(err, ErrOpen) {
					t.Errorf("remove once it is settled: %v", err)
				}
				l.wantWhole(t, err)
			})
		})
	}
}

// A record that failed may have reached the disk.
func TestAccountIsNotRemovedIfItMayHaveASettlementOnDisk(t *testing.T) {
	for _, written := range []bool{false, true} {
		b := newBank()
		withPayer(t, b, plan{threshold: -100, dieAt: 1, written: written}, func(t *testing.T, l *fixture) {
			l.process.killed = nil
			l.owe(200)
			synctest.Wait()
			if err := l.payer.Remove(t.Context(), "bob"); !errors.Is(err, ErrOpen) {
				t.Errorf("written %t: %v", written, err)
			}
		})
	}
}

// Operators may write off at once. The one who is told that nothing is owed must not hide the
// entry that is still being written.
func TestRemoveWaitsForAWriteOffThoughAnotherIsRefused(t *testing.T) {
	withPayer(t, Manual{}, plan{noThreshold: true}, func(t *testing.T, l *fixture) {
		l.owe(20)
		release, first := l.process.block(), make(chan error, 1)
		go func() { first <- l.payer.WriteOff("bob", noNote) }()
		synctest.Wait()
		for range 2 {
			if err := l.payer.Remove(t.Context(), "bob"); !errors.Is(err, ErrOpen) {
				t.Errorf("remove during a write-off: %v", err)
			}
			if err := l.payer.WriteOff("bob", noNote); !errors.Is(err, ErrNothingOwed) {
				t.Errorf("second write-off: %v", err)
			}
		}
		release()
		if err := <-first; err != nil {
			t.Error(err)
		}
		l.wantBalance(t, 0, 0)
		if err := l.payer.Remove(t.Context(), "bob"); err != nil {
			t.Errorf("remove after the write-off: %v", err)
		}
	})
}

// Two entries begin, and the first has ended. The account stays until the second one has.
func TestRemoveWaitsForTheLastOfTwoWriteOffs(t *testing.T) {
	withPayer(t, Manual{}, plan{noThreshold: true}, func(t *testing.T, l *fixture) {
		w := l.payer.find("bob")
		for range 2 {
			l.owe(20)
			if _, _, due := w.beginOne(w.reserveDebt); !due {
				t.Error("nothing is due")
			}
		}
		for range 2 {
			if err := l.payer.Remove(t.Context(), "bob"); !errors.Is(err, ErrOpen) {
				t.Errorf("remove during a write-off: %v", err)
			}
			if _, err := w.recordNew(WrittenOff, amount(20), amount(20), amount(20), nil); err != nil {
				t.Error(err)
			}
			l.account.Balance.Settled(amount(20))
		}
		if err := l.payer.Remove(t.Context(), "bob"); err != nil {
			t.Errorf("remove after both: %v", err)
		}
	})
}

// No settlement begins once the log is closed, however long the goroutine takes to end.
func TestNoSettlementBeginsWhileAnAccountIsRemoved(t *testing.T) {
	b := newBank(refuses)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		b.pause = make(chan struct{})
		l.owe(200)
		synctest.Wait() // it is being asked, and does not look at its context
		worker := l.payer.find("bob")
		detached := make(chan error)
		go func() { detached <- l.payer.Detach("bob") }()
		synctest.Wait()
		if err := l.payer.Add(l.account, b, 0); err == nil {
			t.Error("a second goroutine settles beside the first")
		}
		for _, again := range []error{l.payer.Detach("bob"), l.payer.Remove(t.Context(), "bob"), l.payer.SettleNow("bob")} {
			if !errors.Is(again, ErrNoAccount) {
				t.Errorf("while it is detached: %v", again)
			}
		}
		close(b.pause)
		if err := <-detached; err != nil {
			t.Error(err)
		}
		worker.settleAll() // by a caller that found it before
		hour()
		if len(b.asked()) != 1 {
			t.Errorf("asked %q", b.asked())
		}
		l.wantBalance(t, -200, 0)
	})
}

// Detach applies an operator's resolution, and does not leave it to the time that Resolve has.
func TestResolutionIsAppliedBeforeAnAccountIsDetached(t *testing.T) {
	b := newBank(losesUnpaid)
	withPayer(t, b, below, func(t *testing.T, l *fixture) {
		id := open(t, l)
		b.pause = make(chan struct{})
		_ = l.payer.SettleNow("bob")
		b.then(losesUnpaid)
		synctest.Wait() // it is being asked
		said := make(chan error, 1)
		go func() { said <- l.payer.Resolve(context.Background(), "bob", id, true) }()
		synctest.Wait()
		detached := make(chan error, 1)
		go func() { detached <- l.payer.Detach("bob") }()
		synctest.Wait()
		if err := l.payer.Resolve(t.Context(), "bob", id, false); !errors.Is(err, ErrNoAccount) {
			t.Errorf("a second resolution: %v", err)
		}
		close(b.pause)
		if err := errors.Join(<-said, <-detached); err != nil {
			t.Error(err)
		}
		if s := l.disk.state("bob", id); s != Confirmed {
			t.Errorf("on disk it is %s", s)
		}
		l.wantBalance(t, 0, 0)
	})
}

// A settlement out of band is in memory first. A packet that found the account before it was
// removed must not raise a balance that is not recorded any more.
func TestNothingIsSettledOutOfBandOnceTheAccountIsRemoved(t *testing.T) {
	withPayer(t, Manual{}, below, func(t *testing.T, l *fixture) {
		l.owe(200)
		synctest.Wait()
		l.wantBalance(t, 0, 0)
		worker := l.payer.find("bob")
		if err := l.payer.Remove(t.Context(), "bob"); err != nil {
			t.Fatal(err)
		}
		l.owe(300)
		worker.settleOutOfBand()
		synctest.Wait()
		l.wantBalance(t, -300, 0)
	})
}

// TestRemoveRacesWithSettlements removes an account while packets, operators and the
// clock begin settlements, until it is gone.
func TestRemoveRacesWithSettlements(t *testing.T) {
	kinds := settlersByKind()
	kinds["out of band"] = Manual{}
	for name, s := range kinds {
		t.Run(name, func(t *testing.T) {
			for round := range 200 {
				synctest.Test(t, func(t *testing.T) { removeRaces(t, s, round) })
			}
		})
	}
}

func removeRaces(t *testing.T, s Settler, round int) {
	l := startPayer(newDisk(), s, plan{threshold: -10, every: time.Millisecond})
	if round%2 == 0 {
		synctest.Wait() // the settler has started
	}
	var racing sync.WaitGroup
	for range 2 {
		racing.Go(func() {
			for range 20 {
				l.owe(7)
				time.Sleep(time.Duration(round%3) * time.Millisecond)
			}
		})
		racing.Go(func() {
			for range 20 {
				_ = l.payer.SettleNow("bob")
				_ = l.payer.WriteOff("bob", noNote)
				time.Sleep(time.Duration(round%2) * time.Millisecond)
			}
		})
	}
	removals := make(chan error, 2)
	for range 2 {
		racing.Go(func() {
			time.Sleep(time.Duration(round%5) * time.Millisecond)
			err := ErrOpen
			for errors.Is(err, ErrOpen) {
				if err = l.payer.Remove(context.Background(), "bob"); err != ErrOpen && !errors.Is(err, ErrNoAccount) {
					if open := l.disk.openOn("bob"); len(open) > 0 {
						err = fmt.Errorf("removed with %v open", open)
					}
				}
			}
			removals <- err
		})
	}
	racing.Wait()
	l.end()
	one, other := <-removals, <-removals
	if errors.Is(one, ErrNoAccount) {
		one, other = other, one
	}
	if !errors.Is(other, ErrNoAccount) {
		t.Errorf("two removals: %v and %v", one, other)
	}
	l.wantWhole(t, one)
}
