package balance_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account/balance"
)

func TestAmountComputesAsBigInt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := bigAmount().Draw(t, "x"), bigAmount().Draw(t, "y")
		a, b := amountOf(x.String()), amountOf(y.String())

		if a.Big().Cmp(x) != 0 {
			t.Errorf("Big() = %s, want %s", a.Big(), x)
		}
		sum, ok := a.Add(b)
		wantAmount(t, "Add", sum, ok, new(big.Int).Add(x, y))
		difference, ok := a.Sub(b)
		wantAmount(t, "Sub", difference, ok, new(big.Int).Sub(x, y))
		negative, ok := a.Neg()
		wantAmount(t, "Neg", negative, ok, new(big.Int).Neg(x))

		if got, want := a.Cmp(b), x.Cmp(y); got != want {
			t.Errorf("Cmp = %d, want %d", got, want)
		}
		if got, want := a == b, x.Cmp(y) == 0; got != want {
			t.Errorf("== is %t, want %t", got, want)
		}
		if got, want := a.Sign(), x.Sign(); got != want {
			t.Errorf("Sign = %d, want %d", got, want)
		}
		v, ok := a.Uint64()
		if ok != x.IsUint64() || ok && v != x.Uint64() {
			t.Errorf("Uint64 = %d, %t of %s", v, ok, x)
		}
	})
}

// wantAmount compares a checked result with the exact one.
func wantAmount(t *rapid.T, name string, got balance.Amount, ok bool, want *big.Int) {
	t.Helper()
	if ok != inRange(want) {
		t.Errorf("%s says ok = %t for %s", name, ok, want)
	}
	if ok && got.Big().Cmp(want) != 0 {
		t.Errorf("%s = %s, want %s", name, got.Big(), want)
	}
}

func TestAmountComesFromEveryInteger(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := rapid.OneOf(rapid.Just(uint64(math.MaxUint64)), rapid.Uint64()).Draw(t, "u")
		if got, want := balance.FromUint64(u).Big(), new(big.Int).SetUint64(u); got.Cmp(want) != 0 {
			t.Errorf("FromUint64(%d) = %s", u, got)
		}
		i := rapid.OneOf(rapid.Just(int64(math.MinInt64)), rapid.Int64()).Draw(t, "i")
		if got, want := balance.FromInt64(i).Big(), big.NewInt(i); got.Cmp(want) != 0 {
			t.Errorf("FromInt64(%d) = %s", i, got)
		}
	})
}

// The random test reaches the ends of the range only by luck of its generator.
func TestAmountOverflowsExactlyAtItsEnds(t *testing.T) {
	const (
		lowest  = "-170141183460469231731687303715884105728"
		highest = "170141183460469231731687303715884105727"
	)
	tests := []struct {
		name string
		op   func(a, b balance.Amount) (balance.Amount, bool)
		a, b string
		want string // empty: does not fit
	}{
		{"highest + 0", balance.Amount.Add, highest, "0", highest},
		{"highest + 1", balance.Amount.Add, highest, "1", ""},
		{"highest + lowest", balance.Amount.Add, highest, lowest, "-1"},
		{"lowest + 0", balance.Amount.Add, lowest, "0", lowest},
		{"lowest + -1", balance.Amount.Add, lowest, "-1", ""},
		{"lowest + lowest", balance.Amount.Add, lowest, lowest, ""},
		{"highest + highest", balance.Amount.Add, highest, highest, ""},
		{"lowest - 1", balance.Amount.Sub, lowest, "1", ""},
		{"lowest - lowest", balance.Amount.Sub, lowest, lowest, "0"},
		{"highest - -1", balance.Amount.Sub, highest, "-1", ""},
		{"0 - lowest", balance.Amount.Sub, "0", lowest, ""},
		{"-1 - lowest", balance.Amount.Sub, "-1", lowest, highest},
		{"0 - highest", balance.Amount.Sub, "0", highest, "-170141183460469231731687303715884105727"},
		{"carry over 64 bits", balance.Amount.Add, "18446744073709551615", "1", "18446744073709551616"},
		{"borrow under zero", balance.Amount.Sub, "0", "18446744073709551616", "-18446744073709551616"},
	}
	for _, test := range tests {
		got, ok := test.op(amountOf(test.a), amountOf(test.b))
		if ok != (test.want != "") || ok && got != amountOf(test.want) {
			t.Errorf("%s = %s, %t; want %q", test.name, got, ok, test.want)
		}
	}
}
