package journal

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"

	"pgregory.net/rapid"

	"github.com/ilp-go/connector/store"
)

const testSeed = 7

// scene is two halves that a few runs of a store have written and that were then damaged.
type scene struct {
	t       *rapid.T
	random  *rand.Rand
	halves  [2][]byte
	before  [][2][]byte // the halves before each write
	written []written   // every frame there ever was
}

// written is a frame and its bytes.
type written struct {
	frame
	raw []byte
}

func newScene(t *rapid.T) *scene {
	s := &scene{t: t, random: rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "random"), 0))}
	size := rapid.SampledFrom([]int{2 * blockSize, 3 * blockSize, 5000, 9000}).Draw(t, "half")
	s.halves = [2][]byte{make([]byte, size), make([]byte, size)}
	sequence := rapid.SampledFrom([]uint64{0, 200, 1 << 16, 1<<24 - 20, 1 << 40}).Draw(t, "first")
	for range rapid.IntRange(1, 4).Draw(t, "runs") {
		sequence = s.run(sequence)
	}
	for range rapid.IntRange(0, 5).Draw(t, "damages") {
		s.damage()
	}
	return s
}

// run writes frames as one run of a store does, in whole blocks or back to back, from
// the beginning of the first half on. It returns the number of the last frame.
func (s *scene) run(last uint64) uint64 {
	size := len(s.halves[0])
	padded := size%blockSize == 0 && rapid.Bool().Draw(s.t, "blocks")
	synced, half, at := last, 0, 0
	for range rapid.IntRange(1, 40).Draw(s.t, "frames") {
		f := s.frame(last+1, synced)
		room := len(f.raw)
		if padded {
			room = whole(room)
		}
		if at+room > size {
			half, at, synced = 1-half, 0, last
			f = s.frame(last+1, synced)
		}
		s.before = append(s.before, [2][]byte{bytes.Clone(s.halves[0]), bytes.Clone(s.halves[1])})
		copy(s.halves[half][at:], f.raw)
		if at += len(f.raw); padded {
			clear(s.halves[half][at:whole(at)])
			at = whole(at)
		}
		s.written = append(s.written, f)
		if last++; s.random.IntN(3) == 0 {
			synced = last
		}
	}
	return last
}

// frame makes a frame that is no larger than a block.
func (s *scene) frame(sequence, synced uint64) written {
	batch := store.Batch{{Key: "k", Value: s.value()}, {Key: string(rune('a' + s.random.IntN(20))), Value: []byte{1}}}
	raw := appendFrame(nil, testSeed, sequence, synced, []store.Batch{batch})
	f, _ := parseFrame(testSeed, raw)
	return written{f, raw}
}

// value makes a value that may be zeros, or look like frames.
func (s *scene) value() []byte {
	value := make([]byte, s.random.IntN(300))
	switch s.random.IntN(5) {
	case 0:
		return make([]byte, s.random.IntN(blockSize-100))
	case 1: // frames that have not been written
		for len(s.written) > 0 && len(value) < 200 {
			value = binary.BigEndian.AppendUint64(append(value, 1, 2, 3, 4), uint64(s.random.IntN(9000)))
			value = binary.BigEndian.AppendUint64(value, s.any().sequence+uint64(s.random.IntN(9)))
			value = binary.BigEndian.AppendUint64(value, s.any().synced)
		}
	case 2: // a frame that was written
		if len(s.written) > 0 {
			value = append(value, s.any().raw...)
			return value[:min(len(value), blockSize-100)]
		}
	case 3:
		for i := range value {
			value[i] = byte(s.random.Uint32())
		}
	}
	return value
}

func (s *scene) any() written { return s.written[s.random.IntN(len(s.written))] }

// damage loses writes, clears or replaces bytes, or changes a bit.
func (s *scene) damage() {
	half := s.halves[s.random.IntN(2)]
	from := s.random.IntN(len(half))
	to := from + s.random.IntN(len(half)-from)
	switch rapid.IntRange(0, 5).Draw(s.t, "damage") {
	case 0: // a sector or a block is what it was a few writes before
		n := []int{sectorSize, blockSize}[s.random.IntN(2)]
		from, to = from/n*n, min(from/n*n+n, len(half))
		before := s.before[max(0, len(s.before)-1-s.random.IntN(20))]
		for i := range s.halves {
			copy(s.halves[i][from:to], before[i][from:to])
		}
	case 1:
		clear(half[from:to])
	case 2:
		for i := from; i < to; i++ {
			half[i] = byte(s.random.Uint32())
		}
	case 3: // the head of a frame
		if at := bytes.Index(half, s.any().raw[:frameHead]); at >= 0 {
			half[at+s.random.IntN(frameHead)] ^= 1 << s.random.IntN(8)
		}
	default:
		half[from] ^= 1 << s.random.IntN(8)
	}
}

// last returns a number that the base may have.
func (s *scene) last() uint64 { return s.any().sequence - uint64(s.random.IntN(2)) }

// ours returns those frames that have the number and the size of one that was written.
func (s *scene) ours(frames []frame) []frame {
	return slices.DeleteFunc(slices.Clone(frames), func(f frame) bool {
		return !slices.ContainsFunc(s.written, func(w written) bool { return w.sequence == f.sequence && w.size == f.size })
	})
}
