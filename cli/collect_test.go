package cli

import (
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestCollectionsAreApartByRoom(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct {
		live uint64
		want int
	}{{0, 25600}, {mb, 1600}, {4 * mb, 400}, {16 * mb, 100}, {17 * mb, 100}, {1000 * mb, 100}} {
		if got := percentFor(tt.live, 16*mb); got != tt.want {
			t.Errorf("with %d live bytes the heap may grow by %d %%, not %d", tt.live, got, tt.want)
		}
	}
}

// What the heap may grow by follows what it holds.
func TestRoomFollowsTheHeap(t *testing.T) {
	t.Setenv("GOGC", "")
	const room = 256 << 20 // no test holds so much
	end := spaceCollections(room)
	await := func(what string, holds func(percent uint64) bool) {
		t.Helper()
		var now uint64
		for begun := time.Now(); time.Since(begun) < time.Minute; {
			runtime.GC()
			if now = percentInForce(); holds(now) {
				return
			}
		}
		t.Fatalf("%s, the heap may grow by %d %%", what, now)
	}
	await("with little to keep", func(percent uint64) bool { return percent > 200 })
	large := make([]*[1 << 16]byte, 96<<20>>16)
	before := percentInForce()
	for i := range large {
		large[i] = new([1 << 16]byte)
	}
	await("with much to keep", func(percent uint64) bool { return percent < before/2 })
	runtime.KeepAlive(large)
	end()
	await("at the end", func(percent uint64) bool { return percent == percentDefault })
}

func percentInForce() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
