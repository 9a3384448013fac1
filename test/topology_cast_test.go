package test

import (
	"slices"
	"strings"
	"testing"
)

// cast says of which kind each connector of a topology is, in the order of its nodes.
type cast []kind

// String is one letter for each, o for ours and r for the reference.
func (c cast) String() string {
	var letters strings.Builder
	for _, k := range c {
		letters.WriteByte(k[0])
	}
	return letters.String()
}

// has reports whether a connector of that kind is among them.
func (c cast) has(k kind) bool { return slices.Contains(c, k) }

// castOf reads what String writes.
func castOf(t *testing.T, letters string) (c cast) {
	t.Helper()
	for _, letter := range letters {
		switch letter {
		case 'o':
			c = append(c, ours)
		case 'r':
			c = append(c, reference)
		default:
			t.Fatalf("%q is no cast", letters)
		}
	}
	return c
}

// eachCast runs a test with each of the casts that -connector chooses: those without any of ours are the
// reference, all others test ours.
func eachCast(t *testing.T, letters []string, run func(t *testing.T, c cast)) {
	t.Helper()
	wanted := kinds(t)
	for _, text := range letters {
		c := castOf(t, text)
		about := reference
		if c.has(ours) {
			about = ours
		}
		if !slices.Contains(wanted, about) {
			continue
		}
		t.Run(c.String(), func(t *testing.T) {
			t.Parallel()
			run(t, c)
		})
	}
}
