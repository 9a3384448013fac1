package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/ilp-go/connector/store"
)

// A frame holds the changes that one sync makes durable. All numbers are big endian:
//
//	 0  CRC-32C of the rest, seeded with the id of the journal: uint32
//	 4  length of the changes: uint64
//	12  sequence number, from 1 on: uint64
//	20  synced: uint64; every frame up to this number was on the disk when this one was written
//	28  changes
//
// A change is the length of the key, the key, and then 0 if the key is removed. Otherwise
// the length of the value plus one follows, and the value. The lengths are variable
// integers of encoding/binary.
const (
	frameLengthAt   = 4
	frameSequenceAt = 12
	frameSyncedAt   = 20
	frameHead       = 28
)

// frame is a frame that was read. The changes share the memory of the half.
type frame struct {
	sequence, synced uint64
	changes          []byte
	size             int
}

func appendFrame(to []byte, seed uint32, sequence, synced uint64, batches []store.Batch) []byte {
	var head [frameHead]byte
	from := len(to)
	to = append(to, head[:]...)
	for _, batch := range batches {
		for i := range batch {
			to = appendChange(to, &batch[i])
		}
	}
	f := to[from:]
	binary.BigEndian.PutUint64(f[frameLengthAt:], uint64(len(f)-frameHead))
	binary.BigEndian.PutUint64(f[frameSequenceAt:], sequence)
	binary.BigEndian.PutUint64(f[frameSyncedAt:], synced)
	binary.BigEndian.PutUint32(f, checksum(seed, f[frameLengthAt:]))
	return to
}

func appendChange(to []byte, c *store.Change) []byte {
	to = binary.AppendUvarint(to, uint64(len(c.Key)))
	to = append(to, c.Key...)
	if c.Value == nil {
		return binary.AppendUvarint(to, 0)
	}
	to = binary.AppendUvarint(to, uint64(len(c.Value))+1)
	return append(to, c.Value...)
}

// parseFrame reads the frame at the beginning of b. Of a torn frame it returns the sequence
// number and the size, as far as they are possible.
func parseFrame(seed uint32, b []byte) (f frame, ok bool) {
	if len(b) < frameHead {
		return frame{}, false
	}
	length := binary.BigEndian.Uint64(b[frameLengthAt:])
	f.sequence = binary.BigEndian.Uint64(b[frameSequenceAt:])
	f.synced = binary.BigEndian.Uint64(b[frameSyncedAt:])
	if f.sequence == 0 || length > uint64(len(b)-frameHead) {
		return f, false
	}
	f.size = frameHead + int(length)
	f.changes = b[frameHead:f.size]
	return f, binary.BigEndian.Uint32(b) == checksum(seed, b[frameLengthAt:f.size])
}

var errChanges = errors.New("its changes are not what they should be")

// batch appends the changes of the frame to a batch. The values are borrowed from the frame.
func (f frame) batch(batch store.Batch) (store.Batch, error) {
	for b := f.changes; len(b) > 0; {
		key, rest, ok := cut(b, 0)
		if !ok {
			return nil, errChanges
		}
		c := store.Change{Key: string(key)}
		if b = rest; len(b) > 0 && b[0] == 0 {
			b = b[1:]
		} else {
			value, rest, ok := cut(b, 1)
			if !ok {
				return nil, errChanges
			}
			c.Value, b = value, rest
		}
		batch = append(batch, c)
	}
	if err := batch.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", errChanges, err)
	}
	return batch, nil
}

// cut cuts off bytes that follow their length, which is stored with less added.
func cut(b []byte, less uint64) (part, rest []byte, ok bool) {
	length, n := binary.Uvarint(b)
	if n <= 0 || length < less || length-less > uint64(len(b)-n) {
		return nil, nil, false
	}
	end := n + int(length-less)
	return b[n:end], b[end:], true
}

func checksum(seed uint32, b []byte) uint32 {
	return crc32.Update(seed, crc32.MakeTable(crc32.Castagnoli), b) // the table is made once, by crc32
}
