package journal

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/ilp-go/connector/store"
)

// reading is what a journal has that its base has not.
type reading struct {
	Recovered
	changes overlay
	last    uint64 // the last frame there is, dropped or not
}

func readFrames(name string, file io.ReaderAt, h header, m mark) (r reading, err error) {
	if h.id != m.id {
		return r, fmt.Errorf("%s does not belong to the database beside it, so that the store is %w: "+
			"put that one back which it belongs to, or restore a backup", name, store.ErrDamaged)
	}
	var found, torn []frame
	for half := range 2 {
		b := make([]byte, h.half)
		switch n, err := file.ReadAt(b, h.at(half)); {
		case n == len(b):
		case errors.Is(err, io.EOF):
			return r, damaged(name, "it was cut off")
		default:
			return r, fmt.Errorf("%s: %w", name, store.Explain(err))
		}
		f, t := find(b, h.seed(), m.last)
		found, torn = append(found, f...), append(torn, t...)
	}
	slices.SortFunc(found, func(a, b frame) int { return cmp.Compare(a.sequence, b.sequence) })
	return replay(name, found, torn, m.last)
}

// replay takes the frames that follow one another. A gap is normal in what was never
// synced, and damage otherwise.
func replay(name string, found, torn []frame, last uint64) (r reading, err error) {
	r.last, r.changes = last, make(overlay)
	end := last
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
		batch, err := f.batch()
		if err != nil {
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

// find finds the frames of a half with numbers beyond last, wherever they are, and the
// beginnings of such that are torn. All others are of earlier rounds: a half is
// written again when the base has all that was there.
func find(b []byte, seed uint32, last uint64) (found, torn []frame) {
	chained := true // a frame ends here, or the half begins
	for at := 0; at+frameHead <= len(b); {
		sequence := binary.BigEndian.Uint64(b[at+frameSequenceAt:])
		if sequence == 0 && len(b)-at >= len(zeros) && bytes.Equal(b[at:at+len(zeros)], zeros[:]) {
			at += len(zeros) - frameSyncedAt // any frame begins behind that
			chained = false
			continue
		}
		// Of the next frames there are at most as many as the halves have room for.
		due := sequence > last && sequence-last <= uint64(2*len(b)/frameHead)
		if due || chained {
			f, ok := parseFrame(seed, b[at:])
			switch {
			case ok && sequence > last:
				found = append(found, f)
			case !ok && due:
				torn = append(torn, f)
			}
			if chained = ok; ok {
				at += f.size
				continue
			}
		}
		at++
	}
	return found, torn
}

var zeros [4096]byte
