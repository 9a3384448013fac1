package bolt

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

func benchmarkStore(b *testing.B, o Options, pairs int) *Store {
	b.Helper()
	s := mustOpen(b, b.TempDir(), o)
	b.Cleanup(func() { storetest.MustClose(b, s) })
	for from := 0; from < pairs; from += 10_000 {
		var batch store.Batch
		for i := from; i < min(from+10_000, pairs); i++ {
			batch = append(batch, store.Change{Key: fmt.Sprintf("balance/%04d", i), Value: bytes.Repeat([]byte{'7'}, 60)})
		}
		storetest.MustApply(b, s, batch)
	}
	return s
}

// How long a start takes: everything is read and checked.
func BenchmarkOpen(b *testing.B) {
	for _, pairs := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(pairs), func(b *testing.B) {
			s := benchmarkStore(b, Options{}, pairs)
			dir := b.TempDir()
			if err := backupTo(s, dir); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				storetest.MustClose(b, mustOpen(b, dir, Options{}))
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	s := benchmarkStore(b, Options{}, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Load("", func(string, []byte) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBackup(b *testing.B) {
	s := benchmarkStore(b, Options{}, 100_000)
	for b.Loop() {
		if err := backup(s, io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
