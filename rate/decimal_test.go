package rate

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestDecimalsAreReadExactly(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
	}{
		{"0.002", "1/500"}, {" 0.002\n", "1/500"}, {"-1.5", "-3/2"}, {"+2", "2"}, {".5", "1/2"}, {"5.", "5"},
		{"1e-9", "1/1000000000"}, {"1E+3", "1000"}, {"007.5", "15/2"}, {"-0", "0"}, {"0e400", "0"},
		{json.Number("0.1"), "1/10"}, {json.Number("123456789012345678901234567890"), "123456789012345678901234567890"},
		{0.1, "1/10"}, {1.0876, "2719/2500"}, {1e21, "1" + zeros(21)}, {5e-324, "1/2" + zeros(323)},
		{3, "3"}, {int64(-3), "-3"}, {uint64(math.MaxUint64), "18446744073709551615"},
	} {
		got, err := DecimalOf(c.value)
		if err != nil || got.RatString() != c.want {
			t.Errorf("%#v: %v, %v; want %s", c.value, got, err, c.want)
		}
	}
}

func TestWhatIsNoDecimalIsRefused(t *testing.T) {
	for _, value := range []any{
		"", " ", "abc", "1/2", "0x10", "0b1", "1_000", "1,5", "Inf", "NaN", "1e", "e5", ".", "--1", "1-", "1.2.3", "1e5.5",
		"1e401", "1e-401", "1e999999999", "1e99999999999999999999", strings.Repeat("1", 65),
		math.NaN(), math.Inf(1), nil, true, []any{1}, map[string]any{}, json.Number(""), json.Number("x"),
	} {
		if got, err := DecimalOf(value); err == nil {
			t.Errorf("%#v was read as %s", value, got)
		}
	}
}

func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"0.002", "-1e-9", "1/2", "1e400", "0x1p-2", " 5. ", "１"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := ParseDecimal(text)
		if err != nil {
			return
		}
		// What is accepted has a finite decimal form of bounded length.
		denominator := x.Denom().String()
		if _, exact := x.FloatPrec(); !exact || len(denominator) > decimalExponentMax+decimalBytesMax {
			t.Fatalf("%q was read as %s", text, x)
		}
	})
}
