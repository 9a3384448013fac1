package websocket

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
)

// AppendFrame appends an unfragmented frame to dst and returns the longer slice. It copies
// the payload, and masks the copy if we are the client. It panics if the payload of a
// control frame has more than 125 bytes.
func AppendFrame(dst []byte, side Side, op Opcode, payload []byte) []byte {
	dst, key := AppendHeader(dst, side, op, len(payload))
	start := len(dst)
	dst = append(dst, payload...)
	Mask(dst[start:], key, 0)
	return dst
}

// AppendHeader appends the header of an unfragmented frame whose payload has n bytes. The
// caller then appends exactly n bytes, and calls [Mask] on them with the key and offset 0.
// So the payload is written only once, where it is sent from. For a server the key is
// zero, and Mask does nothing. AppendHeader panics if n is negative, or more than the 125
// bytes of a control frame.
//
// A client has a fresh key for each frame, from the top-level generator of math/rand/v2:
// ChaCha8, seeded by the operating system, one generator per thread. RFC 6455 section 5.3
// asks for keys that the author of the payload cannot predict, and that generator is
// documented to give such. crypto/rand would cost a lock or a system call per frame.
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
