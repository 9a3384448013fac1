package account

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/ilp"
)

// alertTextMax bounds each text of an alert, in bytes. It is the length of an ILP address.
const alertTextMax = ilp.AddressBytesMax

// clipOrigin cuts s off after 1023 bytes, and before the first control character or byte
// that is not UTF-8: no address has more. It returns AlertOthers if nothing is left of a
// text, so that a neighbor's text never looks like an alert that we raised.
func clipOrigin(s string) string {
	end := min(len(s), alertTextMax)
	for i, r := range s {
		size := 1
		if r >= utf8.RuneSelf {
			_, size = utf8.DecodeRuneInString(s[i:])
		}
		if i+size > alertTextMax || r == utf8.RuneError && size == 1 || unicode.IsControl(r) {
			end = i
			break
		}
	}
	if end == 0 && s != "" {
		return AlertOthers
	}
	return s[:end]
}

// clipText returns the first 1023 bytes of s, with "?" in place of what is not UTF-8.
func clipText(s string) string { return strings.ToValidUTF8(clip.UTF8(s, alertTextMax), "?") }
