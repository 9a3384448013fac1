package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/store"
)

// model holds what a store must hold.
type model map[string]string

func (m model) apply(batch store.Batch) {
	for _, c := range batch {
		if c.Value == nil {
			delete(m, c.Key)
		} else {
			m[c.Key] = string(c.Value)
		}
	}
}

func (m model) under(prefix string) (pairs []store.Change) {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if strings.HasPrefix(key, prefix) {
			pairs = append(pairs, put(key, m[key]))
		}
	}
	return pairs
}

// randomBatch returns changes of few keys. It removes some and gives some a large value.
func randomBatch(random *rand.Rand) (batch store.Batch) {
	for range random.IntN(50) {
		key := fmt.Sprintf("%c/%d", 'a'+random.IntN(3), random.IntN(300))
		switch {
		case random.IntN(4) == 0:
			batch = append(batch, remove(key))
		case random.IntN(20) == 0:
			batch = append(batch, put(key, strings.Repeat(key, random.IntN(3000))))
		default:
			batch = append(batch, put(key, fmt.Sprint(random.Uint32())))
		}
	}
	return batch
}

// isAMap checks that a store does what a map does.
func isAMap(t *testing.T, s *subject) {
	random, m := rand.New(rand.NewPCG(1, 2)), model{}
	for range 100 {
		batch := randomBatch(random)
		apply(t, s, batch...)
		m.apply(batch)
	}
	for _, prefix := range []string{"", "a/", "b/1", "c/299", "d"} {
		expect(t, s, prefix, m.under(prefix)...)
	}
}

// seenWhole checks that no reader sees a part of a batch. Every batch writes its number
// under all keys, so a reader must see one number.
func seenWhole(t *testing.T, s *subject) {
	const keys, batches, readers = 100, 50, 4
	number := func(n int) (batch store.Batch) {
		for i := range keys {
			batch = append(batch, put(fmt.Sprintf("%03d", (i*37)%keys), fmt.Sprint(n)))
		}
		return batch
	}
	apply(t, s, number(0)...)
	var wait sync.WaitGroup
	defer wait.Wait()
	written := make(chan struct{})
	for range readers {
		wait.Go(func() {
			for done := false; !done; {
				select {
				case <-written:
					done = true
				default:
				}
				if err := oneNumber(s, keys); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer close(written)
	for n := range batches {
		apply(t, s, number(n+1)...)
	}
}

func oneNumber(s store.Store, keys int) error {
	numbers, visited := make(map[string]bool), 0
	err := s.Load("", func(_ string, value []byte) error {
		numbers[string(value)] = true
		visited++
		return nil
	})
	if len(numbers) != 1 || visited != keys {
		err = errors.Join(err, fmt.Errorf("%d keys with the values of %d batches were seen at once", visited, len(numbers)))
	}
	return err
}

func writers(t *testing.T, s *subject) {
	const writers, batches = 8, 20
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			own := store.Namespace(s, fmt.Sprint(w))
			for n := range batches {
				if err := own.Apply(store.Batch{put(fmt.Sprintf("%02d", n), fmt.Sprint(w)), remove(fmt.Sprintf("%02d", n-2))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	var want []store.Change
	for w := range writers {
		for n := batches - 2; n < batches; n++ {
			want = append(want, put(fmt.Sprintf("%d/%02d", w, n), fmt.Sprint(w)))
		}
	}
	expect(t, s, "", want...)
}

// isKept checks that the store holds what was applied, and nothing else, however often it
// is opened.
func isKept(t *testing.T, s *subject) {
	random, m := rand.New(rand.NewPCG(3, 4)), model{}
	for range 10 {
		for range random.IntN(20) {
			batch := randomBatch(random)
			apply(t, s, batch...)
			m.apply(batch)
		}
		s.reopen()
		expect(t, s, "", m.under("")...)
	}
	s.close()
}

func isKeptUnused(t *testing.T, s *subject) {
	s.reopen()
	expect(t, s, "")
	apply(t, s, put("a", ""))
	s.reopen()
	s.reopen()
	expect(t, s, "", put("a", ""))
	s.close()
}
