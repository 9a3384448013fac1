package settle

import (
	"math/big"
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
