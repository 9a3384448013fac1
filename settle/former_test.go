package settle

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/store"
)

// left is a disk with a settlement of bob's in each state. They are named by the states.
func left(t *testing.T) *disk {
	t.Helper()
	d := newDisk()
	for s := Intended; s <= WrittenOff; s++ {
		one := example()
		one.ID, one.State = s.String(), s
		if err := d.Apply(store.Batch{one.change()}); err != nil {
			t.Fatal(err)
		}
	}
	other := example()
	other.AccountID, other.ID = "bobby", "1"
	if err := d.Apply(store.Batch{other.change()}); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestOpenSettlementsOfAccountsThatAreGoneAreSeen(t *testing.T) {
	d := left(t)
	p := NewPayer(PayerOptions{Ledger: &process{disk: d}})
	all, err := p.Former()
	if err != nil || len(all) != 4 {
		t.Fatalf("%d are seen: %v", len(all), err)
	}
	bobs, err := p.Former("bob")
	if err != nil || len(bobs) != 3 {
		t.Fatalf("%d are seen: %v", len(bobs), err)
	}
	for _, s := range bobs {
		if s.State != Unknown || !s.NeedsOperator || !strings.HasPrefix(s.Reason, "not asked about, because the account is not configured") {
			t.Errorf("%+v", s)
		}
	}
}

func TestOpenSettlementOfAnAccountThatIsGoneIsResolvedOnce(t *testing.T) {
	for _, id := range []string{"intended", "sent", "unknown"} {
		for _, paid := range []bool{true, false} {
			d := left(t)
			p := NewPayer(PayerOptions{Ledger: &process{disk: d}})
			var moved balance.Amount
			record := func(delta balance.Amount, changes store.Batch) error {
				moved, _ = moved.Add(delta)
				return d.Apply(changes)
			}
			if err := p.ResolveFormer("bob", id, paid, record); err != nil {
				t.Errorf("%s: %v", id, err)
			}
			want, moves := NotSent, amount(0)
			if paid {
				want, moves = Confirmed, amount(1234)
			}
			if s := d.state("bob", id); s != want || moved != moves {
				t.Errorf("%s, paid %t: it is %s, and the balance moved by %s", id, paid, s, moved)
			}
			for _, again := range []string{id, "confirmed", "not sent", "booked", "nothing", "unkno", ""} {
				if err := p.ResolveFormer("bob", again, paid, record); !errors.Is(err, ErrNotUnknown) {
					t.Errorf("%s after %s: %v", again, id, err)
				}
			}
		}
	}
}

// The account has a worker, which knows better.
func TestSettlementOfAnAccountThatSettlesIsNoFormerOne(t *testing.T) {
	withPayer(t, newBank(long(losesUnpaid)...), below, func(t *testing.T, l *fixture) {
		l.owe(200)
		synctest.Wait()
		id := l.payer.History()[0].ID
		if all, err := l.payer.Former("bob"); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
		if err := l.payer.ResolveFormer("bob", id, true, nil); !errors.Is(err, ErrNotUnknown) {
			t.Error(err)
		}
		if err := l.payer.Resolve(context.Background(), "bob", id, false); err != nil {
			t.Error(err)
		}
	})
}
