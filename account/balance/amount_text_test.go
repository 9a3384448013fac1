package balance_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/account/balance"
)

// decimal is the form the reference's schemas demand of an amount.
var decimal = regexp.MustCompile(`\A(0|-?[1-9][0-9]*)\z`)

func TestAmountPrintsAsBigInt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := bigAmount().Draw(t, "x")
		a := amountOf(x.String())
		if got := a.String(); got != x.String() {
			t.Errorf("String() = %s, want %s", got, x)
		}
		got, err := a.AppendText([]byte("balance="))
		if want := "balance=" + x.String(); string(got) != want || err != nil {
			t.Errorf("AppendText = %q, %v; want %q", got, err, want)
		}
	})
}

func TestAmountPrintsZerosInTheMiddle(t *testing.T) {
	for digits := 1; digits < 39; digits++ {
		for _, sign := range []string{"", "-"} {
			text := sign + "1" + strings.Repeat("0", digits-1)
			if got := amountOf(text).String(); got != text {
				t.Errorf("printed %s, want %s", got, text)
			}
		}
	}
}

func TestParseRefusesAllButTheOneForm(t *testing.T) {
	tests := []struct {
		text string
		want error // nil: accepted, and printed as it was
	}{
		{"0", nil},
		{"-1", nil},
		{"18446744073709551615", nil},
		{"170141183460469231731687303715884105727", nil},
		{"-170141183460469231731687303715884105728", nil},
		{"170141183460469231731687303715884105728", strconv.ErrRange},
		{"-170141183460469231731687303715884105729", strconv.ErrRange},
		{"170141183460469231731687303715884105730", strconv.ErrRange},
		{"340282366920938463463374607431768211456", strconv.ErrRange}, // 2^128
		{"-340282366920938463463374607431768211456", strconv.ErrRange},
		{strings.Repeat("9", 1000), strconv.ErrRange},
		{strings.Repeat("9", 1000) + "x", strconv.ErrSyntax},
		{"", strconv.ErrSyntax},
		{"-", strconv.ErrSyntax},
		{"--1", strconv.ErrSyntax},
		{"-0", strconv.ErrSyntax},
		{"00", strconv.ErrSyntax},
		{"007", strconv.ErrSyntax},
		{"-07", strconv.ErrSyntax},
		{"+1", strconv.ErrSyntax},
		{" 1", strconv.ErrSyntax},
		{"1 ", strconv.ErrSyntax},
		{"1\n", strconv.ErrSyntax},
		{"1e3", strconv.ErrSyntax},
		{"1.0", strconv.ErrSyntax},
		{"1_000", strconv.ErrSyntax},
		{"0x10", strconv.ErrSyntax},
		{"NaN", strconv.ErrSyntax},
		{"Infinity", strconv.ErrSyntax},
		{"1/", strconv.ErrSyntax}, // the bytes beside the digits
		{"1:", strconv.ErrSyntax},
		{"١", strconv.ErrSyntax},
	}
	for _, test := range tests {
		got, err := balance.Parse(test.text)
		if !errors.Is(err, test.want) {
			t.Errorf("Parse(%.50q) error %v, want %v", test.text, err, test.want)
		}
		if err == nil && got.String() != test.text {
			t.Errorf("Parse(%q) = %s", test.text, got)
		}
		if err != nil && got != (balance.Amount{}) {
			t.Errorf("Parse(%.50q) = %s beside its error", test.text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"0", "-0", "-1", "10", "18446744073709551616", "-18446744073709551616",
		"170141183460469231731687303715884105727", "170141183460469231731687303715884105728",
		"-170141183460469231731687303715884105728", "-170141183460469231731687303715884105729",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := balance.Parse(text)
		if !decimal.MatchString(text) {
			if !errors.Is(err, strconv.ErrSyntax) {
				t.Fatalf("Parse(%q) = %s, %v; want a syntax error", text, got, err)
			}
			return
		}
		want, _ := new(big.Int).SetString(text, 10)
		if !inRange(want) {
			if !errors.Is(err, strconv.ErrRange) {
				t.Fatalf("Parse(%q) = %s, %v; want a range error", text, got, err)
			}
			return
		}
		if err != nil || got.Big().Cmp(want) != 0 || got.String() != text {
			t.Fatalf("Parse(%q) = %s, %v", text, got, err)
		}
	})
}

func TestAmountIsTextInJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := struct{ A balance.Amount }{amountOf(bigAmount().Draw(t, "amount").String())}
		text, err := json.Marshal(before)
		if want := `{"A":"` + before.A.String() + `"}`; err != nil || string(text) != want {
			t.Fatalf("%s, %v; want %s", text, err, want)
		}
		after := before
		after.A = balance.Amount{}
		if err := json.Unmarshal(text, &after); err != nil || after != before {
			t.Fatalf("%v, %v; want %v", after, err, before)
		}
	})
	kept := balance.FromUint64(7)
	if err := json.Unmarshal([]byte(`"1.5"`), &kept); err == nil || kept != balance.FromUint64(7) {
		t.Errorf("%v, %v", kept, err)
	}
}
