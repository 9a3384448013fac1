package journal

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ilp-go/connector/store"
)

// reading holds the changes in a journal that its base does not have.
type reading struct {
	Recovered
	changes overlay
	last    uint64 // number of the last frame, dropped or not
}

// readFrames reads both halves, after a clean stop too. A complete base may still be older
// than the journal beside it, and only the frames show that.
func readFrames(name string, file io.ReaderAt, h header, m mark) (r reading, err error) {
	if h.id != m.id {
		return r, fmt.Errorf("%s does not belong to the database beside it, so that the store is %w: "+
			"put back the database that it belongs to, or restore a backup", name, store.ErrDamaged)
	}
	s := newSearch(h.half, h.seed(), m.last)
	var b []byte
	for half := range 2 {
		if half == 0 || len(s.found) > 0 { // otherwise no frame shares the memory of b, and b is used again
			b = make([]byte, h.half)
		}
		switch n, err := file.ReadAt(b, h.at(half)); {
		case n == len(b):
		case errors.Is(err, io.EOF):
			return r, damaged(name, "it was cut off")
		default:
			return r, fmt.Errorf("%s: %w", name, store.Explain(err))
		}
		s.run(b)
	}
	slices.SortFunc(s.found, func(a, b frame) int { return cmp.Compare(a.sequence, b.sequence) })
	return replay(name, s.found, s.torn, m.last)
}

// replay applies the frames up to the first gap. A gap is normal in frames that were never
// synced, and damage otherwise.
func replay(name string, found, torn []frame, last uint64) (r reading, err error) {
	r.last, r.changes = last, make(overlay)
	end := last
	var batch store.Batch
	for _, f := range found {
		r.last = f.sequence
		if f.sequence != end+1 {
			if f.synced > end {
				return r, damaged(name, fmt.Sprintf("entry %d is not there, and entry %d is; or the database is older than it", end+1, f.sequence))
			}
			r.DroppedFrames++
			r.DroppedBytes += int64(f.size)
			continue
		}
		if batch, err = f.batch(batch[:0]); err != nil {
			return r, damaged(name, fmt.Sprintf("entry %d: %v", f.sequence, err))
		}
		r.changes.apply(batch)
		r.Frames++
		r.Changes += len(batch)
		end++
	}
	for _, f := range torn {
		if f.sequence == end+1 {
			r.DroppedBytes += int64(f.size)
		}
	}
	return r, nil
}
