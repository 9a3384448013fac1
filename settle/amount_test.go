package settle

import (
	"math/big"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account/balance"
	"github.com/ilp-go/connector/clock"
)

// Consider calls terms.due, which must see every settlement that reserve would make, and no
// other.
func TestDueIsWhatReserveTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.Int64Range(-40, 40)
		limits := balance.Limits{Minimum: balance.NegativeInfinity(), Maximum: balance.Finite(amount(some.Draw(t, "maximum")))}
		b := balance.New(limits)
		b.Restore(amount(some.Draw(t, "posted")))
		if err := b.Reopen(amount(rapid.Int64Range(0, 20).Draw(t, "settling"))); err != nil {
			t.Fatal(err)
		}
		unit := rapid.SampledFrom([]int64{1, 1, 10, 100}).Draw(t, "unit")
		terms := terms{amount(some.Draw(t, "threshold")), amount(some.Draw(t, "to")), amount(unit)}

		before := b.Snapshot()
		due := terms.due(before)
		taken, units, ok := terms.reserve(b)
		if ok != due {
			t.Fatalf("due is %t, reserve %t", due, ok)
		}
		settling, _ := before.Settling.Add(taken)
		if got := b.Snapshot().Settling; got != settling {
			t.Errorf("settling %s, want %s", got, settling)
		}
		owed := terms.settleTo.Big()
		owed.Sub(owed, before.Highest().Big())
		whole := new(big.Int).Mul(units.Big(), big.NewInt(unit))
		if ok && (whole.Cmp(taken.Big()) != 0 || whole.Cmp(owed) > 0 || owed.Sub(owed, whole).Cmp(big.NewInt(unit)) >= 0) {
			t.Errorf("took %s, %s units of %d", taken, units, unit)
		}
	})
}

func TestUnitIsTheLargerOfTwoScales(t *testing.T) {
	tests := []struct {
		account, ledger uint8
		unit            string
		scale           uint8
		ok              bool
	}{
		{9, 9, "1", 9, true},
		{9, 18, "1", 9, true},
		{9, 6, "1000", 6, true},
		{38, 0, "100000000000000000000000000000000000000", 0, true},
		{39, 0, "0", 0, false},
		{255, 0, "0", 0, false},
	}
	for _, test := range tests {
		unit, scale, ok := unitOf(test.account, test.ledger)
		if ok != test.ok || ok && (unit.String() != test.unit || scale != test.scale) {
			t.Errorf("unitOf(%d, %d) = %s, %d, %t", test.account, test.ledger, unit, scale, ok)
		}
	}
}

func TestPausesGrowToABound(t *testing.T) {
	b := clock.NewBackoff(clock.Doubling(pauseMin, pauseMax)...)
	for try := range 100 {
		wait := b.Next()
		most := pauseMax
		if try < 10 { // 2^9 s is less than pauseMax
			most = pauseMin << try
		}
		if wait > most || wait < most/2 {
			t.Errorf("pause %d is %s, want between %s and %s", try, wait, most/2, most)
		}
	}
	if b.Reset(); b.Next() > pauseMin {
		t.Error("a reset does not begin anew")
	}
	if pauseMax > time.Hour {
		t.Error("RFC 38 allows an hour at most")
	}
}
