package rate

import (
	"encoding/json"
	"math/big"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The vectors are JSON.stringify(Number(x.toPrecision(15))) of bignumber.js 7.2.1, the
// division made with 700 decimals.
func TestNumberIsWhatJavaScriptPrints(t *testing.T) {
	data, err := os.ReadFile("testdata/number.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []struct{ Num, Den, Want string }
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 60 {
		t.Fatalf("only %d vectors", len(vectors))
	}
	for _, v := range vectors {
		if got := mustRate(t, v.Num+"/"+v.Den).Number(); got.String() != v.Want {
			t.Errorf("%s/%s: %s, want %s", v.Num, v.Den, got, v.Want)
		}
	}
}

func TestNumberOfRatesBeyondADouble(t *testing.T) {
	for text, want := range map[string]string{
		"1" + zeros(400):              "1e+400",
		"123456789" + zeros(400):      "1.23456789e+408",
		"1/3" + zeros(400):            "3.33333333333333e-401",
		strings.Repeat("9", 400):      "1e+400",
		"1/" + strings.Repeat("9", 9): "1.000000001e-9",
	} {
		if got := mustRate(t, text).Number(); got.String() != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// Number is valid JSON, and within half a unit of the fifteenth digit.
func TestNumberIsCloseAndEncodes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := new(big.Rat).SetFrac(integers(200).Draw(t, "num"), integers(200).Draw(t, "den"))
		r, err := FromRat(x)
		if err != nil {
			t.Fatal(err)
		}
		encoded, err := json.Marshal(r.Number())
		if err != nil {
			t.Fatal(err)
		}
		shown := new(big.Rat)
		if _, ok := shown.SetString(string(encoded)); !ok {
			t.Fatalf("%s is no number", encoded)
		}
		off := new(big.Rat).Sub(shown, x)
		off.Abs(off).Quo(off, x)
		// Half a unit of the last of 15 digits is at most 5 * 10^-15 of the value.
		if limit := new(big.Rat).Mul(big.NewRat(5, 1), powerOfTen(-15)); off.Cmp(limit) > 0 {
			t.Fatalf("%s shown as %s", r, encoded)
		}
	})
}
