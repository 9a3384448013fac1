package settle

import (
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/ilp-go/connector/store"
)

func TestCountsOfWhatThePackageKeeps(t *testing.T) {
	ended := example()
	ended.State = Confirmed
	credit := &Credit{AccountID: "bob", Receipt: Receipt{ID: "r/1", Amount: amount(3), Scale: 9}, At: time.Unix(1, 0), Seen: time.Unix(1, 0)}
	changes := []store.Change{
		example().change(), example().change(), ended.change(), credit.change(),
		leftover{big.NewInt(1), 9}.change("bob", "USD"), {Key: "leftovers/bob", Value: leftover{big.NewInt(1), 9}.change("bob", "").Value}, {Key: "balances/bob", Value: []byte("1 9 USD")},
	}
	var c Counts
	for i, change := range changes {
		ours, err := c.Add(change.Key, change.Value)
		if err != nil || ours != (i < len(changes)-1) {
			t.Errorf("%s: %t, %v", change.Key, ours, err)
		}
	}
	if want := (Counts{Open: 2, Ended: 1, Receipts: 1, Leftovers: 2}); c != want {
		t.Errorf("%+v, want %+v", c, want)
	}
	for _, change := range changes[:len(changes)-1] {
		if ours, err := c.Add(change.Key, change.Value[1:]); !ours || err == nil {
			t.Errorf("%s is read although it is damaged", change.Key)
		}
	}
}

func TestStoredOpenOfOneAccountOrAll(t *testing.T) {
	d := newDisk()
	bob, ended, bobby := example(), example(), example()
	bob.AccountID, ended.AccountID, bobby.AccountID = "bob", "bob", "bobby"
	bob.ID, ended.ID, bobby.ID = "b", "a", "c"
	ended.State = Confirmed
	if err := d.Apply(store.Batch{bob.change(), ended.change(), bobby.change()}); err != nil {
		t.Fatal(err)
	}
	for account, want := range map[string][]string{"": {"b", "c"}, "bob": {"b"}, "bobby": {"c"}, "bo": nil} {
		if ids, err := StoredOpen(d, account); err != nil || !slices.Equal(ids, want) {
			t.Errorf("%q: %q, %v, want %q", account, ids, err, want)
		}
	}
	damaged := bob.change()
	damaged.Value = damaged.Value[1:]
	if err := d.Apply(store.Batch{damaged}); err != nil {
		t.Fatal(err)
	}
	if _, err := StoredOpen(d, "bob"); err == nil {
		t.Error("a damaged settlement is read")
	}
}
