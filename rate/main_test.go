package rate

import (
	"math/big"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m)
}

func mustRate(t testing.TB, text string) Rate {
	t.Helper()
	r, err := FromRat(mustRat(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustRat(t testing.TB, text string) *big.Rat {
	t.Helper()
	x, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return x
}

func mustSpread(t testing.TB, text string) Spread {
	t.Helper()
	s, err := NewSpread(mustRat(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func zeros(n int) string {
	return strings.Repeat("0", n)
}
