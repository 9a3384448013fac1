package rate

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// floor computes what Convert must return.
func floor(amount uint64, rate *big.Rat) (uint64, bool) {
	product := new(big.Rat).Mul(new(big.Rat).SetInt(new(big.Int).SetUint64(amount)), rate)
	quotient := new(big.Int).Div(product.Num(), product.Denom())
	if !quotient.IsUint64() {
		return 0, false
	}
	return quotient.Uint64(), true
}

func checkConvert(t rapid.TB, x *big.Rat, amount uint64) {
	t.Helper()
	r, err := FromRat(x)
	if err != nil {
		t.Fatalf("FromRat(%s): %v", x.RatString(), err)
	}
	if r.Rat().Cmp(x) != 0 {
		t.Fatalf("Rat() = %s, want %s", r, x.RatString())
	}
	got, ok := r.Convert(amount)
	if want, wantOK := floor(amount, x); got != want || ok != wantOK {
		t.Fatalf("%d * %s = %d, %t; want %d, %t", amount, x.RatString(), got, ok, want, wantOK)
	}
}

// amounts draws from the whole range, with its edges and the lengths between as likely as
// the long ones.
func amounts() *rapid.Generator[uint64] {
	return rapid.OneOf(
		rapid.SampledFrom([]uint64{0, 1, 2, 1 << 32, 1<<63 - 1, 1 << 63, math.MaxUint64 - 1, math.MaxUint64}),
		rapid.Uint64(),
		rapid.Custom(func(t *rapid.T) uint64 {
			return rapid.Uint64().Draw(t, "bits") >> rapid.IntRange(0, 63).Draw(t, "shift")
		}),
	)
}

// integers draws numbers of 1 to limit bits, with runs of ones and zeros at both ends
// likely, where carries and corrections happen.
func integers(limit int) *rapid.Generator[*big.Int] {
	return rapid.Custom(func(t *rapid.T) *big.Int {
		length := uint(rapid.IntRange(1, limit).Draw(t, "length"))
		x := new(big.Int).Lsh(big.NewInt(1), length)
		switch rapid.IntRange(0, 2).Draw(t, "shape") {
		case 0:
			x.Sub(x, new(big.Int).SetUint64(rapid.Uint64Range(1, 3).Draw(t, "below")))
		case 1:
			x.Add(x, new(big.Int).SetUint64(rapid.Uint64Range(0, 3).Draw(t, "above")))
		default:
			x.SetBytes(rapid.SliceOfN(rapid.Byte(), int(length+7)/8, int(length+7)/8).Draw(t, "bytes"))
		}
		return x.Add(x.Abs(x), big.NewInt(1))
	})
}

func TestConvertIsExactFloor(t *testing.T) {
	for name, limit := range map[string]int{"64 bits": 63, "128 bits": 127, "huge": 300} {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			x := new(big.Rat).SetFrac(integers(limit).Draw(t, "num"), integers(limit).Draw(t, "den"))
			checkConvert(t, x, amounts().Draw(t, "amount"))
		}))
	}
}

// The quotient is right at the limit of a uint64, where a carry is lost or Div64 panics.
func TestConvertIsExactAtTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := max(amounts().Draw(t, "amount"), 1)
		limit := new(big.Rat).SetFrac(
			new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 64), big.NewInt(rapid.Int64Range(-2, 2).Draw(t, "off"))),
			new(big.Int).SetUint64(amount))
		nudge := new(big.Rat).SetFrac(big.NewInt(rapid.Int64Range(-1, 1).Draw(t, "nudge")), integers(60).Draw(t, "fine"))
		x := limit.Add(limit, nudge)
		checkConvert(t, x.Abs(x), amount)
	})
}

// The guess of divide192 is most often wrong, and may be the largest digit, when the
// dividend's leading words equal the divisor's or nearly so.
func TestConvertCorrectsItsGuess(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		den := new(big.Int).Lsh(new(big.Int).SetUint64(rapid.Uint64Min(1).Draw(t, "high")), 64)
		den.Or(den, new(big.Int).SetUint64(math.MaxUint64-rapid.Uint64Range(0, 9).Draw(t, "low")))
		num := new(big.Int).Sub(den, integers(70).Draw(t, "less"))
		num.Abs(num)
		checkConvert(t, new(big.Rat).SetFrac(num, den), math.MaxUint64-rapid.Uint64Range(0, 9).Draw(t, "under"))
	})
}

func TestConvertOfTheEdges(t *testing.T) {
	for _, text := range []string{
		"0", "1", "2", "1/2", "18446744073709551615", "18446744073709551616", "1/18446744073709551615",
		"1/18446744073709551616", "18446744073709551616/18446744073709551615",
		"340282366920938463463374607431768211455/340282366920938463463374607431768211454",
		"340282366920938463463374607431768211456/340282366920938463463374607431768211455",
		"340282366920938463463374607431768211455/18446744073709551617",
	} {
		x, _ := new(big.Rat).SetString(text)
		for _, amount := range []uint64{0, 1, 2, 3, 1 << 63, math.MaxUint64 - 1, math.MaxUint64} {
			checkConvert(t, x, amount)
		}
	}
}

func TestZeroValueConvertsToZero(t *testing.T) {
	var r Rate
	for _, amount := range []uint64{0, 1, math.MaxUint64} {
		if got, ok := r.Convert(amount); got != 0 || !ok {
			t.Errorf("Convert(%d) = %d, %t; want 0, true", amount, got, ok)
		}
	}
	if r.String() != "0" || r.Number() != "0" {
		t.Errorf("String, Number = %s, %s; want 0, 0", r, r.Number())
	}
}

func TestFromRatRefusesWhatIsNoRate(t *testing.T) {
	for _, x := range []*big.Rat{nil, big.NewRat(-1, 1000)} {
		if r, err := FromRat(x); err == nil {
			t.Errorf("FromRat(%v) = %s, want an error", x, r)
		}
	}
}

func TestRateIsIndependentOfTheRatItCameFrom(t *testing.T) {
	for _, text := range []string{"3/7", "3/1" + zeros(30), "3/1" + zeros(60)} {
		x, _ := new(big.Rat).SetString(text)
		r, err := FromRat(x)
		if err != nil {
			t.Fatal(err)
		}
		want := r.String()
		x.SetInt64(5)
		r.Rat().SetInt64(6)
		if got := r.String(); got != want {
			t.Errorf("rate changed from %s to %s", want, got)
		}
	}
}

var paths = []struct {
	name, rate       string
	numWide, denWide bool // over 64 bits
}{
	{"64 bits", "998/1000001", false, false},
	{"128 bits", "85123" + zeros(20) + "7/10876" + zeros(18) + "1", true, true},
	{"all 128 bits", "340282366920938463463374607431768211455/340282366920938463463374607431768211454", true, true},
	{"128 by 64 bits", "1" + zeros(29) + "1/18446744073709551557", true, false},
	{"64 by 128 bits", "499/5" + zeros(20), false, true},
}

func TestConvertAllocatesNothing(t *testing.T) {
	for _, path := range paths {
		r := mustRate(t, path.rate)
		if r.huge != nil || (r.num.hi != 0) != path.numWide || (r.den.hi != 0) != path.denWide {
			t.Errorf("%s: %s takes another path", path.name, r)
		}
		if n := testing.AllocsPerRun(100, func() { r.Convert(123456789) }); n != 0 {
			t.Errorf("%s: %v allocations", path.name, n)
		}
	}
}

func BenchmarkConvert(b *testing.B) {
	for _, path := range paths {
		b.Run(path.name, func(b *testing.B) { benchmarkConvert(b, path.rate) })
	}
	b.Run("huge", func(b *testing.B) { benchmarkConvert(b, "1/3"+zeros(60)) })
}

func benchmarkConvert(b *testing.B, text string) {
	r := mustRate(b, text)
	b.ReportAllocs()
	amount := uint64(0)
	for b.Loop() {
		amount++
		r.Convert(amount)
	}
}
