package ledger_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

// Records of a packet are written with its money, or not at all.
func TestChangesOfAPacketAreWrittenWithItsMoney(t *testing.T) {
	d := newDisk()
	l, stop := open(t, d, never(t))
	defer stop()
	alice, full, bob := l.account(t, "alice"), l.account(t, "full"), l.account(t, "bob")
	records := func() (all string) {
		if err := l.Load("record/", func(key string, value []byte) error {
			all += fmt.Sprintf("%s=%s ", key, value)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	changes := func(key string) store.Batch { return store.Batch{{Key: "record/" + key, Value: []byte("it")}} }
	if err := l.enterAndWait(t, ledger.Transfer{From: alice, To: bob, In: 10, Out: 9, AtMid: 9, Changes: changes("first")}); err != nil {
		t.Fatal(err)
	}
	if got := records(); got != "record/first=it " || l.posted("alice").String() != "10" {
		t.Errorf("written is %q, with %s", got, l.posted("alice"))
	}
	top, err := balance.Parse("170141183460469231731687303715884105727")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Record("full", top, nil); err != nil {
		t.Fatal(err)
	}
	before := l.posted("full")
	if err := l.enterAndWait(t, ledger.Transfer{From: full, To: bob, In: 1, Out: 9, AtMid: 9, Changes: changes("second")}); !errors.Is(err, ledger.ErrOverflow) {
		t.Fatalf("got %v", err)
	}
	if got := records(); got != "record/first=it " || l.posted("full") != before || l.posted("bob").String() != "-9" {
		t.Errorf("written is %q, with %s and %s", got, l.posted("full"), l.posted("bob"))
	}
}
