package route

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
		{strings.Repeat("a", 1024), errPrefixLong},
		{"", errSegmentEmpty},
		{".", errSegmentEmpty},
		{".g", errSegmentEmpty},
		{"g.", errSegmentEmpty},
		{"g..us", errSegmentEmpty},
		{"g.u s", errSegmentCharacter},
		{"g.ü", errSegmentCharacter},
		{"g.\xff", errSegmentCharacter},
		{"g.us/alice", errSegmentCharacter},
		{"g.us\n", errSegmentCharacter},
	} {
		if err := checkPrefix(test.prefix); !errors.Is(err, test.want) {
			t.Errorf("checkPrefix(%.20q) = %v, want %v", test.prefix, err, test.want)
		}
	}
}

func TestChildAddressTakesSegmentOrElseID(t *testing.T) {
	for _, test := range []struct{ id, segment, want string }{
		{"alice", "", "test.hub.alice"},
		{"bob", "robert", "test.hub.robert"},
		{"a.b", "", "test.hub.a.b"},
	} {
		if got := ChildAddress("test.hub", test.id, test.segment); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}
