package cli

import (
	"context"
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// freeMemoryAfter is how long after the start we free memory. By then the peers that waited
// for us have reconnected.
const freeMemoryAfter = time.Second

// freeMemory returns the memory that only the start needs to the system. Each collection
// halves the stacks that are larger than necessary. Then it does so whenever much was left behind, by
// thousands of logins for instance, and little is allocated any more. Go itself keeps as much as twice
// of what is in use. If GOGC says when to collect, it frees the memory of the start alone.
func freeMemory(ctx context.Context, ready <-chan struct{}, tick time.Duration) {
	select {
	case <-ready:
	case <-ctx.Done():
		return
	}
	select {
	case <-time.After(freeMemoryAfter):
	case <-ctx.Done():
		return
	}
	for range 3 {
		debug.FreeOSMemory()
	}
	if os.Getenv("GOGC") == "" {
		freeWhenQuiet(ctx, tick)
	}
}

// quietTick is the time between two looks whether memory can be freed, and quietBytes is what a process
// allocates meanwhile at the most if it is quiet.
const (
	quietTick  = 2 * time.Second
	quietBytes = 1 << 20
)

// freeWhenQuiet frees memory again and again until ctx ends.
func freeWhenQuiet(ctx context.Context, tick time.Duration) {
	look := time.NewTicker(tick)
	defer look.Stop()
	for last := heapNow(); ; {
		select {
		case <-look.C:
		case <-ctx.Done():
			return
		}
		now := heapNow()
		if now.allocated-last.allocated <= quietBytes && now.worthFreeing() {
			debug.FreeOSMemory()
			now = heapNow()
		}
		last = now
	}
}

// heap is how much memory a process uses, in bytes.
type heap struct {
	allocated uint64 // since it has begun
	live      uint64 // at the last collection
	objects   uint64 // live ones, and those that were dropped since
	free      uint64 // of no object, and not given back to the system
}

// worthFreeing reports whether freeing would give back at least as much as we let garbage grow, and a
// quarter of what is live.
func (h heap) worthFreeing() bool {
	dropped := h.objects - min(h.live, h.objects)
	return dropped+h.free >= max(roomMin, h.live/4)
}

func heapNow() heap {
	s := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"}, {Name: "/gc/heap/live:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(s)
	return heap{s[0].Value.Uint64(), s[1].Value.Uint64(), s[2].Value.Uint64(), s[3].Value.Uint64()}
}
