package balance_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/ilp-go/connector/account/balance"
)

// standing returns a balance within limits from -100 to 100.
func standing(posted string) *balance.Balance {
	b := balance.New(limitsOf("-100", "100"))
	b.Restore(amountOf(posted))
	return b
}

func TestSetRefusesAndThenChangesNothing(t *testing.T) {
	under := func(begin func(*balance.Balance)) *balance.Balance {
		b := standing("0")
		begin(b)
		return b
	}
	const most, least = "170141183460469231731687303715884105727", "-170141183460469231731687303715884105728"
	for name, test := range map[string]struct {
		balance *balance.Balance
		to      string
		allow   balance.Allow
		want    error
	}{
		"from 0":                         {standing("0"), "-7", balance.Allow{}, nil},
		"to what it is":                  {standing("7"), "7", balance.Allow{}, nil},
		"to what it is, above":           {standing("700"), "700", balance.Allow{}, nil},
		"moved":                          {standing("7"), "8", balance.Allow{}, balance.ErrMoved},
		"moved, to 0":                    {standing("7"), "0", balance.Allow{Limits: true}, balance.ErrMoved},
		"moved, allowed":                 {standing("7"), "8", balance.Allow{Moved: true}, nil},
		"at the maximum":                 {standing("0"), "100", balance.Allow{}, nil},
		"above the maximum":              {standing("0"), "101", balance.Allow{Moved: true}, balance.ErrBeyondLimits},
		"below the minimum":              {standing("0"), "-101", balance.Allow{}, balance.ErrBeyondLimits},
		"above the maximum, allowed":     {standing("0"), "101", balance.Allow{Limits: true}, nil},
		"a difference that does not fit": {standing(least), most, balance.Allow{Moved: true, Limits: true}, balance.ErrOutOfRange},
		"held":                           {under(func(b *balance.Balance) { b.Hold(1) }), "7", balance.Allow{Moved: true, Limits: true}, balance.ErrUnderWay},
		"reserved":                       {under(func(b *balance.Balance) { b.Reserve(1) }), "7", balance.Allow{}, balance.ErrUnderWay},
		"settling":                       {under(func(b *balance.Balance) { _ = b.Reopen(amountOf("1")) }), "7", balance.Allow{}, balance.ErrUnderWay},
		"held, to what it is":            {under(func(b *balance.Balance) { b.Hold(1) }), "0", balance.Allow{}, balance.ErrUnderWay},
	} {
		other := standing("0")
		was := test.balance.Snapshot()
		all := []balance.Setting{{Balance: other, Posted: amountOf("5")}, {Balance: test.balance, Posted: amountOf(test.to)}}
		for _, set := range []func([]balance.Setting, balance.Allow) ([]balance.Amount, []error){balance.Try, balance.Set} {
			before, refused := set(all, test.allow)
			if len(before) != 2 || before[1] != was.Posted {
				t.Errorf("%s: it stood at %v, not %s", name, before, was.Posted)
			}
			if test.want == nil && refused != nil ||
				test.want != nil && (len(refused) != 2 || refused[0] != nil || !errors.Is(refused[1], test.want)) {
				t.Errorf("%s: %v, want %v", name, refused, test.want)
			}
		}
		want, wantOther := was.Posted.String(), "0"
		if test.want == nil {
			want, wantOther = test.to, "5"
		}
		if got := test.balance.Snapshot().Posted.String(); got != want || other.Snapshot().Posted.String() != wantOther {
			t.Errorf("%s: set to %s and the other to %s, want %s and %s", name, got, other.Snapshot().Posted, want, wantOther)
		}
	}
}

func TestTryChangesNothing(t *testing.T) {
	b := standing("0")
	if _, refused := balance.Try([]balance.Setting{{Balance: b, Posted: amountOf("5")}}, balance.Allow{}); refused != nil {
		t.Error(refused)
	}
	if got := b.Snapshot().Posted; got.Sign() != 0 {
		t.Errorf("it is %s now", got)
	}
}

// Packets move the balances meanwhile. What they move is neither lost nor counted twice: the balance ends at what was
// set and all that moved after, or the setting is refused and only what moved counts.
func TestSetBesidePackets(t *testing.T) {
	const packets = 1000
	for range 20 {
		a, b := balance.New(limitsOf("-Infinity", "Infinity")), balance.New(limitsOf("-Infinity", "Infinity"))
		var movers sync.WaitGroup
		for _, one := range []*balance.Balance{a, b} {
			movers.Go(func() {
				for range packets {
					one.Hold(1)
					one.Post(1)
				}
			})
		}
		all := []balance.Setting{{Balance: a, Posted: amountOf("1000000")}, {Balance: b, Posted: amountOf("2000000")}}
		before, refused := balance.Set(all, balance.Allow{Moved: true})
		movers.Wait()
		for i, s := range all {
			want := balance.FromUint64(packets)
			if refused == nil {
				diff, _ := s.Posted.Sub(before[i])
				want, _ = want.Add(diff)
			}
			if got := s.Balance.Snapshot().Posted; got != want {
				t.Fatalf("it is %s, want %s; refused: %v", got, want, refused)
			}
		}
	}
}
