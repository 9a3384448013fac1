package ilp

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/ilp/oer"
)

// The packet types (RFC 27).
const (
	TypePrepare = 12
	TypeFulfill = 13
	TypeReject  = 14
)

// Errors of the parsers. Their texts are sent to the peer that sent the bytes, so they
// say what is wrong with the bytes and nothing else.
var (
	// ErrEmpty says that there are no bytes.
	ErrEmpty = errors.New("packet is empty")
	// ErrShort says that the bytes end inside the packet.
	ErrShort = errors.New("packet ends too soon")
	// ErrLength says that a length is not canonical or absurd.
	ErrLength = errors.New("Length prefix encoding is not canonical") //nolint:staticcheck // the reference's wording, which clients match
	// ErrDate says that an expiry is no date.
	ErrDate = errors.New("invalid date")
	// ErrDestination says that a destination is no ILP address.
	ErrDestination = errors.New("Packet has invalid destination address") //nolint:staticcheck // as above
	// ErrCode says that the code of a Reject is not three printable ASCII characters.
	ErrCode = errors.New("reject has invalid code")
	// ErrTriggeredBy says that the triggeredBy of a Reject is no ILP address.
	ErrTriggeredBy = errors.New("Invalid triggeredBy ILP address") //nolint:staticcheck // as above
)

// Unparseable reports whether err is a parser's error about a packet of the right type.
// It is false for a packet of another type, and for no bytes at all.
func Unparseable(err error) bool {
	return errors.Is(err, ErrShort) || errors.Is(err, ErrLength) || errors.Is(err, ErrDate) ||
		errors.Is(err, ErrDestination) || errors.Is(err, ErrCode) || errors.Is(err, ErrTriggeredBy)
}

// TypeError says that a packet has another type than the parser expects.
type TypeError byte

// Error names the type of the packet.
func (e TypeError) Error() string {
	return fmt.Sprintf("invalid packet type received. type=%d", byte(e))
}

// Type returns the type of the packet that b begins with, or 0 if b is empty.
func Type(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// cutEnvelope checks the type of the packet in b and finds its contents, b[start:end]. It
// accepts bytes after the contents, as the reference does.
func cutEnvelope(b []byte, want byte) (start, end int, err error) {
	if len(b) == 0 {
		return 0, 0, ErrEmpty
	}
	if b[0] != want {
		return 0, 0, TypeError(b[0])
	}
	contents, rest, err := oer.CutOctets(b[1:])
	if err != nil {
		return 0, 0, wireError(err)
	}
	end = len(b) - len(rest)
	return end - len(contents), end, nil
}

// wireError returns the error about the packet for an error of the OER reader.
func wireError(err error) error {
	if errors.Is(err, oer.ErrShort) {
		return ErrShort
	}
	return ErrLength
}

// appendEnvelope appends the type, and the length of contents of n bytes.
func appendEnvelope(b []byte, typ byte, n int) []byte {
	return oer.AppendLength(append(b, typ), n)
}
