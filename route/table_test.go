package route

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func TestNextTakesLongestPrefixOfWholeSegments(t *testing.T) {
	table := NewTable(maps.All(map[string]Hop{
		"g": 1, "g.us": 2, "g.us.alice.shop": 3, "test.a.b.c": 4, "odd.": 5,
	}))
	for _, test := range []struct {
		destination string
		want        Hop // 0 for none
	}{
		{"g", 1},
		{"g.", 1},
		{"gg", 0},
		{"ghost.x", 0},
		{"g.us", 2},
		{"g.us.", 2},
		{"g.us..x", 2},
		{"g.usa.x", 1},
		{"g.u", 1},
		{"g.us.alice", 2},
		{"g.us.alice.shop", 3},
		{"g.us.alice.shopper", 2},
		{"g.us.alice.shop.till.9", 3},
		{"test", 0},
		{"test.a.b", 0},
		{"test.a.b.c.d.e.f", 4},
		{"odd", 0},
		{"odd.", 5},
		{"odd.x", 0},
		{"odd..x", 5},
		{"", 0},
		{".", 0},
		{".g", 0},
	} {
		if got, ok := table.Next([]byte(test.destination)); got != test.want || ok != (test.want != 0) {
			t.Errorf("Next(%q) = %d, %t, want %d", test.destination, got, ok, test.want)
		}
	}
}

func TestEmptyPrefixCoversEverythingLast(t *testing.T) {
	table := NewTable(maps.All(map[string]Hop{"": 1, "g.us": 2}))
	for destination, want := range map[string]Hop{
		"": 1, ".": 1, "g": 1, "g.usa": 1, "x.y.z": 1, "g.us": 2, "g.us.x": 2,
	} {
		if got, ok := table.Next([]byte(destination)); got != want || !ok {
			t.Errorf("Next(%q) = %d, %t, want %d", destination, got, ok, want)
		}
	}
}

func TestTableWithoutRoutesKnowsNoHop(t *testing.T) {
	for name, table := range map[string]*Table{
		"zero":  {},
		"empty": NewTable(maps.All(map[string]Hop{})),
	} {
		for _, destination := range []string{"", ".", "g", "g.us.alice"} {
			if hop, ok := table.Next([]byte(destination)); ok {
				t.Errorf("%s table: Next(%q) = %d", name, destination, hop)
			}
		}
	}
}

func TestNewTableKeepsLaterOfTwoRoutes(t *testing.T) {
	table := NewTable(func(yield func(string, Hop) bool) {
		_ = yield("g.us", 1) && yield("g.us", 2)
	})
	if hop, _ := table.Next([]byte("g.us.x")); hop != 2 {
		t.Errorf("hop %d, want 2", hop)
	}
}

// TestNextAgreesWithLinearScan compares Table with the definition of the longest
// prefix. With three characters, siblings such as a.b and a.bb, empty segments
// and final dots abound.
func TestNextAgreesWithLinearScan(t *testing.T) {
	addresses := rapid.StringOfN(rapid.SampledFrom([]rune("ab.")), 0, 8, -1)
	rapid.Check(t, func(t *rapid.T) {
		routes := rapid.MapOfN(addresses, rapid.Map(rapid.IntRange(0, 9), func(n int) Hop { return Hop(n) }), 0, 12).Draw(t, "routes")
		destination := addresses.Draw(t, "destination")

		hop, ok := NewTable(maps.All(routes)).Next([]byte(destination))
		wantHop, wantOK := scan(routes, destination)
		if hop != wantHop || ok != wantOK {
			t.Fatalf("Next(%q) = %d, %t, want %d, %t", destination, hop, ok, wantHop, wantOK)
		}
	})
}

// scan returns the hop by the definition of Next.
func scan(routes map[string]Hop, destination string) (hop Hop, ok bool) {
	longest := -1
	for prefix, h := range routes {
		covers := prefix == "" || destination == prefix || strings.HasPrefix(destination, prefix+".")
		if covers && len(prefix) > longest {
			hop, ok, longest = h, true, len(prefix)
		}
	}
	return hop, ok
}

func TestNextIsRightAmong100000Routes(t *testing.T) {
	w := newWeb(100_000)
	table := NewTable(w.routes())
	expect := func(destination string, want Hop) {
		t.Helper()
		if got, ok := table.Next([]byte(destination)); got != want || !ok {
			t.Fatalf("Next(%q) = %d, %t, want %d", destination, got, ok, want)
		}
	}
	for i, prefix := range w.prefixes {
		expect(prefix, Hop(i))
		expect(prefix+".~.token", Hop(i))
		if up := w.parents[i]; up >= 0 {
			expect(prefix+"~", Hop(up)) // a sibling that has no route
		}
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	w := newWeb(1000)
	table := NewTable(w.routes())
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		table.Next(w.destinations[i%len(w.destinations)])
		i++
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestNextMayBeCalledByMany is for the race detector.
func TestNextMayBeCalledByMany(t *testing.T) {
	w := newWeb(100)
	table := NewTable(w.routes())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for _, destination := range w.destinations[:1000] {
				if _, ok := table.Next(destination); !ok {
					t.Errorf("no route to %s", destination)
				}
			}
		})
	}
	readers.Wait()
}

func BenchmarkNext(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000, 1_000_000} {
		w := newWeb(n)
		table := NewTable(w.routes())
		b.Run(fmt.Sprintf("routes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				table.Next(w.destinations[i%len(w.destinations)])
				i++
			}
		})
	}
}

func BenchmarkNewTable(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		w := newWeb(n)
		b.Run(fmt.Sprintf("routes=%d", n), func(b *testing.B) {
			for b.Loop() {
				NewTable(w.routes())
			}
		})
	}
}

// web is a made-up network: prefixes of up to five segments below g, each below
// an earlier one, and addresses below them.
type web struct {
	prefixes     []string
	parents      []int // index of the longest shorter prefix, -1 for none
	destinations [][]byte
}

func newWeb(n int) *web {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	w := &web{prefixes: []string{"g"}, parents: []int{-1}}
	taken := map[string]bool{"g": true}
	for len(w.prefixes) < n {
		up := random.IntN(len(w.prefixes))
		prefix := w.prefixes[up] + "." + segment(random)
		if segments(prefix) > 5 || taken[prefix] {
			continue
		}
		taken[prefix] = true
		w.prefixes = append(w.prefixes, prefix)
		w.parents = append(w.parents, up)
	}
	for range 1 << 16 {
		address := w.prefixes[random.IntN(n)]
		for range 1 + random.IntN(3) {
			address += "." + segment(random)
		}
		w.destinations = append(w.destinations, []byte(address))
	}
	return w
}

// routes gives each prefix its index as hop.
func (w *web) routes() iter.Seq2[string, Hop] {
	return func(yield func(string, Hop) bool) {
		for i, prefix := range w.prefixes {
			if !yield(prefix, Hop(i)) {
				return
			}
		}
	}
}

func segment(random *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
	s := make([]byte, 3+random.IntN(6))
	for i := range s {
		s[i] = letters[random.IntN(len(letters))]
	}
	return string(s)
}
