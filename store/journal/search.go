package journal

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

// search finds the frames with numbers beyond last, wherever they are in a half, and the
// beginnings of such frames that are torn. All other frames are of earlier rounds: a
// half is written again when the base has all that was there.
//
// A frame begins where the frame before it ends, or at the next block behind zeros:
// follow takes such frames. Behind a torn frame, and behind the last frame, a frame may
// begin anywhere: next tries the positions there. It passes over zeros, and over bytes
// that no number that is due can have. So a search costs as much as the frames have
// bytes, and for zeros no more than to compare them.
type search struct {
	half []byte
	seed uint32
	last uint64
	most uint64 // the highest number that can be due
	lead int    // how many bytes are 0 at the beginning of each number that can be due

	found []frame // they share memory with their half
	torn  []frame // only their numbers and sizes count

	looked  int // positions that were tried, and bytes that were summed
	skipped int // bytes that were compared with 0
}

func newSearch(halfBytes int64, seed uint32, last uint64) *search {
	// Of the next frames there are at most as many as the halves have room for.
	room := uint64(2 * halfBytes / frameHead)
	most := last + min(room, math.MaxUint64-last)
	return &search{seed: seed, last: last, most: most, lead: bits.LeadingZeros64(most) / 8}
}

// run searches one half.
func (s *search) run(half []byte) {
	s.half = half
	for at := 0; at+frameHead <= len(s.half); {
		at = s.next(s.follow(at))
	}
}

// follow collects the frames that follow one another from at on. It returns the end of
// the last one.
func (s *search) follow(at int) int {
	for {
		f, ok := s.parse(at)
		if !ok {
			block := min(whole(at), len(s.half))
			if block == at || s.nonzero(at, block) < block {
				return at
			}
			if f, ok = s.parse(block); !ok {
				return at
			}
			at = block
		}
		if f.sequence > s.last {
			s.found = append(s.found, f)
		}
		at += f.size
	}
}

// next returns the first position from at on where a frame begins that is due, or the
// end. It collects the torn frames before that.
func (s *search) next(at int) int {
	for at+frameHead <= len(s.half) {
		s.looked++
		number := s.half[at+frameSequenceAt:]
		if s.lead > 0 && number[s.lead-1] != 0 {
			at += s.lead // the positions between have this byte in the lead of their numbers too
			continue
		}
		sequence := binary.BigEndian.Uint64(number)
		if sequence == 0 {
			// The next number that is not 0 ends with the first byte that is not 0.
			at = s.nonzero(at+frameSyncedAt, len(s.half)) - frameSyncedAt + 1
			continue
		}
		if s.last < sequence && sequence <= s.most {
			f, ok := s.parse(at)
			if ok {
				return at
			}
			s.torn = append(s.torn, f)
		}
		at++
	}
	return len(s.half)
}

// parse reads the frame that begins at a position.
func (s *search) parse(at int) (frame, bool) {
	f, ok := parseFrame(s.seed, s.half[at:])
	s.looked += 1 + f.size
	return f, ok
}

// nonzero returns the first position from at on with a byte that is not 0, or the end.
func (s *search) nonzero(at, end int) int {
	b := s.half[:end]
	from := at
	for at+len(zeros) <= end && bytes.Equal(b[at:at+len(zeros)], zeros[:]) {
		at += len(zeros)
	}
	for at < end && b[at] == 0 {
		at++
	}
	s.skipped += at - from
	return at
}

var zeros [256]byte
