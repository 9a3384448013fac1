package storetest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/store"
)

// kept is the number of batches whose pairs are in the store at once.
const kept = 20

// Batch returns batch n, from 1 on: it stores n, adds a few pairs and removes the pairs of
// an older batch. After the batches 1 to n, [Counted] tells whether all of them are there.
func Batch(n int) store.Batch {
	batch := store.Batch{put("last", strconv.Itoa(n))}
	for i := range n % 64 {
		batch = append(batch, put(fmt.Sprintf("batch/%06d/%02d", n, i), strconv.Itoa(n*i)))
	}
	for i := range max(0, n-kept) % 64 {
		batch = append(batch, remove(fmt.Sprintf("batch/%06d/%02d", n-kept, i)))
	}
	return batch
}

// counted returns the text of a store after n batches.
func counted(n int) string {
	var out strings.Builder
	for m := max(1, n-kept+1); m <= n; m++ {
		for i := range m % 64 {
			fmt.Fprintf(&out, "batch/%06d/%02d=%d\n", m, i, m*i)
		}
	}
	if n > 0 {
		fmt.Fprintf(&out, "last=%d\n", n)
	}
	return out.String()
}

// Counted returns the number of batches that a store has. It returns an error if there is
// a part of a batch, or anything else.
func Counted(s store.Store) (last int, err error) {
	pairs, err := Text(s)
	if err != nil || pairs == "" {
		return 0, err
	}
	if _, text, ok := strings.Cut(pairs, "last="); ok {
		last, err = strconv.Atoi(strings.TrimSpace(text))
	}
	if want := counted(last); err == nil && pairs != want {
		err = fmt.Errorf("after %d batches there is\n%s\nand not\n%s", last, pairs, want)
	}
	return last, err
}

// CountedSince returns an error unless a store has exactly the applied batches, or those
// and one more.
func CountedSince(s store.Store, applied int) error {
	last, err := Counted(s)
	if err == nil && (last < applied || last > applied+1) {
		err = fmt.Errorf("there are %d batches, and %d were applied", last, applied)
	}
	return err
}

// Text returns all pairs of a store as lines.
func Text(s store.Store) (string, error) {
	var out bytes.Buffer
	err := s.Load("", func(key string, value []byte) error {
		fmt.Fprintf(&out, "%s=%s\n", key, value)
		return nil
	})
	return out.String(), err
}
