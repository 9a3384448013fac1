package config

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// The left column was given to Number() of Node.js.
func TestNumberReadsAsJavaScript(t *testing.T) {
	for text, want := range map[string]string{
		"": "0", " ": "0", "1e3": "1000", " 5 ": "5", "0x10": "16", "0X1f": "31", "0b11": "3", "0o17": "15",
		"+5": "5", ".5": "0.5", "5.": "5", "-0": "0", "-0.50": "-0.5", "007": "7", "1e-400": "0", "1E+2": "100",
		"\ufeff5\u00a0": "5", "0.002": "0.002", "2e-3": "0.002", "12345.678e2": "1234567.8", "00.10e1": "1",
		"1e-999999999999999999999": "0", "0e999999999999999999999": "0", "123456789012345678901234567890": "123456789012345678901234567890",
	} {
		if got, ok := number(text); !ok || got != want {
			t.Errorf("number(%q) is %q, %v; want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{
		"-0x10", "0x", "0x-1", "0xg", "0b2", "1_0", "1,5", "--5", "1e", "e5", ".", "+", "-", "1.2.3", "five", "5ms", "1e+", "NaN",
		"Infinity", "-Infinity", "1e400", "1e999999999999999999999",
	} {
		if got, ok := number(text); ok {
			t.Errorf("number(%q) is %q, want none", text, got)
		}
	}
}

func TestNumberIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[+-]?([0-9]{1,20}\.?[0-9]{0,30}|\.[0-9]{1,30})`).Draw(t, "mantissa")
		if rapid.Bool().Draw(t, "scientific") {
			text += fmt.Sprintf("e%d", rapid.IntRange(-200, 200).Draw(t, "exponent"))
		}
		got, ok := number(text)
		want, wantOK := new(big.Rat).SetString(text)
		if !ok || !wantOK {
			t.Fatalf("number(%q): %v, oracle %v", text, ok, wantOK)
		}
		value, _ := new(big.Rat).SetString(got)
		if value.Cmp(want) != 0 {
			t.Errorf("number(%q) is %s", text, got)
		}
		if again, _ := number(got); again != got {
			t.Errorf("number(%q) is %q, and of that %q", text, got, again)
		}
	})
}
