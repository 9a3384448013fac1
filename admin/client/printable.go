package client

import (
	"strings"
	"unicode"
)

// Printable is text that may be shown on a terminal: what is no character to look
// at, such as the escape sequences a remote party may have written, becomes U+FFFD.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, text)
}
