package engine

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestPrefixSetAgreesWithEachPrefixAlone(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test
	address := func() string {
		segments := make([]string, 1+random.IntN(3))
		for i := range segments {
			segments[i] = []string{"a", "b", "a-b", "a~", "aa", "A", "-"}[random.IntN(7)]
		}
		return strings.Join(segments, ".")
	}
	covered := 0
	for range 2000 {
		prefixes := make([]string, random.IntN(8))
		for i := range prefixes {
			prefixes[i] = address()
		}
		set := newPrefixSet(prefixes)
		for range 10 {
			to, want := address(), false
			for _, prefix := range prefixes {
				want = want || to == prefix || strings.HasPrefix(to, prefix+".")
			}
			if got := set.covers([]byte(to)); got != want {
				t.Fatalf("%q covers %s: %v, want %v", prefixes, to, got, want)
			}
			if want {
				covered++
			}
		}
	}
	if covered < 1000 {
		t.Errorf("only %d addresses were covered", covered)
	}
}

func TestPrefixSetAllocatesNothing(t *testing.T) {
	var prefixes []string
	for i := range 1000 {
		prefixes = append(prefixes, fmt.Sprintf("test.a%d", i))
	}
	set, to := newPrefixSet(prefixes), []byte("test.a500x.bob")
	if n := testing.AllocsPerRun(100, func() {
		if set.covers(to) {
			t.Error("it is covered")
		}
	}); n > 0 {
		t.Errorf("a look-up allocates %v times", n)
	}
}

func BenchmarkPrefixSet(b *testing.B) {
	var prefixes []string
	for i := range 1000 {
		prefixes = append(prefixes, fmt.Sprintf("test.a%d", i))
	}
	set, to := newPrefixSet(prefixes), []byte("test.b.bob")
	for b.Loop() {
		set.covers(to)
	}
}
