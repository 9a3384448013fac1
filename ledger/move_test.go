package ledger_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

// moved returns changes that write what was moved and the balance before and after.
func moved(amount, before, after balance.Amount) store.Batch {
	return store.Batch{{Key: "note", Value: []byte(amount.String() + " " + before.String() + " " + after.String())}}
}

// former makes a balance of an account that is gone: in memory too, or only in the store.
func former(t rapid.TB, d store.Store, id string, posted int64, known bool) (l *opened, stop func()) {
	l, stop = open(t, d, func(err error) { t.Log(err) })
	l.account(t, id)
	if err := l.Adjust(id, balance.FromInt64(posted), noted); err != nil {
		t.Fatal(err)
	}
	l.registry.Remove(id)
	if !known {
		stop()
		l, stop = open(t, d, func(err error) { t.Log(err) })
	}
	return l, stop
}

func TestMoveTakesTheWholeBalanceWithItsNote(t *testing.T) {
	for _, known := range []bool{true, false} {
		d := newDisk()
		l, stop := former(t, d, "old", -7, known)
		a := l.account(t, "new")
		if err := l.Adjust("new", balance.FromInt64(3), noted); err != nil {
			t.Fatal(err)
		}
		if err := l.Move("old", "new", moved); err != nil {
			t.Fatal(err)
		}
		if got := a.Balance.Snapshot().Posted.String() + " " + l.posted("new").String() + " " + l.posted("old").String(); got != "-4 -4 0" {
			t.Errorf("known %t: memory, store and former are %s", known, got)
		}
		if got := note(t, d); got != "-7 3 -4" {
			t.Errorf("known %t: the note is %q", known, got)
		}
		if err := l.Move("old", "new", moved); !errors.Is(err, ledger.ErrNoBalance) {
			t.Errorf("known %t: moved a second time: %v", known, err)
		}
		if got := l.account(t, "old").Balance.Snapshot().Posted; got.Sign() != 0 {
			t.Errorf("known %t: an account that comes again stands at %s", known, got)
		}
		stop()
	}
}

// A move obeys no limit of the new account: the debt is there, wherever it is kept.
func TestMoveObeysNoLimit(t *testing.T) {
	l, stop := former(t, newDisk(), "old", 7, false)
	defer stop()
	a := l.account(t, "new")
	a.Balance.SetLimits(balance.Limits{Minimum: balance.Finite(balance.Amount{}), Maximum: balance.Finite(balance.Amount{})})
	if err := l.Move("old", "new", moved); err != nil || a.Balance.Snapshot().Posted.String() != "7" {
		t.Errorf("%v, at %s", err, a.Balance.Snapshot().Posted)
	}
}

func TestMoveIsRefused(t *testing.T) {
	l, stop := former(t, newDisk(), "old", 7, true)
	defer stop()
	l.account(t, "new")
	coarse := newAccount("coarse", "USD", 2)
	euro := newAccount("euro", "EUR", 9)
	unlimited := newAccount("unlimited", "USD", 9)
	unlimited.Balance = nil
	if err := errors.Join(
		l.Attach(coarse), l.registry.Add(coarse), l.Attach(euro), l.registry.Add(euro), l.Attach(unlimited), l.registry.Add(unlimited),
	); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		from, to string
		want     error
	}{
		{"nobody", "new", ledger.ErrNoBalance},
		{"new", "coarse", ledger.ErrHeld},
		{"old", "nobody", ledger.ErrNoTarget},
		{"old", "unlimited", ledger.ErrNoTarget},
		{"old", "old", ledger.ErrNoTarget},
		{"old", "coarse", ledger.ErrOtherUnit},
		{"old", "euro", ledger.ErrOtherUnit},
	} {
		if err := l.Move(test.from, test.to, moved); !errors.Is(err, test.want) {
			t.Errorf("%s to %s: %v, want %v", test.from, test.to, err, test.want)
		}
	}
	if l.posted("old").String() != "7" || l.posted("new").Sign() != 0 {
		t.Error("a refused move has moved something")
	}
}

// Packets of an account that was removed may still be under way.
func TestMoveWaitsForPacketsOfTheFormerAccount(t *testing.T) {
	l, stop := open(t, newDisk(), never(t))
	defer stop()
	old := l.account(t, "old")
	if err := l.Adjust("old", balance.FromInt64(7), noted); err != nil {
		t.Fatal(err)
	}
	l.account(t, "new")
	old.Balance.Hold(5)
	l.registry.Remove("old")
	if err := l.Move("old", "new", moved); !errors.Is(err, ledger.ErrUnderWay) {
		t.Errorf("with a packet under way: %v", err)
	}
	w := newWaiter()
	l.Enter(ledger.Transfer{From: old, In: 5}, w, nil)
	if err := <-w.done; err != nil {
		t.Fatal(err)
	}
	old.Balance.Post(5)
	if err := l.Move("old", "new", moved); err != nil || l.posted("new").String() != "12" {
		t.Errorf("%v, moved %s", err, l.posted("new"))
	}
}

// A move that cannot be written changes nothing in memory. The store has all of it or
// nothing: that is one batch.
func TestMoveIsOneBatch(t *testing.T) {
	d := newDisk()
	l, stop := former(t, d, "old", 7, false)
	a := l.account(t, "new")
	before := d.applied
	if err := l.Move("old", "new", moved); err != nil || d.applied != before+1 {
		t.Errorf("%v, in %d batches", err, d.applied-before)
	}
	stop()

	l, stop = former(t, d, "old", 5, false)
	defer stop()
	a = l.account(t, "new")
	d.err = errors.New("the disk is full")
	if err := l.Move("old", "new", moved); !errors.Is(err, d.err) {
		t.Error(err)
	}
	if got := a.Balance.Snapshot().Posted.String(); got != "7" {
		t.Errorf("after a failed move memory has %s", got)
	}
}
