package route

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/ilp-go/connector/account"
)

// bytesPerRouteMax is the memory that a route may take in RIB, Table and Log together.
const bytesPerRouteMax = 400

// TestRouteCostsFewBytes learns 100,000 routes of one neighbor.
func TestRouteCostsFewBytes(t *testing.T) {
	for name, w := range map[string]*web{
		"nested":             newWeb(100_000), // nearly all are redundant
		"next to each other": flatWeb(100_000),
	} {
		t.Run(name, func(t *testing.T) {
			n := uint64(len(w.prefixes))
			start := heapBytes()
			v := newTestView()
			v.apply(learnWeb(v.rib, w))
			all := heapBytes()
			runtime.KeepAlive(v)
			v.log, v.view = nil, nil
			rib := heapBytes()
			table := tableOf(v.rib, anyNumber)
			tables := heapBytes() - rib

			t.Logf("bytes per route: RIB %d, Table %d, Log %d; in all %d",
				(rib-start)/n, tables/n, (all-rib)/n, (all+tables-start)/n)
			if got := (all + tables - start) / n; got > bytesPerRouteMax {
				t.Errorf("%d bytes per route, want at most %d", got, bytesPerRouteMax)
			}
			runtime.KeepAlive(table)
			runtime.KeepAlive(v)
		})
		runtime.KeepAlive(w)
	}
}

// flatWeb returns prefixes of one depth, none below another.
func flatWeb(n int) *web {
	w := &web{prefixes: []string{"g"}}
	for i := range n - 1 {
		w.prefixes = append(w.prefixes, fmt.Sprintf("g.far.country.%07d", i))
	}
	return w
}

// heapBytes returns the size of the live heap.
func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// learnWeb learns all prefixes of a web but the first, which is the whole network. As
// on the wire, all strings are new each time; the path leads through one of 1,000
// connectors to the one that has the prefix as its address.
func learnWeb(rib *RIB, w *web) (changes []Change) {
	ann := Neighbor{Account: "ann", Relation: account.Peer}
	for i, prefix := range w.prefixes[1:] {
		path := []string{strings.Clone("g.ann"), fmt.Sprint("g.transit.", i%1000), strings.Clone(prefix)}
		if c, changed := rib.Learn(ann, Route{Prefix: strings.Clone(prefix), Path: path, Auth: [32]byte{byte(i), byte(i >> 8)}}); changed {
			changes = append(changes, c)
		}
	}
	return changes
}

func anyNumber(string) (Hop, bool) { return 1, true }

// flapWeb makes n changes: half as many routes are learned of a better neighbor, one
// by one, and dropped at once.
func flapWeb(v testView, w *web, n int) {
	kid := Neighbor{Account: "kid", Relation: account.Peer, LocalPreference: 1}
	for _, prefix := range w.prefixes[1 : n/2+1] {
		v.learn(kid, Route{Prefix: prefix, Path: []string{"g.kid", prefix}})
	}
	v.apply(made(v.rib.Drop("kid")))
	v.log.Compact(v.log.Epoch(), noStep)
}

func BenchmarkLearn(b *testing.B) {
	nested, flat := newWeb(100_000), flatWeb(100_000)
	b.Run("routes=100000/nested", func(b *testing.B) {
		for b.Loop() {
			learnWeb(NewRIB(), nested)
		}
	})
	for name, w := range map[string]*web{"nested": nested, "flat": flat} {
		b.Run("routes=100000/"+name+"/advertised", func(b *testing.B) {
			for b.Loop() {
				v := newTestView()
				v.apply(learnWeb(v.rib, w))
			}
		})
	}
}

// BenchmarkBurst makes 10,000 changes of best routes among 100,000, and advertises them.
func BenchmarkBurst(b *testing.B) {
	w := flatWeb(100_000)
	v := newTestView()
	v.apply(learnWeb(v.rib, w))
	for b.Loop() {
		flapWeb(v, w, 10_000)
	}
}

func BenchmarkDrop(b *testing.B) {
	w := flatWeb(100_000)
	for b.Loop() {
		b.StopTimer()
		v := newTestView()
		v.apply(learnWeb(v.rib, w))
		b.StartTimer()
		v.apply(made(v.rib.Drop("ann")))
	}
}

func BenchmarkTable(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000, 1_000_000} {
		w := newWeb(n)
		rib := NewRIB()
		changes := learnWeb(rib, w)
		b.Run(fmt.Sprintf("build/routes=%d", n), func(b *testing.B) {
			for b.Loop() {
				tableOf(rib, anyNumber)
			}
		})
		table := tableOf(rib, anyNumber)
		b.Run(fmt.Sprintf("with/routes=%d", n), func(b *testing.B) {
			for b.Loop() {
				table.Follow(changes[:min(50, len(changes))], anyNumber)
			}
		})
	}
}

// BenchmarkSince takes the next 50 of 100,000 updates.
func BenchmarkSince(b *testing.B) {
	v := newTestView()
	v.apply(learnWeb(v.rib, flatWeb(100_000)))
	c := v.log.Begin()
	for b.Loop() {
		if _, c, _ = v.log.Since(c, 50); c.Epoch == v.log.Epoch() {
			c = v.log.Begin()
		}
	}
}

func BenchmarkImport(b *testing.B) {
	home := Identity{Address: "g.hub", GlobalPrefix: "g"}
	r := Route{Prefix: "g.us.alice.shop", Path: []string{"g.ann", "g.transit.17", "g.us.alice.shop"}}
	for b.Loop() {
		(Policy{}).Import(r, "g.ann", home)
	}
}
