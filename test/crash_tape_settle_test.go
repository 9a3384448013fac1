package test

import (
	"fmt"
	"testing"
	"time"
)

// What a tape says is on the disk, of a file of four bytes.
func TestCrashDiskHasWhatWasSynced(t *testing.T) {
	write := func(at uint64, data string) tapeEntry { return tapeEntry{kind: 'w', at: at, data: []byte(data)} }
	begin := func(id uint64) tapeEntry { return tapeEntry{kind: 'b', at: id, time: time.Unix(int64(id), 0)} }
	end := func(id uint64) tapeEntry { return tapeEntry{kind: 'e', at: id} }
	for _, c := range []struct {
		name    string
		tape    []tapeEntry
		image   string
		pending int
		synced  int64
	}{
		{"nothing", nil, "....", 0, 0},
		{"a write", []tapeEntry{write(0, "a")}, "....", 1, 0},
		{"a sync that has only begun", []tapeEntry{write(0, "a"), begin(1)}, "....", 1, 0},
		{"a sync", []tapeEntry{write(0, "ab"), write(1, "c"), begin(1), end(1)}, "ac..", 0, 1},
		{"a write during a sync", []tapeEntry{write(0, "a"), begin(1), write(1, "b"), end(1)}, "a...", 1, 1},
		{"a write after a sync", []tapeEntry{write(0, "a"), begin(1), end(1), write(1, "b")}, "a...", 1, 1},
		{"two syncs at once", []tapeEntry{write(0, "a"), begin(1), write(1, "b"), begin(2), end(1), end(2)}, "ab..", 0, 2},
		{"two that end the other way round", []tapeEntry{write(0, "a"), begin(1), write(1, "b"), begin(2), end(2), end(1)}, "ab..", 0, 2},
	} {
		image := []byte("....")
		pending, synced := settle(image, c.tape)
		if synced.IsZero() {
			synced = time.Unix(0, 0)
		}
		got := fmt.Sprintf("%s, %d pending, synced %d", image, len(pending), synced.Unix())
		if want := fmt.Sprintf("%s, %d pending, synced %d", c.image, c.pending, c.synced); got != want {
			t.Errorf("%s: %s, want %s", c.name, got, want)
		}
	}
}
