package settle

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Printable returns what an engine, a plugin or a peer has written, for a log, an alert or
// an answer: at most max bytes of UTF-8 in one line. Whatever does not print becomes a
// space, and a byte that is no UTF-8 becomes U+FFFD.
func Printable(text string, max int) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	if len(text) <= max {
		return text
	}
	for max > 0 && !utf8.RuneStart(text[max]) {
		max--
	}
	return text[:max]
}
