package config

import (
	"strings"

	"github.com/ilp-go/connector/ilp"
)

// AddressProblem returns why address cannot be the address of a connector, "" if it
// can. It accepts every RFC 15 address but those below peer and self, which stand for
// the other end of a link and for the node itself.
func AddressProblem(address string) string {
	scheme, rest, _ := strings.Cut(address, ".")
	switch {
	case len(address) > ilp.AddressBytesMax:
		return "longer than 1023 characters"
	case scheme == "peer" || scheme == "self":
		return "and " + scheme + ".* is never the address of a connector"
	case !isScheme(scheme):
		return "which does not begin with g, test, test1, test2, test3, private, example or local"
	case !ilp.ValidSegments(rest):
		return "which is not an ILP address: " + scheme + " has to be followed by a dot and more segments"
	}
	return ""
}

// isPrefix reports whether packets to addresses below prefix can be routed at all.
func isPrefix(prefix string) bool {
	scheme, _, _ := strings.Cut(prefix, ".")
	return isScheme(scheme) && ilp.ValidSegments(prefix)
}

func isScheme(scheme string) bool {
	return ilp.ValidScheme(scheme) && scheme != "peer" && scheme != "self"
}
