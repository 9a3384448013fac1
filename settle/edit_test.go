package settle

import (
	"errors"
	"testing"
	"testing/synctest"
)

// Nothing runs yet, so what the threshold has settled is in memory alone.
func TestEditFindsInMemoryWhatTheStoreHas(t *testing.T) {
	withPayer(t, Manual{}, plan{threshold: -100, to: 500, idle: true}, func(t *testing.T, l *fixture) {
		l.owe(200)
		if s := l.account.Balance.Snapshot(); s.Posted != amount(500) || l.disk.balance("bob") != amount(-200) {
			t.Errorf("posted %s, on disk %s", s.Posted, l.disk.balance("bob"))
		}
		if err := l.payer.Edit(func() error {
			l.wantBalance(t, 500, 0)
			l.wantStates(t, Booked)
			return errBank
		}, "bob", "nobody"); !errors.Is(err, errBank) {
			t.Errorf("edit: %v", err)
		}
		l.owe(700) // to -200, and back to 500
		l.owe(520)
		if err := l.payer.WriteOff("bob", noNote); err != nil {
			t.Error(err)
		}
		l.wantBalance(t, 0, 0)
		l.wantStates(t, WrittenOff, Booked, Booked)
	})
}

func TestEntriesWaitForTheLastEdit(t *testing.T) {
	withPayer(t, Manual{}, below, func(t *testing.T, l *fixture) {
		edit := func(do func()) {
			if err := l.payer.Edit(func() error { do(); return nil }, "bob"); err != nil {
				t.Error(err)
			}
		}
		edit(func() {
			edit(func() { l.owe(200) })
			l.payer.find("bob").wake() // the goroutine finds nothing to do
			hour()
			l.wantBalance(t, -200, 0)
			l.wantStates(t)
		})
		synctest.Wait()
		l.wantBalance(t, 0, 0)
		l.wantStates(t, Booked)
	})
}

func TestEditIsRefusedIfEntriesCannotBeRecorded(t *testing.T) {
	withPayer(t, Manual{}, plan{threshold: -100, idle: true, dieAt: 1}, func(t *testing.T, l *fixture) {
		l.owe(200)
		for range 2 {
			if err := l.payer.Edit(func() error {
				t.Error("it was called")
				return nil
			}, "bob"); !errors.Is(err, ErrBroken) {
				t.Errorf("edit: %v", err)
			}
		}
	})
}
