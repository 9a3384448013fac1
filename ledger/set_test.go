package ledger_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

func target(id string, posted int64) ledger.Target {
	return ledger.Target{AccountID: id, Posted: balance.FromInt64(posted)}
}

// wasAt returns changes that write the posted balances of before.
func wasAt(before []balance.Amount) store.Batch {
	return store.Batch{{Key: "note", Value: fmt.Append(nil, before)}}
}

// standings returns balances in memory and in the store.
func (l *opened) standings(t *testing.T, ids ...string) string {
	t.Helper()
	var all []string
	for _, id := range ids {
		all = append(all, l.account(t, id).Balance.Snapshot().Posted.String()+"="+l.posted(id).String())
	}
	return strings.Join(all, " ")
}

func TestSetWritesAllBalancesInOneBatch(t *testing.T) {
	d := newDisk()
	l, stop := open(t, d, never(t))
	defer stop()
	for _, id := range []string{"a", "b", "c"} {
		l.account(t, id)
	}
	applied := d.applied
	if err := l.Set([]ledger.Target{target("b", -5), target("a", 7)}, balance.Allow{}, wasAt); err != nil {
		t.Fatal(err)
	}
	if got := l.standings(t, "a", "b", "c"); got != "7=7 -5=-5 0=0" || d.applied != applied+1 {
		t.Errorf("set to %s in %d batches", got, d.applied-applied)
	}
	// The same again is no change, and others are set, not added.
	if err := l.Set([]ledger.Target{target("a", 7), target("b", -6), target("c", 1)}, balance.Allow{Moved: true}, wasAt); err != nil {
		t.Fatal(err)
	}
	if got := l.standings(t, "a", "b", "c"); got != "7=7 -6=-6 1=1" || note(t, d) != "[7 -5 0]" {
		t.Errorf("set to %s, from %s", got, note(t, d))
	}
}

func TestSetRefusesAllWithEveryReason(t *testing.T) {
	d := newDisk()
	l, stop := open(t, d, never(t))
	defer stop()
	l.account(t, "a")
	l.account(t, "b").Balance.Hold(1)
	if err := l.Adjust("c", balance.Amount{}, noted); !errors.Is(err, ledger.ErrNoBalance) {
		t.Fatal(err)
	}
	applied := d.applied
	for _, test := range []struct {
		targets []ledger.Target
		want    string
	}{
		{[]ledger.Target{target("d", 1), target("c", 1), target("a", 1), target("b", 1)},
			"c: no balance is kept for the account; d: no balance is kept for the account"},
		{[]ledger.Target{target("a", 1), target("b", 1)}, "b: packets or settlements are under way"},
	} {
		var refused ledger.SetError
		if err := l.Set(test.targets, balance.Allow{}, wasAt); !errors.As(err, &refused) || err.Error() != test.want {
			t.Errorf("%v, want %s", err, test.want)
		}
		if _, err := l.TrySet(test.targets, balance.Allow{}); !errors.As(err, &refused) || err.Error() != test.want {
			t.Errorf("tried: %v, want %s", err, test.want)
		}
	}
	if got := l.standings(t, "a", "b"); got != "0=0 0=0" || d.applied != applied {
		t.Errorf("a refused Set has changed something: %s", got)
	}
}

func TestTrySetChangesNothing(t *testing.T) {
	d := newDisk()
	l, stop := open(t, d, never(t))
	defer stop()
	l.account(t, "a")
	before, err := l.TrySet([]ledger.Target{target("a", 7)}, balance.Allow{})
	if err != nil || len(before) != 1 || before[0].Sign() != 0 || l.standings(t, "a") != "0=0" || d.applied != 0 {
		t.Errorf("%v, %v, now %s", before, err, l.standings(t, "a"))
	}
}

func TestSetThatCannotBeWrittenIsTakenBack(t *testing.T) {
	d := newDisk()
	l, stop := open(t, d, func(error) {})
	defer stop()
	l.account(t, "a")
	l.account(t, "b")
	d.err = errors.New("the disk is full")
	if err := l.Set([]ledger.Target{target("a", 7), target("b", -7)}, balance.Allow{}, wasAt); !errors.Is(err, d.err) {
		t.Error(err)
	}
	if got := l.standings(t, "a", "b"); got != "0=0 0=0" {
		t.Errorf("memory and store have %s", got)
	}
}

// A packet that is entered, and not written yet, is neither lost nor counted twice.
func TestSetBesideAPacketThatIsNotWrittenYet(t *testing.T) {
	d := newDisk()
	d.gate = make(chan struct{}, 10)
	l, stop := open(t, d, never(t))
	defer stop()
	a := l.account(t, "a")
	w := newWaiter()
	a.Balance.Hold(5)
	l.Enter(ledger.Transfer{From: a, In: 5}, w, nil)
	a.Balance.Post(5) // as it is without a wait for the store
	set := make(chan error, 1)
	go func() {
		set <- l.Set([]ledger.Target{target("a", 100)}, balance.Allow{Moved: true}, wasAt)
	}()
	for range cap(d.gate) {
		d.gate <- struct{}{}
	}
	if err := errors.Join(<-w.done, <-set); err != nil {
		t.Fatal(err)
	}
	if got := l.standings(t, "a"); got != "100=100" {
		t.Errorf("memory and store have %s", got)
	}
}

// A balance that would overflow in the store keeps every balance of its Set as it was there.
func TestSetThatOverflowsTheStoreChangesNoBalance(t *testing.T) {
	const most = "170141183460469231731687303715884105727"
	huge, err := balance.Parse(most)
	if err != nil {
		t.Fatal(err)
	}
	d := newDisk()
	l, stop := open(t, d, never(t))
	defer stop()
	l.account(t, "a")
	b := l.account(t, "b")
	w := newWaiter()
	l.Enter(ledger.Transfer{From: b, In: 5}, w, nil) // the store is ahead of memory, as it never is for long
	if err := <-w.done; err != nil {
		t.Fatal(err)
	}
	targets := []ledger.Target{target("a", 7), {AccountID: "b", Posted: huge}}
	if err := l.Set(targets, balance.Allow{}, wasAt); !errors.Is(err, ledger.ErrOverflow) {
		t.Error(err)
	}
	if got := l.standings(t, "a", "b"); got != "0=0 0=5" {
		t.Errorf("memory and store have %s", got)
	}
}

func TestSetOfAVolatileLedgerWritesItsNoteAlone(t *testing.T) {
	d := newDisk()
	l := start(t, d, never(t), func(o *ledger.Options) { o.Volatile = true })
	a := l.account(t, "a")
	if err := l.Set([]ledger.Target{target("a", 7)}, balance.Allow{}, wasAt); err != nil {
		t.Fatal(err)
	}
	if got := a.Balance.Snapshot().Posted.String(); got != "7" || note(t, d) != "[0]" || d.applied != 1 {
		t.Errorf("memory has %s, the note is %s, in %d batches", got, note(t, d), d.applied)
	}
}
