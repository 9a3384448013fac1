// Package oer reads and writes the few pieces of the Octet Encoding Rules that
// Interledger uses: length prefixes, variable octet strings, and unsigned integers
// (ITU-T X.696; RFC 30 names the subset).
//
// The Cut functions take a slice, and return the piece at its head and the rest, without
// copying. The piece lives as long as the slice. The Append functions write to the end of
// a buffer that the caller owns. Nothing here allocates, except that an append may enlarge
// the buffer.
package oer

import (
	"encoding/binary"
	"errors"
)

// Errors of the readers.
var (
	// ErrShort says that the input ends inside the value.
	ErrShort = errors.New("oer: input ends too soon")
	// ErrNotCanonical says that a length is not written in the fewest possible
	// bytes.
	ErrNotCanonical = errors.New("oer: length prefix is not canonical")
	// ErrTooLong says that a length has too many bytes.
	ErrTooLong = errors.New("oer: length is out of range")
)

// lengthBytesMax bounds the bytes of a long length prefix. Four bytes are enough for
// 4 GiB, far more than any packet.
const lengthBytesMax = 6

// CutLength cuts a length prefix off b. It does not check that b holds that many bytes, so
// that a caller may refuse an absurd length before the bytes arrive.
func CutLength(b []byte) (length uint64, rest []byte, err error) {
	if len(b) == 0 {
		return 0, nil, ErrShort
	}
	first := b[0]
	if first < 0x80 {
		return uint64(first), b[1:], nil
	}
	n := int(first & 0x7f)
	switch {
	case n == 0:
		return 0, nil, ErrNotCanonical
	case n > lengthBytesMax:
		return 0, nil, ErrTooLong
	case len(b) < 1+n:
		return 0, nil, ErrShort
	}
	for _, c := range b[1 : 1+n] {
		length = length<<8 | uint64(c)
	}
	if length < 0x80 || b[1] == 0 {
		return 0, nil, ErrNotCanonical
	}
	return length, b[1+n:], nil
}

// CutOctets cuts a length-prefixed octet string off b.
func CutOctets(b []byte) (octets, rest []byte, err error) {
	length, rest, err := CutLength(b)
	if err != nil {
		return nil, nil, err
	}
	if length > uint64(len(rest)) {
		return nil, nil, ErrShort
	}
	return rest[:length:length], rest[length:], nil
}

// CutUint8 cuts one byte off b.
func CutUint8(b []byte) (v uint8, rest []byte, err error) {
	if len(b) < 1 {
		return 0, nil, ErrShort
	}
	return b[0], b[1:], nil
}

// CutUint64 cuts a big-endian 64-bit integer off b.
func CutUint64(b []byte) (v uint64, rest []byte, err error) {
	if len(b) < 8 {
		return 0, nil, ErrShort
	}
	return binary.BigEndian.Uint64(b), b[8:], nil
}

// CutFixed cuts exactly n bytes off b.
func CutFixed(b []byte, n int) (fixed, rest []byte, err error) {
	if len(b) < n {
		return nil, nil, ErrShort
	}
	return b[:n:n], b[n:], nil
}

// LengthSize returns the number of bytes that AppendLength appends for n.
func LengthSize(n int) int {
	switch {
	case n < 0x80:
		return 1
	case n < 1<<8:
		return 2
	case n < 1<<16:
		return 3
	case n < 1<<24:
		return 4
	default:
		return 5
	}
}

// OctetsSize returns the number of bytes that AppendOctets appends for n octets.
func OctetsSize(n int) int { return LengthSize(n) + n }

// AppendLength appends the length prefix for n bytes, n below 2^32.
func AppendLength(b []byte, n int) []byte {
	switch {
	case n < 0x80:
		return append(b, byte(n))
	case n < 1<<8:
		return append(b, 0x81, byte(n))
	case n < 1<<16:
		return append(b, 0x82, byte(n>>8), byte(n))
	case n < 1<<24:
		return append(b, 0x83, byte(n>>16), byte(n>>8), byte(n))
	default:
		return append(b, 0x84, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
}

// AppendOctets appends a length-prefixed octet string.
func AppendOctets[T ~[]byte | ~string](b []byte, octets T) []byte {
	return append(AppendLength(b, len(octets)), octets...)
}

// AppendUint appends a variable-length unsigned integer in the fewest bytes.
func AppendUint(b []byte, v uint64) []byte {
	var scratch [8]byte
	binary.BigEndian.PutUint64(scratch[:], v)
	first := 0
	for first < 7 && scratch[first] == 0 {
		first++
	}
	return AppendOctets(b, scratch[first:])
}
