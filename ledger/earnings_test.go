package ledger_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/ledger"
	"github.com/ilp-go/connector/store"
)

func earningsText(l *ledger.Ledger, ids ...string) string {
	var texts []string
	for _, e := range l.Earnings(ids...) {
		texts = append(texts, fmt.Sprintf("%s %s %d %s", e.AccountID, e.AssetCode, e.AssetScale, e.Amount))
	}
	return strings.Join(texts, ", ")
}

// enterAndWait enters a packet and waits until it is written.
func (l *opened) enterAndWait(t rapid.TB, transfer ledger.Transfer) error {
	t.Helper()
	w := newWaiter()
	l.Enter(transfer, w, nil)
	return <-w.done
}

// What packets have earned is the sum by account and unit, also after a restart, and whatever
// batches they were written in. The oracle adds big integers.
func TestEarningsAreTheSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDisk()
		want := make(map[string]*big.Int)
		add := func(l *opened) {
			for _, id := range []string{"a", "b"} {
				l.account(t, id)
			}
			for _, unit := range []struct {
				id, asset string
				scale     uint8
			}{{"x", "USD", 2}, {"y", "USD", 9}, {"z", "E/R", 2}} {
				if l.registry.Find(unit.id) == nil {
					a := newAccount(unit.id, unit.asset, unit.scale)
					if err := errors.Join(l.Attach(a), l.registry.Add(a)); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		for range rapid.IntRange(1, 3).Draw(t, "runs") {
			l, stop := open(t, d, never(t))
			add(l)
			var waiters []*waiter
			for range rapid.IntRange(0, 20).Draw(t, "packets") {
				from := l.account(t, rapid.SampledFrom([]string{"a", "b"}).Draw(t, "from"))
				to := l.account(t, rapid.SampledFrom([]string{"x", "y", "z", "a"}).Draw(t, "to"))
				transfer := ledger.Transfer{From: from, To: to, In: rapid.Uint64().Draw(t, "in"), Out: rapid.Uint64().Draw(t, "out"), AtMid: rapid.Uint64().Draw(t, "mid")}
				key := fmt.Sprintf("%s %s %d", from.ID, to.AssetCode, to.AssetScale)
				kept := new(big.Int).SetUint64(transfer.AtMid)
				kept.Sub(kept, new(big.Int).SetUint64(transfer.Out))
				if kept.Sign() != 0 {
					if want[key] == nil {
						want[key] = new(big.Int)
					}
					want[key].Add(want[key], kept)
				}
				w := newWaiter()
				waiters = append(waiters, w)
				l.Enter(transfer, w, nil)
			}
			for _, w := range waiters {
				if err := <-w.done; err != nil {
					t.Fatal(err)
				}
			}
			stop()
		}
		again := start(t, d, never(t))
		got := again.Earnings()
		if len(got) != len(want) {
			t.Fatalf("%d earnings, want %d", len(got), len(want))
		}
		for _, e := range got {
			sum := want[fmt.Sprintf("%s %s %d", e.AccountID, e.AssetCode, e.AssetScale)]
			if sum == nil || e.Amount.Big().Cmp(sum) != 0 || time.Since(e.Since) > time.Hour {
				t.Errorf("%+v, want %s", e, sum)
			}
		}
	})
}

// They are in the batch of the balances that the same packets move, so a crash keeps both or
// neither.
func TestEarningsAreWrittenWithTheBalances(t *testing.T) {
	d := newDisk()
	l, stop := open(t, d, func(error) {})
	defer stop()
	a, z := l.account(t, "a"), l.account(t, "z")
	if err := l.enterAndWait(t, ledger.Transfer{From: a, To: z, In: 10, Out: 8, AtMid: 10}); err != nil {
		t.Fatal(err)
	}
	if d.applied != 1 || earningsText(l.Ledger) != "a USD 9 2" {
		t.Errorf("%d batches, earned %s", d.applied, earningsText(l.Ledger))
	}
	d.mu.Lock()
	d.err = errors.New("full")
	d.mu.Unlock()
	if err := l.enterAndWait(t, ledger.Transfer{From: a, To: z, In: 10, Out: 8, AtMid: 10}); err == nil {
		t.Error("a failed write is none")
	}
	if got := earningsText(l.Ledger); got != "a USD 9 2" {
		t.Errorf("after a failed write %s is earned", got)
	}
}

// A packet whose balances do not fit earns nothing, and a sum that does not fit stays as it is:
// no payment fails because of it.
func TestEarningsAtTheirLimits(t *testing.T) {
	d := newDisk()
	most := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 127), big.NewInt(1))
	batch := store.Batch{
		{Key: "balances/full", Value: fmt.Appendf(nil, "%d 9 USD", most)},
		{Key: "earnings/a/9/USD", Value: fmt.Appendf(nil, "%d 2026-01-02T03:04:05Z", most)},
	}
	if err := d.Store.Apply(batch); err != nil {
		t.Fatal(err)
	}
	l, stop := open(t, d, never(t))
	defer stop()
	a, full, z := l.account(t, "a"), l.account(t, "full"), l.account(t, "z")
	if err := l.enterAndWait(t, ledger.Transfer{From: full, To: z, In: 10, Out: 1, AtMid: 10}); !errors.Is(err, ledger.ErrOverflow) {
		t.Errorf("the error is %v", err)
	}
	if err := l.enterAndWait(t, ledger.Transfer{From: a, To: z, In: 10, AtMid: math.MaxUint64}); err != nil {
		t.Errorf("the payment fails: %v", err)
	}
	if got := earningsText(l.Ledger); got != "a USD 9 "+most.String() {
		t.Errorf("earned %s", got)
	}
	if got := l.posted("a"); got != balance.FromUint64(10) {
		t.Errorf("a owes us %s", got)
	}
}

// An account whose key no store can keep earns in memory: its payments go on.
func TestEarningsThatNoStoreCanKeep(t *testing.T) {
	d := newDisk()
	l, stop := open(t, d, never(t))
	defer stop()
	long := newAccount(strings.Repeat("a", store.KeyMax-len("balances/")), "USD", 9)
	if err := errors.Join(l.Attach(long), l.registry.Add(long)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := l.enterAndWait(t, ledger.Transfer{From: long, To: l.account(t, "z"), In: 10, Out: 8, AtMid: 10}); err != nil {
			t.Fatal(err)
		}
	}
	if got := l.Earnings(long.ID); len(got) != 1 || got[0].Amount != balance.FromUint64(4) {
		t.Errorf("earned %+v", got)
	}
}

// Without a durable store they are counted in memory, at once.
func TestEarningsInMemory(t *testing.T) {
	l := start(t, newDisk(), never(t), func(o *ledger.Options) { o.Volatile = true })
	a, z := l.account(t, "a"), l.account(t, "z")
	l.Earn(ledger.Transfer{From: a, To: z, In: 10, Out: 8, AtMid: 10})
	l.Earn(ledger.Transfer{From: z, To: a, In: 10, Out: 12, AtMid: 10})
	l.Earn(ledger.Transfer{From: z, To: a, In: 10, Out: 10, AtMid: 10})
	l.Earn(ledger.Transfer{From: a, In: 10})
	if got := earningsText(l.Ledger); got != "a USD 9 2, z USD 9 -2" {
		t.Errorf("earned %s", got)
	}
	if got := earningsText(l.Ledger, "z"); got != "z USD 9 -2" {
		t.Errorf("z has earned %s", got)
	}
}

func TestEarningsThatCannotBeReadAreSaid(t *testing.T) {
	for key, value := range map[string]string{
		"earnings/a/9/USD":   "5",
		"earnings/a/256/USD": "5 2026-01-02T03:04:05Z",
		"earnings/a":         "5 2026-01-02T03:04:05Z",
		"earnings/b/9/USD":   "x 2026-01-02T03:04:05Z",
		"earnings/c/9/USD":   "5 yesterday",
	} {
		if yes, err := ledger.IsEarning(key, []byte(value)); !yes || err == nil {
			t.Errorf("%s %q: %v", key, value, err)
		}
		d := newDisk()
		if err := d.Store.Apply(store.Batch{{Key: key, Value: []byte(value)}}); err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.New(ledger.Options{}).Open(d); err == nil || !strings.Contains(err.Error(), key) {
			t.Errorf("%s %q is opened: %v", key, value, err)
		}
	}
	if yes, err := ledger.IsEarning("earnings/a/9/U/SD", []byte("-5 2026-01-02T03:04:05Z")); !yes || err != nil {
		t.Errorf("%t, %v", yes, err)
	}
	if yes, _ := ledger.IsEarning("balances/a", nil); yes {
		t.Error("a balance is an earning")
	}
}
