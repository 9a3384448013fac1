// Package clip bounds text that others have written, before we store, log or send it.
package clip

import "unicode/utf8"

// UTF8 returns the longest beginning of s that has at most max bytes and does not end
// inside a character.
func UTF8[T ~[]byte | ~string](s T, max int) T {
	if len(s) <= max {
		return s
	}
	for max > 0 && !utf8.RuneStart(s[max]) {
		max--
	}
	return s[:max]
}
