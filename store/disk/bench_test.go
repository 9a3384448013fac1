//go:build unix

package disk

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/storetest"
)

// randomChanges returns size changes of keys out of so many, 72 bytes each.
func randomChanges(size, keys int) store.Batch {
	batch := make(store.Batch, size)
	for i := range batch {
		batch[i] = store.Change{Key: fmt.Sprintf("balance/%04d", rand.IntN(keys)), Value: bytes.Repeat([]byte{'7'}, 60)}
	}
	return batch
}

// all returns a change of each of so many keys.
func all(keys int) (batch store.Batch) {
	for i := range keys {
		batch = append(batch, store.Change{Key: fmt.Sprintf("balance/%04d", i), Value: bytes.Repeat([]byte{'7'}, 60)})
	}
	return batch
}

// What a commit costs, checkpoints included: in processor time of the process, the
// kernel's part included. The database alone is there to compare.
func BenchmarkApply(b *testing.B) {
	for _, kind := range []string{"bolt", "0s", "100ms"} {
		for _, size := range []int{1, 64, 1024} {
			b.Run(fmt.Sprintf("%s/%d", kind, size), func(b *testing.B) {
				s := benchmarkStore(b, kind)
				if err := s.Apply(all(10_000)); err != nil {
					b.Fatal(err)
				}
				batches := make([]store.Batch, 64)
				for i := range batches {
					batches[i] = randomChanges(size, 10_000)
				}
				b.ReportAllocs()
				before, n := processorTime(), 0
				for b.Loop() {
					if err := s.Apply(batches[n%len(batches)]); err != nil {
						b.Fatal(err)
					}
					n++
				}
				b.ReportMetric(float64((processorTime()-before).Microseconds())/float64(n), "cpu-us/op")
			})
		}
	}
}

func benchmarkStore(b *testing.B, kind string) (s store.Store) {
	b.Helper()
	if kind == "bolt" {
		db, err := bolt.Open(b.TempDir(), bolt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		s = db
	} else {
		interval, err := time.ParseDuration(kind)
		if err != nil {
			b.Fatal(err)
		}
		s = mustOpen(b, b.TempDir(), Options{Durability: store.Durability(interval)})
	}
	b.Cleanup(func() {
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	})
	return s
}

// processorTime returns the processor time of this process.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// How long a checkpoint takes, and how long it holds up those who apply meanwhile: the
// longest of them.
func BenchmarkCheckpoint(b *testing.B) {
	for _, keys := range []int{1_000, 10_000} {
		b.Run(fmt.Sprint(keys), func(b *testing.B) {
			s := mustOpen(b, b.TempDir(), Options{})
			defer storetest.MustClose(b, s)
			every, batch := all(keys), randomChanges(64, keys)
			var took, held []time.Duration
			for b.Loop() {
				storetest.MustApply(b, s, every)
				ended := make(chan time.Duration)
				go func() {
					begun := time.Now()
					if err := s.journal.Checkpoint(nil); err != nil {
						b.Error(err)
					}
					ended <- time.Since(begun)
				}()
				longest := time.Duration(0)
				for under := true; under; {
					begun := time.Now()
					storetest.MustApply(b, s, batch)
					longest = max(longest, time.Since(begun))
					select {
					case d := <-ended:
						took, under = append(took, d), false
					default:
					}
				}
				held = append(held, longest)
			}
			slices.Sort(took)
			slices.Sort(held)
			b.ReportMetric(ms(took[len(took)/2]), "checkpoint-ms")
			b.ReportMetric(ms(held[len(held)/2]), "held-ms")
			b.ReportMetric(ms(held[len(held)-1]), "held-max-ms")
		})
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// How long a start and a stop take, after the store was closed, and after it was killed:
// with a half that is full of large commits, and with many small ones.
func BenchmarkOpen(b *testing.B) {
	for _, c := range []struct {
		durability    store.Durability
		commits, size int
	}{{store.Sync, 2_500, 64}, {store.Sync, 9_000, 1}, {store.IntervalMax, 100_000, 1}} {
		o := Options{Durability: c.durability}
		closed, killed := b.TempDir(), b.TempDir()
		s := mustOpen(b, closed, o)
		storetest.MustApply(b, s, all(10_000))
		for range c.commits {
			storetest.MustApply(b, s, randomChanges(c.size, 10_000))
		}
		copyStore(b, closed, killed)
		storetest.MustClose(b, s)
		for _, from := range []string{closed, killed} {
			how := map[string]string{closed: "closed", killed: "killed"}[from]
			b.Run(fmt.Sprintf("%s/%dx%d/%s", c.durability, c.commits, c.size, how), func(b *testing.B) {
				dir, frames := b.TempDir(), 0
				for b.Loop() {
					b.StopTimer()
					copyStore(b, from, dir)
					b.StartTimer()
					s := mustOpen(b, dir, o)
					frames = s.journal.Recovered.Frames
					storetest.MustClose(b, s)
				}
				b.ReportMetric(float64(frames), "frames")
			})
		}
	}
}
