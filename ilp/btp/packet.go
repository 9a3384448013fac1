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

// Errors of Parse. We close the connection of a peer that sends such a frame, so only our
// operator reads them.
var (
	// ErrShort says that the bytes end inside the frame.
	ErrShort = errors.New("btp frame ends too soon")
	// ErrLength says that a length is not canonical or out of range.
	ErrLength = errors.New("btp frame has a length that is not canonical")
	// ErrType says that RFC 23 does not define the type.
	ErrType = errors.New("btp frame is of an unknown type")
	// ErrCount says that the number of entries is missing, or is more than the bytes
	// could hold.
	ErrCount = errors.New("btp frame has an impossible number of protocol data entries")
)

// Lengths of the pieces that each frame has.
const (
	headBytes = 1 + 4 // type, request id
	codeBytes = 3
)

// Packet is a view of a frame over borrowed bytes. It is valid while the bytes do not
// change. The zero Packet is no frame.
type Packet struct {
	Type      Type
	RequestID uint32
	// Amount is the amount of a Transfer, in units of the account.
	Amount uint64

	contents []byte
	entries  []byte // the part of contents after the count
	count    int
	packet   []byte // of a frame that AppendILP could have written, else nil
}

// Parse checks the frame that b begins with and returns a view of it. It ignores bytes
// after the frame and bytes after the protocol data, as the reference does. The error is
// one of this package.
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

// wireError returns the error about the frame for an error of the OER reader.
func wireError(err error) error {
	if errors.Is(err, oer.ErrShort) {
		return ErrShort
	}
	return ErrLength
}
