package btp

import (
	"encoding/binary"
	"errors"

	"github.com/ilp-go/connector/ilp/oer"
)

// Type is the type of a frame.
type Type byte

// The types of RFC 23.
const (
	TypeResponse Type = 1
	TypeError    Type = 2
	TypeMessage  Type = 6
	TypeTransfer Type = 7
)

// Errors of Parse. A peer that sends such a frame is hung up on, so they are
// for our own operator.
var (
	// ErrShort says that the bytes end inside the frame.
	ErrShort = errors.New("btp frame ends too soon")
	// ErrLength says that a length is not canonical or out of range.
	ErrLength = errors.New("btp frame has a length that is not canonical")
	// ErrType says that the type is none of RFC 23.
	ErrType = errors.New("btp frame is of an unknown type")
	// ErrCount says that the protocol data claims more entries than its bytes
	// could hold, or does not say how many.
	ErrCount = errors.New("btp frame has an impossible number of protocol data entries")
)

// Lengths of the pieces that are always there.
const (
	headBytes = 1 + 4 // type, request id
	codeBytes = 3
)

// Packet is a view of a frame over borrowed bytes, valid as long as nobody
// writes to them. The zero Packet is none.
type Packet struct {
	Type      Type
	RequestID uint32
	// Amount is that of a Transfer, in units of the account.
	Amount uint64

	contents []byte
	entries  []byte // the part of contents after the count
	count    int
	packet   []byte // of a frame that AppendILP could have written, else nil
}

// Parse checks the frame that b begins with and returns a view of it. Bytes
// after the frame and bytes after the protocol data are ignored, as the
// reference does. The error is one of this package's.
func Parse(b []byte) (Packet, error) {
	if len(b) < headBytes {
		return Packet{}, ErrShort
	}
	contents, _, err := oer.CutOctets(b[headBytes:])
	if err != nil {
		return Packet{}, wireError(err)
	}
	p := Packet{Type: Type(b[0]), RequestID: binary.BigEndian.Uint32(b[1:]), contents: contents}
	rest := contents
	switch p.Type {
	case TypeResponse, TypeMessage:
	case TypeTransfer:
		if p.Amount, rest, err = oer.CutUint64(contents); err != nil {
			return Packet{}, ErrShort
		}
	case TypeError:
		if _, rest, err = cutError(contents); err != nil {
			return Packet{}, err
		}
	default:
		return Packet{}, ErrType
	}
	if len(rest) >= len(ilpPrelude) && string(rest[:len(ilpPrelude)]) == ilpPrelude { // nearly always
		err = p.setSole(rest)
	} else {
		p.count, p.entries, err = cutEntries(rest)
	}
	if err != nil {
		return Packet{}, err
	}
	return p, nil
}

// wireError turns an error of the OER reader into one about the frame.
func wireError(err error) error {
	if errors.Is(err, oer.ErrShort) {
		return ErrShort
	}
	return ErrLength
}
