//go:build !race

// The race detector allocates by itself, so this test is not for it.

package rate

import (
	"context"
	"testing"
	"time"
)

// idle is an observer that does nothing.
type idle struct{}

func (idle) Observe(context.Context, []Forwarded) {}

// hung is an observer that does not return before its context ends.
type hung struct{}

func (hung) Observe(ctx context.Context, _ []Forwarded) { <-ctx.Done() }

func TestPutAllocatesNothing(t *testing.T) {
	for name, o := range map[string]Observer{"an observer that keeps up": idle{}, "one that hangs": hung{}} {
		t.Run(name, func(t *testing.T) {
			f := NewFeed(o, nil)
			done := make(chan struct{})
			go func() { defer close(done); f.Run() }()
			p := Forwarded{From: "alice", To: "bob", FromAsset: Asset{Code: "USD", Scale: 2}, ToAsset: Asset{Code: "EUR", Scale: 2}, Incoming: 1, Outgoing: 1}
			if allocs := testing.AllocsPerRun(200_000, func() { f.Put(p) }); allocs != 0 {
				t.Errorf("%v allocations for a packet", allocs)
			}
			f.Close(100 * time.Millisecond)
			<-done
			if s := f.State(); s.Told+s.Dropped != 200_001 {
				t.Errorf("%+v", s)
			}
		})
	}
}
