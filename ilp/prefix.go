package ilp

import (
	"errors"
	"fmt"
	"strings"
)

// The faults of a prefix.
var (
	ErrPrefixLong = errors.New("longer than 1023 characters")
	// ErrSegmentEmpty says that a prefix is empty, begins or ends with a dot, or
	// has two in a row.
	ErrSegmentEmpty = errors.New("empty segment")
	// ErrSegmentCharacter says that a segment has a character that no address has.
	ErrSegmentCharacter = errors.New("forbidden character")
)

// ValidPrefix reports whether p is a prefix of addresses: one or more whole segments,
// and no longer than an address (RFC 15). Its first segment need not be a scheme.
func ValidPrefix[T ~[]byte | ~string](p T) bool {
	return len(p) <= AddressBytesMax && ValidSegments(p)
}

// CheckPrefix returns nil if ValidPrefix accepts prefix, and otherwise the fault. The
// error is, or wraps, one of those above, and leaves it to the caller to name prefix.
func CheckPrefix(prefix string) error {
	switch {
	case len(prefix) > AddressBytesMax:
		return ErrPrefixLong
	case strings.HasSuffix(prefix, "."):
		return fmt.Errorf("%w: it ends with a dot", ErrSegmentEmpty)
	}
	for segment := range strings.SplitSeq(prefix, ".") {
		if segment == "" {
			return ErrSegmentEmpty
		}
		if !ValidSegments(segment) {
			return fmt.Errorf("%w in segment %q", ErrSegmentCharacter, segment)
		}
	}
	return nil
}
