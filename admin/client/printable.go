package client

import (
	"strings"
	"unicode"
)

// Printable returns text that is safe to show on a terminal. It replaces every rune that is
// not printable with U+FFFD, such as the escape sequences that a remote party may send.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
