package ledger_test

import (
	"errors"
	"testing"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

// noted returns changes that write the posted balance before and after an edit.
func noted(before, after balance.Amount) store.Batch {
	return store.Batch{{Key: "note", Value: []byte(before.String() + " " + after.String())}}
}

// note returns what noted has written last.
func note(t *testing.T, s store.Store) (text string) {
	t.Helper()
	if err := s.Load("note", func(_ string, value []byte) error {
		text = string(value)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return text
}

func TestEditMovesMemoryAndStoreWithItsNote(t *testing.T) {
	d := newDisk()
	l, stop := open(t, d, never(t))
	defer stop()
	a := l.account(t, "a")
	if err := l.Adjust("a", balance.FromInt64(7), noted); err != nil {
		t.Fatal(err)
	}
	if err := l.Adjust("a", balance.FromInt64(-10), noted); err != nil {
		t.Fatal(err)
	}
	if got := a.Balance.Snapshot().Posted.String(); got != "-3" || l.posted("a").String() != "-3" || note(t, d) != "7 -3" {
		t.Errorf("memory %s, store %s, note %q", got, l.posted("a"), note(t, d))
	}
	if err := l.Adjust("b", balance.FromInt64(1), noted); !errors.Is(err, ledger.ErrNoBalance) {
		t.Error(err)
	}
}

func TestEditThatCannotBeWrittenIsTakenBack(t *testing.T) {
	d := newDisk()
	l, stop := open(t, d, func(error) {})
	defer stop()
	a := l.account(t, "a")
	d.err = errors.New("the disk is full")
	if err := l.Adjust("a", balance.FromInt64(7), noted); !errors.Is(err, d.err) {
		t.Error(err)
	}
	if posted := a.Balance.Snapshot().Posted; posted.Sign() != 0 || note(t, d) != "" {
		t.Errorf("memory %s, note %q", posted, note(t, d))
	}
}

// TestEditOfAFormerBalanceIsTheNextAccounts edits the balance of an account that was
// removed, once it is known in memory and once it is not.
func TestEditOfAFormerBalanceIsTheNextAccounts(t *testing.T) {
	for _, known := range []bool{true, false} {
		d := newDisk()
		l, stop := open(t, d, never(t))
		l.account(t, "a")
		if err := l.Adjust("a", balance.FromInt64(7), noted); err != nil {
			t.Fatal(err)
		}
		if len(l.Former()) != 0 {
			t.Error("the balance of an account is a former one")
		}
		l.registry.Remove("a")
		if !known {
			stop()
			l, stop = open(t, d, never(t))
		}
		if former := l.Former(); len(former) != 1 || former[0].Posted().String() != "7" {
			t.Errorf("%d former balances", len(former))
		}
		if err := l.Adjust("a", balance.FromInt64(-10), noted); err != nil {
			t.Fatal(err)
		}
		if got := l.account(t, "a").Balance.Snapshot().Posted.String(); got != "-3" || l.posted("a").String() != "-3" || note(t, d) != "7 -3" {
			t.Errorf("known %t: memory %s, store %s, note %q", known, got, l.posted("a"), note(t, d))
		}
		stop()
	}
}

// TestLateMoneyOfAFormerBalanceMovesIt is for an account that has no balance any more.
func TestLateMoneyOfAFormerBalanceMovesIt(t *testing.T) {
	l, stop := open(t, newDisk(), never(t))
	defer stop()
	was := l.account(t, "a")
	l.registry.Remove("a")
	unlimited := newAccount("a", "USD", 9)
	unlimited.Balance = nil
	if err := errors.Join(l.Attach(unlimited), l.registry.Add(unlimited)); err != nil {
		t.Fatal(err)
	}
	if err := l.Record("a", balance.FromInt64(5), nil); err != nil {
		t.Fatal(err)
	}
	if got := was.Balance.Snapshot().Posted.String(); got != "5" || l.posted("a").String() != "5" {
		t.Errorf("memory %s, store %s", got, l.posted("a"))
	}
}

func TestVolatileLedgerWritesNoBalance(t *testing.T) {
	d := newDisk()
	l := start(t, d, never(t), func(o *ledger.Options) { o.Volatile = true })
	a := newAccount("a", "USD", 9)
	a.Balance.Hold(1) // a packet that came before the store was open
	if err := errors.Join(l.Attach(a), l.registry.Add(a)); err != nil {
		t.Fatal(err)
	}
	err := errors.Join(
		l.Adjust("a", balance.FromInt64(7), noted),
		l.Record("a", balance.FromInt64(1), store.Batch{{Key: "settlements/a", Value: []byte("x")}}),
		l.Apply(store.Batch{{Key: "audit/1", Value: []byte("x")}}),
	)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	if err := d.Load("", func(key string, _ []byte) error {
		keys = append(keys, key)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := a.Balance.Snapshot().Posted.String(); got != "7" || len(keys) != 3 || len(l.Former()) != 0 {
		t.Errorf("memory %s, the store has %v", got, keys)
	}
}
