package cli

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// roomMin is how much is allocated at the least from one collection of garbage to the next. Go
// collects when the heap has doubled: with few accounts each time when 4 MB were allocated, which
// some hundred requests of the admin API do. A collection keeps all cores busy for some
// milliseconds, and packets wait meanwhile.
const roomMin = 16 << 20

// spaceCollections keeps collections of garbage apart while there is little that must stay. It does
// nothing if GOGC says when to collect. end ends that.
func spaceCollections(room uint64) (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	var ended atomic.Bool
	now := percentDefault
	var look func(struct{})
	look = func(struct{}) {
		if ended.Load() {
			debug.SetGCPercent(percentDefault)
			return
		}
		if next := percentFor(liveBytes(), room); next > now+now/8 || next < now-now/8 {
			now = next
			debug.SetGCPercent(now) // stops all goroutines for a moment
		}
		runtime.AddCleanup(new(collected), look, struct{}{})
	}
	look(struct{}{})
	return func() { ended.Store(true) }
}

// percentSaving is GOGC while the configuration is read and the accounts are made.
const percentSaving = 50

// saveRoom collects garbage more often, until end is called, unless GOGC says when to. What is made
// meanwhile stays, and lies in the places of garbage instead of beside it.
func saveRoom() (end func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	debug.SetGCPercent(percentSaving)
	return func() { debug.SetGCPercent(percentDefault) }
}

// collected is garbage at once. So its cleanup runs after the next collection, or the one after that.
type collected struct{ _ *collected }

// percentDefault is GOGC if nobody sets it.
const percentDefault = 100

// percentFor returns the part of the live bytes in percent by which the heap may grow until the next
// collection, so that it is at least room.
func percentFor(live, room uint64) int {
	return int(max(percentDefault, room*percentDefault/max(live, 1<<16)))
}

// liveBytes returns the bytes that the last collection has kept.
func liveBytes() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
