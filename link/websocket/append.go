package websocket

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// AppendFrame appends a whole, unfragmented frame to dst and returns the longer
// slice. The payload is copied, and masked in the copy alone if we are the
// client. It panics if a control frame is given more than 125 bytes.
func AppendFrame(dst []byte, side Side, op Opcode, payload []byte) []byte {
	dst, key := AppendHeader(dst, side, op, len(payload))
	start := len(dst)
	dst = append(dst, payload...)
	Mask(dst[start:], key, 0)
	return dst
}

// AppendHeader appends the header of an unfragmented frame whose payload has n
// bytes. The caller then appends exactly those bytes himself, and hands them
// to [Mask] with the key and offset 0: the payload is so written once, into the
// place it is sent from. Of a server the key is zero, and Mask does nothing.
// It panics if n is negative or over the 125 bytes of a control frame.
//
// A client's key comes from the top-level generator of math/rand/v2: a fresh
// one per frame, from ChaCha8 seeded by the operating system, one generator per
// thread. RFC 6455 section 5.3 asks that a key be unpredictable to whoever
// chose the payload, and that generator is documented to be so; crypto/rand would
// cost a lock or a system call for each frame.
func AppendHeader(dst []byte, side Side, op Opcode, n int) (longer []byte, key [4]byte) {
	if n < 0 || n > controlPayloadMax && op.Control() {
		panic(fmt.Sprintf("websocket: frame with opcode %#x cannot carry %d bytes", uint8(op), n))
	}
	var h [10]byte
	h[0] = finBit | byte(op)
	size := 2
	switch {
	case n < length16:
		h[1] = byte(n)
	case n <= math.MaxUint16:
		h[1] = length16
		binary.BigEndian.PutUint16(h[2:], uint16(n))
		size = 4
	default:
		h[1] = length64
		binary.BigEndian.PutUint64(h[2:], uint64(n))
		size = 10
	}
	if side == Server {
		return append(dst, h[:size]...), key
	}
	h[1] |= maskBit
	binary.LittleEndian.PutUint32(key[:], rand.Uint32())
	dst = append(dst, h[:size]...)
	return append(dst, key[:]...), key
}
