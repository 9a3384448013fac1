package ilp

import (
	"errors"
	"strings"
	"testing"
)

func TestCheckPrefixDemandsWholeSegments(t *testing.T) {
	for _, test := range []struct {
		prefix string
		want   error
	}{
		{"g", nil},
		{"test.hub.alice", nil},
		{"g.AZaz09_~-", nil},
		{strings.Repeat("a", 1023), nil},
		{strings.Repeat("a", 1024), ErrPrefixLong},
		{"", ErrSegmentEmpty},
		{".", ErrSegmentEmpty},
		{".g", ErrSegmentEmpty},
		{"g.", ErrSegmentEmpty},
		{"g..us", ErrSegmentEmpty},
		{"g.u s", ErrSegmentCharacter},
		{"g.ü", ErrSegmentCharacter},
		{"g.\xff", ErrSegmentCharacter},
		{"g.us/alice", ErrSegmentCharacter},
		{"g.us\n", ErrSegmentCharacter},
	} {
		if err := CheckPrefix(test.prefix); !errors.Is(err, test.want) {
			t.Errorf("CheckPrefix(%.20q) = %v, want %v", test.prefix, err, test.want)
		}
		if got := ValidPrefix(test.prefix); got != (test.want == nil) {
			t.Errorf("ValidPrefix(%.20q) = %t", test.prefix, got)
		}
	}
}
