package route

import (
	"errors"
	"fmt"
	"strings"
)

// The errors of checkPrefix.
var (
	// errPrefixLong says that a prefix is longer than an address may be.
	errPrefixLong = errors.New("longer than an ILP address may be")
	// errSegmentEmpty says that a prefix is empty, begins or ends with a dot, or
	// has two dots in a row.
	errSegmentEmpty = errors.New("empty segment")
	// errSegmentCharacter says that a segment has a character that is not allowed in
	// addresses.
	errSegmentCharacter = errors.New("forbidden character")
)

// prefixBytesMax is the longest ILP address (RFC 15, "Address Requirements").
const prefixBytesMax = 1023

// checkPrefix returns an error if prefix is not valid: it must be segments of letters,
// digits, '_', '~' and '-' with a dot between each two (RFC 15). Its errors are, or wrap,
// the three above. They do not name prefix: the caller does.
func checkPrefix(prefix string) error {
	if len(prefix) > prefixBytesMax {
		return errPrefixLong
	}
	for segment := range strings.SplitSeq(prefix, ".") {
		if segment == "" {
			return errSegmentEmpty
		}
		if strings.ContainsFunc(segment, notInSegment) {
			return fmt.Errorf("%w in segment %q", errSegmentCharacter, segment)
		}
	}
	return nil
}

func notInSegment(c rune) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return false
	}
	return c != '_' && c != '~' && c != '-'
}

// ChildAddress returns the address of the child with account id: our own, a dot, and
// the segment that is configured for it, or the id without one. Either may contain dots.
// The result may not be valid: see checkPrefix.
func ChildAddress(own, id, segment string) string {
	if segment == "" {
		segment = id
	}
	return own + "." + segment
}
