package account

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// alertTextMax bounds each text of an alert, in bytes. It is the length of an ILP address.
const alertTextMax = 1023

// clipOrigin cuts off what no address has: text behind 1023 bytes, a control character
// or a byte that is not UTF-8, and everything after it. It returns AlertOthers if nothing
// is left of a text, so that no text of a stranger passes for one of ours.
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

// clipText cuts off what is behind 1023 bytes, and replaces what is not UTF-8.
func clipText(s string) string { return strings.ToValidUTF8(s[:min(len(s), alertTextMax)], "?") }
