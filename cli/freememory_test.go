package cli

import (
	"context"
	"testing"
	"time"
)

func TestFreeingIsWorthItsCollection(t *testing.T) {
	const mb = 1 << 20
	for _, tt := range []struct {
		heap heap
		want bool
	}{
		{heap{live: 10 * mb, objects: 11 * mb}, false},
		{heap{live: 10 * mb, objects: 26 * mb}, true},
		{heap{live: 10 * mb, objects: 16 * mb, free: 10 * mb}, true},
		{heap{live: 100 * mb, objects: 120 * mb}, false},
		{heap{live: 100 * mb, objects: 120 * mb, free: 5 * mb}, true},
		{heap{live: 100 * mb, objects: 90 * mb}, false}, // between two readings of the runtime
	} {
		if got := tt.heap.worthFreeing(); got != tt.want {
			t.Errorf("%+v: %v", tt.heap, got)
		}
	}
}

// What a burst of logins has left behind does not stay for long.
func TestMemoryOfABurstIsFreed(t *testing.T) {
	t.Setenv("GOGC", "")
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan struct{})
	close(ready)
	go func() {
		defer close(ended)
		freeMemory(ctx, ready, 10*time.Millisecond)
	}()
	defer func() {
		cancel()
		<-ended
	}()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 2 { // the second time it is not the start
		burst := make([]*[1 << 16]byte, 64<<20>>16)
		for i := range burst {
			burst[i] = new([1 << 16]byte)
		}
		clear(burst)
		for begun := time.Now(); heapNow().worthFreeing(); <-tick.C {
			if time.Since(begun) > time.Minute {
				t.Fatalf("%+v is left after a minute", heapNow())
			}
		}
	}
}
