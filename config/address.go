package config

import (
	"slices"
	"strings"
)

// segmentLetters may stand in a segment of an ILP address (RFC 15).
const segmentLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_~-"

// addressLengthMax is the longest ILP address (RFC 15).
const addressLengthMax = 1023

// addressProblem says why address can not be the address of a connector; "" is
// none. Any RFC 15 address is fine but those below peer and self, which mean
// the other end of a link and the node itself.
func addressProblem(address string) string {
	scheme, rest, _ := strings.Cut(address, ".")
	switch {
	case len(address) > addressLengthMax:
		return "longer than 1023 characters"
	case scheme == "peer" || scheme == "self":
		return "and " + scheme + ".* is never the address of a connector"
	case !isScheme(scheme):
		return "which does not begin with g, test, test1, test2, test3, private, example or local"
	case !isSegments(rest):
		return "which is not an ILP address: " + scheme + " has to be followed by a dot and more segments"
	}
	return ""
}

// isPrefix is whether packets can have a destination below prefix that is
// routed at all.
func isPrefix(prefix string) bool {
	scheme, rest, deeper := strings.Cut(prefix, ".")
	return isScheme(scheme) && (!deeper || isSegments(rest))
}

func isScheme(scheme string) bool {
	return slices.Contains([]string{"g", "private", "example", "test", "test1", "test2", "test3", "local"}, scheme)
}

// isSegments is whether text is one or more segments joined by dots.
func isSegments(text string) bool {
	for segment := range strings.SplitSeq(text, ".") {
		if segment == "" || strings.Trim(segment, segmentLetters) != "" {
			return false
		}
	}
	return true
}
