package ilp

import (
	"errors"
	"testing"
)

func TestKnownCodesAreThoseOfTheRFC(t *testing.T) {
	known := map[Code]bool{}
	for _, s := range []string{
		"F00", "F01", "F02", "F03", "F04", "F05", "F06", "F07", "F08", "F99",
		"T00", "T01", "T02", "T03", "T04", "T05", "T99", "R00", "R01", "R02", "R99",
	} {
		code := codeOf([]byte(s))
		known[code] = true
		if code.String() != s || string(code.append(nil)) != s {
			t.Errorf("%s is written as %s and %s", s, code, code.append(nil))
		}
	}
	for _, letter := range "FTRXf\x00" {
		for tens := range 10 {
			for ones := range 10 {
				code := codeOf([]byte{byte(letter), '0' + byte(tens), '0' + byte(ones)})
				if code.Known() != known[code] {
					t.Errorf("%s: known is %t", code, code.Known())
				}
			}
		}
	}
}

func TestCodeConstants(t *testing.T) {
	for code, want := range map[Code]string{F00: "F00", F08: "F08", F99: "F99", T04: "T04", R02: "R02"} {
		if code.String() != want {
			t.Errorf("%s is named %s", code, want)
		}
	}
}

func TestCodeOfOddBytesKeepsThem(t *testing.T) {
	if code := codeOf([]byte{0xff, 0, 'z'}); code.String() != "\xff\x00z" || code.Known() || code.Valid() {
		t.Errorf("got %q, known %t, valid %t", code.String(), code.Known(), code.Valid())
	}
}

func TestValidCodesArePrintable(t *testing.T) {
	for b := range 256 {
		want := b >= ' ' && b <= '~'
		for place := range codeBytes {
			text := []byte("F00")
			text[place] = byte(b)
			if code := codeOf(text); code.Valid() != want {
				t.Errorf("%q: valid is %t", text, code.Valid())
			}
			r := Reject{Code: codeOf(text)}
			if _, err := ParseReply(r.Append(nil)); errors.Is(err, ErrCode) == want {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
	if Code(0).Valid() || (F00 | 'X'<<24).Valid() {
		t.Error("no code, or one of four bytes, is valid")
	}
}
