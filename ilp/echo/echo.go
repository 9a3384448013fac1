// Package echo is the payload of a ping. A request travels to a connector as
// the data of a Prepare; the connector sends the amount back to the address in
// it, under the same condition, with a response as data. Whoever asked knows
// the preimage, so the money comes home.
//
// No RFC defines it; the layout is that of the reference:
//
//	prefix  16 bytes, "ECHOECHOECHOECHO"
//	type    1 byte, 0 request, 1 response
//	source  octet string, an ILP address; only in a request
//
// The package does no I/O, reads no clock and starts no goroutine.
package echo

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/oer"
)

// Prefix begins every payload.
const Prefix = "ECHOECHOECHOECHO"

const (
	typeRequest  = 0
	typeResponse = 1
)

// Message is a view of a payload over borrowed bytes.
type Message struct {
	// Response tells a response from a request. As in the reference, whatever
	// is not a request is a response.
	Response bool
	// Source is the address that a request asks to be answered at, a valid
	// one. Empty in a response.
	Source []byte
}

// ErrPrefix says that a payload is not of this protocol. Its text is sent to
// the peer.
var ErrPrefix = errors.New("packet data does not start with ECHO prefix.") //nolint:staticcheck // the reference's wording, which clients match

// LengthError says that a payload of that many bytes is too short to be one.
type LengthError int

// Error is sent to the peer.
func (e LengthError) Error() string {
	return fmt.Sprintf("packet data too short for echo request. length=%d", int(e))
}

// Parse reads the payload. Bytes after it are ignored, as the reference does.
//
// A payload that is none gives a LengthError or ErrPrefix, which the reference
// answers with F01. A source that cannot be read or is no ILP address gives
// ilp.ErrShort, ilp.ErrLength or ilp.ErrDestination: the Prepare that would
// answer it would have that fault, and the reference, which finds out only
// then, answers F00.
func Parse(data []byte) (Message, error) {
	if len(data) < len(Prefix)+1 {
		return Message{}, LengthError(len(data))
	}
	if string(data[:len(Prefix)]) != Prefix {
		return Message{}, ErrPrefix
	}
	if data[len(Prefix)] != typeRequest {
		return Message{Response: true}, nil
	}
	source, _, err := oer.CutOctets(data[len(Prefix)+1:])
	switch {
	case errors.Is(err, oer.ErrShort):
		return Message{}, ilp.ErrShort
	case err != nil:
		return Message{}, ilp.ErrLength
	case !ilp.ValidAddress(source):
		return Message{}, ilp.ErrDestination
	}
	return Message{Source: source}, nil
}

// AppendRequest appends a request to be answered at the given address.
func AppendRequest(b []byte, source string) []byte {
	b = append(append(b, Prefix...), typeRequest)
	return oer.AppendOctets(b, source)
}

// AppendResponse appends a response.
func AppendResponse(b []byte) []byte {
	return append(append(b, Prefix...), typeResponse)
}

var _ error = LengthError(0)
