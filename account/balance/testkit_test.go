package balance_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account/balance"
)

// amountMin and amountMax are the ends of the range of an Amount.
var (
	amountMin = new(big.Int).Neg(new(big.Int).Lsh(big.NewInt(1), 127))
	amountMax = new(big.Int).Not(amountMin)
)

// inRange reports whether v fits an Amount.
func inRange(v *big.Int) bool {
	return v.Cmp(amountMin) >= 0 && v.Cmp(amountMax) <= 0
}

// amountOf parses text that a test wrote and so must be right.
func amountOf(text string) balance.Amount {
	a, err := balance.Parse(text)
	if err != nil {
		panic(err)
	}
	return a
}

// limitsOf parses a pair of limits that a test wrote.
func limitsOf(minimum, maximum string) balance.Limits {
	return balance.Limits{Minimum: limitOf(minimum), Maximum: limitOf(maximum)}
}

func limitOf(text string) balance.Limit {
	l, err := balance.ParseLimit(text)
	if err != nil {
		panic(err)
	}
	return l
}

// bigAmount draws integers of the range of an Amount, gathered where two's
// complement has its edges: around zero, each power of 2^64, and both ends.
func bigAmount() *rapid.Generator[*big.Int] {
	return rapid.Custom(func(t *rapid.T) *big.Int {
		hi := rapid.OneOf(
			rapid.SampledFrom([]int64{0, -1, 1, math.MinInt64, math.MaxInt64}),
			rapid.Int64(),
		).Draw(t, "hi")
		lo := rapid.OneOf(
			rapid.SampledFrom([]uint64{0, 1, math.MaxUint64, 1 << 63}),
			rapid.Uint64(),
		).Draw(t, "lo")
		v := new(big.Int).Lsh(big.NewInt(hi), 64)
		return v.Add(v, new(big.Int).SetUint64(lo))
	})
}

// mustPanic runs misuse and wants it to panic with text.
func mustPanic(t *testing.T, text string, misuse func()) {
	t.Helper()
	defer func() {
		t.Helper()
		if got := recover(); got != text {
			t.Errorf("panic %q, want %q", got, text)
		}
	}()
	misuse()
}
