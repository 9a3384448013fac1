package websocket

import (
	"encoding/binary"
	"math"
)

// Cut returns the frame f at the head of buf, and the n bytes that it occupies. If the
// frame is not complete, n is 0 and err is nil: the caller reads more and calls again.
// [Need] says how much more.
//
// Cut unmasks the payload in place. So buf must be the caller's own, and the n bytes must
// not be cut a second time.
//
// side is our side. payloadMax bounds the payload of a data frame, in bytes. Cut refuses
// a frame that announces more with [ErrTooBig] when it sees the header, before any room
// is made. The protocol bounds control frames, so payloadMax does not matter to them. Cut
// accepts a length in more bytes than it needs: RFC 6455 asks only senders for the
// shortest form.
//
// Every error is an [*Error]. It is final, as the next frame cannot be found any more.
func Cut(buf []byte, side Side, payloadMax int) (f Frame, n int, err error) {
	if len(buf) < 2 {
		return Frame{}, 0, nil
	}
	f.Op, f.Fin = Opcode(buf[0]&opcodeBits), buf[0]&finBit != 0
	masked := buf[1]&maskBit != 0
	if err := check(buf[0], buf[1], side); err != nil {
		return Frame{}, 0, err
	}

	length, at := uint64(buf[1]&lengthBits), 2
	switch length {
	case length16:
		if len(buf) < 4 {
			return Frame{}, 0, nil
		}
		length, at = uint64(binary.BigEndian.Uint16(buf[2:])), 4
	case length64:
		if len(buf) < 10 {
			return Frame{}, 0, nil
		}
		length, at = binary.BigEndian.Uint64(buf[2:]), 10
		if length > math.MaxInt64 {
			return Frame{}, 0, ErrLength
		}
	}
	if length > uint64(max(payloadMax, 0)) && !f.Op.Control() {
		return Frame{}, 0, ErrTooBig
	}

	start := at
	if masked {
		start += keySize
	}
	if len(buf) < start || uint64(len(buf)-start) < length {
		return Frame{}, 0, nil
	}
	n = start + int(length)
	f.Payload = buf[start:n:n]
	if masked {
		Mask(f.Payload, [keySize]byte(buf[at:]), 0)
	}
	return f, n, nil
}

// check checks the first two bytes of a frame by RFC 6455: sections 5.1
// (masking), 5.2 (reserved bits and opcodes) and 5.5 (control frames).
func check(b0, b1 byte, side Side) error {
	op := Opcode(b0 & opcodeBits)
	switch {
	case b0&reservedBits != 0:
		return ErrReservedBits
	case !op.known():
		return ErrOpcode
	case op.Control() && b0&finBit == 0:
		return ErrControlFragment
	case op.Control() && b1&lengthBits > controlPayloadMax:
		return ErrControlLength
	case side == Server && b1&maskBit == 0:
		return ErrUnmasked
	case side == Client && b1&maskBit != 0:
		return ErrMasked
	}
	return nil
}

// Need returns the size of the frame at the head of buf, in bytes. While the length of the
// frame has not arrived, it returns the least size that tells more. So a reader enlarges
// its buffer only once. Call it after [Cut] has returned no frame and no error: only then
// is the size bounded, by payloadMax and the 14 bytes of the longest header.
func Need(buf []byte) int {
	if len(buf) < 2 {
		return 2
	}
	header := 2
	if buf[1]&maskBit != 0 {
		header += keySize
	}
	length := uint64(buf[1] & lengthBits)
	switch length {
	case length16:
		header += 2
		if len(buf) < 4 {
			return header
		}
		length = uint64(binary.BigEndian.Uint16(buf[2:]))
	case length64:
		header += 8
		if len(buf) < 10 {
			return header
		}
		length = binary.BigEndian.Uint64(buf[2:])
	}
	if length > uint64(math.MaxInt-header) {
		return math.MaxInt
	}
	return header + int(length)
}
