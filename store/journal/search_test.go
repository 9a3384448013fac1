package journal

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/store"
)

// searched returns what a search finds in halves of the same size.
func searched(last uint64, halves ...[]byte) *search {
	s := newSearch(int64(len(halves[0])), testSeed, last)
	for _, half := range halves {
		s.run(half)
	}
	return s
}

// naive finds what a search must find. It tries every position that is not in a whole
// frame.
func naive(last uint64, halves ...[]byte) (found, torn []frame) {
	for _, half := range halves {
		for at, follows := 0, true; at+frameHead <= len(half); {
			sequence := binary.BigEndian.Uint64(half[at+frameSequenceAt:])
			due := sequence > last && sequence-last <= uint64(2*len(half)/frameHead)
			if due || follows {
				f, ok := parseFrame(testSeed, half[at:])
				switch {
				case ok && sequence > last:
					found = append(found, f)
				case !ok && due:
					torn = append(torn, f)
				}
				if follows = ok; ok {
					at += f.size
					continue
				}
			}
			at++
		}
	}
	return found, torn
}

// same reports whether two frames are the same bytes at the same place of a half.
func same(a, b frame) bool {
	return a.sequence == b.sequence && a.synced == b.synced && a.size == b.size && cap(a.changes) == cap(b.changes)
}

// A search finds the frames that the naive one finds, and of the torn frames those that
// were ever written. So it replays or refuses the same.
func TestSearchFindsWhatTryingEveryPositionFinds(t *testing.T) {
	var frames, torn, refused, dropped int
	rapid.Check(t, func(t *rapid.T) {
		s := newScene(t)
		last := s.last()
		got := searched(last, s.halves[:]...)
		wantFound, wantTorn := naive(last, s.halves[:]...)
		if !slices.EqualFunc(got.found, wantFound, same) {
			t.Errorf("%d frames are found of %d", len(got.found), len(wantFound))
		}
		for _, f := range got.torn {
			if !slices.ContainsFunc(wantTorn, func(g frame) bool { return same(f, g) }) {
				t.Errorf("%+v is not torn", f)
			}
		}
		// Trying every position also finds beginnings of frames in the values of whole ones
		// that the base has, which are none. So it may find more.
		gotTorn := s.ours(got.torn)
		r, err := replayed(got.found, gotTorn, last)
		want, errWant := replayed(wantFound, gotTorn, last)
		if !reflect.DeepEqual(r, want) || !reflect.DeepEqual(err, errWant) {
			t.Errorf("replayed %+v: %v, and not %+v: %v", r, err, want, errWant)
		}
		frames, torn, dropped = frames+r.Frames, torn+len(gotTorn), dropped+r.DroppedFrames
		if err != nil {
			refused++
		}
	})
	if frames == 0 || torn == 0 || refused == 0 || dropped == 0 {
		t.Errorf("%d frames are replayed, %d dropped, %d torn; %d journals are refused", frames, dropped, torn, refused)
	}
}

func replayed(found, torn []frame, last uint64) (reading, error) {
	slices.SortFunc(found, func(a, b frame) int { return cmp.Compare(a.sequence, b.sequence) })
	return replay("store.journal", found, torn, last)
}

// A frame behind a gap that begins just before a block, with zeros, is not taken for
// padding of the frame before the gap.
func TestFrameThatBeginsWithZerosBeforeABlockIsFound(t *testing.T) {
	for zeros := range 3 {
		var lost []byte
		for n := 0; lost == nil || !bytes.HasPrefix(lost, make([]byte, zeros)); n++ {
			lost = appendFrame(nil, testSeed, 9, 0, []store.Batch{put("k", strconv.Itoa(n))})
		}
		half := make([]byte, 2*blockSize)
		copy(half, appendFrame(nil, testSeed, 1, 0, []store.Batch{frameBatch}))
		copy(half[blockSize-zeros:], lost)
		if s := searched(0, half); len(s.found) != 2 || s.found[1].sequence != 9 {
			t.Errorf("with %d zeros before the block %d frames are found", zeros, len(s.found))
		}
	}
}

// A frame behind a gap is found at whatever position it begins, and a torn one too.
func TestFrameBehindAGapIsFoundAnywhere(t *testing.T) {
	for _, last := range []uint64{0, 250, 1<<24 - 3, 1 << 40, math.MaxUint64 - 9} {
		whole := appendFrame(nil, testSeed, last+5, last, []store.Batch{frameBatch})
		number := append(make([]byte, frameSequenceAt), whole[frameSequenceAt:frameSyncedAt]...)
		for at := range 600 {
			for _, gap := range []byte{0, 'g'} {
				for _, f := range [][]byte{whole, whole[:frameHead], number} {
					half := bytes.Repeat([]byte{gap}, 2*len(zeros)+1000)
					copy(half[at:], f)
					got := searched(last, half)
					found, torn := naive(last, half)
					if !slices.EqualFunc(got.found, found, same) || !slices.EqualFunc(got.torn, torn, same) {
						t.Fatalf("behind %d, at %d, %q: found %d, torn %d, and not %d, %d", last, at, gap, len(got.found), len(got.torn), len(found), len(torn))
					}
				}
			}
		}
	}
}

// FuzzSearch searches whatever a half may hold.
func FuzzSearch(f *testing.F) {
	one := appendFrame(nil, testSeed, 1, 0, []store.Batch{frameBatch})
	two := appendFrame(one, testSeed, 2, 1, []store.Batch{frameBatch[:1]})
	f.Add(two, uint64(0))
	f.Add(two, uint64(1))
	f.Add(append(make([]byte, 3*blockSize), two...), uint64(0))
	f.Add(append(append(one, make([]byte, blockSize-len(one))...), two...), uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, b []byte, last uint64) {
		got := searched(last, b)
		found, torn := naive(last, b)
		if !slices.EqualFunc(got.found, found, same) {
			t.Errorf("%d frames are found of %d", len(got.found), len(found))
		}
		for _, each := range append(got.found, got.torn...) {
			if each.sequence <= last || each.size > len(b) {
				t.Errorf("%+v of %d bytes is beyond %d", each, len(b), last)
			}
		}
		for _, each := range got.torn {
			if !slices.ContainsFunc(torn, func(g frame) bool { return same(each, g) }) {
				t.Errorf("%+v is not torn", each)
			}
		}
	})
}
