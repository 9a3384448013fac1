package route

import (
	"errors"
	"fmt"
	"strings"
)

// What keeps a string from being a prefix of addresses.
var (
	// ErrPrefixLong says that a prefix is longer than an address may be.
	ErrPrefixLong = errors.New("longer than an ILP address may be")
	// ErrSegmentEmpty says that a prefix is empty, begins or ends with a dot, or
	// has two in a row.
	ErrSegmentEmpty = errors.New("empty segment")
	// ErrSegmentCharacter says that a segment has a character that addresses
	// have not.
	ErrSegmentCharacter = errors.New("forbidden character")
)

// prefixBytesMax is the longest ILP address (RFC 15, "Address Requirements").
const prefixBytesMax = 1023

// CheckPrefix says what is wrong with prefix, if anything: it must be segments of
// letters, digits, '_', '~' and '-' with a dot between each two (RFC 15). Its
// errors are, or wrap, the three above; they leave it to the caller to name prefix.
func CheckPrefix(prefix string) error {
	if len(prefix) > prefixBytesMax {
		return ErrPrefixLong
	}
	for segment := range strings.SplitSeq(prefix, ".") {
		if segment == "" {
			return ErrSegmentEmpty
		}
		if strings.ContainsFunc(segment, notInSegment) {
			return fmt.Errorf("%w in segment %q", ErrSegmentCharacter, segment)
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

// ChildAddress is the address of the child with account id: our own, a dot, and
// the segment that the configuration names for it, or the id if it names none.
// Either may have dots of its own. CheckPrefix tells whether the outcome is one.
func ChildAddress(own, id, segment string) string {
	if segment == "" {
		segment = id
	}
	return own + "." + segment
}
