package route

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestPrefixSetAgreesWithSortedMap fills and empties a set of many chunks, in three
// orders.
func TestPrefixSetAgreesWithSortedMap(t *testing.T) {
	const n = 20 * chunkMax
	ascending := make([]string, n)
	for i := range ascending {
		ascending[i] = fmt.Sprintf("g.%06d", i)
	}
	descending := slices.Clone(ascending)
	slices.Reverse(descending)
	mixed := slices.Clone(ascending)
	random := rand.New(rand.NewPCG(1, 2))
	random.Shuffle(n, func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })

	for name, orders := range map[string][2][]string{
		"ascending":  {ascending, ascending},
		"descending": {descending, ascending},
		"mixed":      {mixed, descending},
		"shuffled":   {ascending, mixed},
	} {
		t.Run(name, func(t *testing.T) {
			set, want := prefixSet{}, make(map[string]bool)
			for i, p := range orders[0] {
				set.insert(p)
				want[p] = true
				if i%500 == 0 {
					expectSet(t, &set, want)
				}
			}
			expectSet(t, &set, want)
			if most := n/(chunkMax-1) + 1; name == "ascending" && len(set.chunks) > most {
				t.Errorf("%d chunks, want at most %d full ones", len(set.chunks), most)
			}
			for i, p := range orders[1] {
				set.remove(p)
				delete(want, p)
				if i%500 == 0 {
					expectSet(t, &set, want)
				}
			}
			expectSet(t, &set, want)
			if len(set.chunks) != 0 {
				t.Errorf("%d chunks are left of nothing", len(set.chunks))
			}
		})
	}
}

func expectSet(t *testing.T, set *prefixSet, want map[string]bool) {
	t.Helper()
	keys := slices.Sorted(maps.Keys(want))
	if got := slices.Collect(set.from("")); !slices.Equal(got, keys) {
		t.Fatalf("%d prefixes in the set, want %d", len(got), len(keys))
	}
	// A start between two prefixes, at one, before all and after all.
	for _, start := range []string{"g.001000x", "g.002000", "a", "z"} {
		i, _ := slices.BinarySearch(keys, start)
		if got := slices.Collect(set.from(start)); !slices.Equal(got, keys[i:]) {
			t.Fatalf("%d prefixes from %s on, want %d", len(got), start, len(keys)-i)
		}
	}
	if most := 4*len(keys)/chunkMax + 2; len(set.chunks) > most {
		t.Fatalf("%d chunks for %d prefixes, want at most %d", len(set.chunks), len(keys), most)
	}
}
