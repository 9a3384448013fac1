package journal

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
)

// search finds the frames with numbers beyond last, wherever they are in a half, and the
// beginnings of such frames that are torn. All other frames are of earlier rounds, because
// a half is written again only when the base has all its changes.
//
// A frame begins at the end of the frame before it, or at the next block if zeros are
// between: follow takes such frames. Behind a torn frame, and behind the last frame, a
// frame may begin anywhere: next tries the positions there. It skips zeros, and bytes that
// no expected number can have. So the cost of a search grows with the bytes of the frames,
// and zeros cost no more than a comparison.
type search struct {
	half []byte
	seed uint32
	last uint64
	most uint64 // the highest expected number
	lead int    // number of zero bytes at the beginning of every expected number

	found []frame // they share memory with their half
	torn  []frame // only their numbers and sizes count

	looked  int // positions tried, and bytes summed
	skipped int // bytes compared with 0
}

func newSearch(halfBytes int64, seed uint32, last uint64) *search {
	// The halves have room for only so many frames.
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

// follow collects consecutive frames from at on. It returns the end of the last one.
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

// next returns the first position from at on where an expected frame begins, or the end. It
// collects the torn frames before that.
func (s *search) next(at int) int {
	for at+frameHead <= len(s.half) {
		s.looked++
		number := s.half[at+frameSequenceAt:]
		if s.lead > 0 && number[s.lead-1] != 0 {
			at += s.lead // at the positions between, this byte is one of the leading ones too
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
