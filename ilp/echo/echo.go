// Package echo reads and writes the payload of a ping. A request travels to a connector as
// the data of a Prepare. The connector sends the amount back to the address in the request,
// under the same condition, with a response as data. The sender of the request knows the
// preimage, so the money comes back to it.
//
// No RFC defines the payload. The layout is that of the reference:
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
	// Response says that the message is a response. As in the reference, every
	// message that is no request is a response.
	Response bool
	// Source is the address to send the response to. It is valid, and empty in a
	// response.
	Source []byte
}

// ErrPrefix says that a payload does not belong to this protocol. Its text is sent to the
// peer.
var ErrPrefix = errors.New("packet data does not start with ECHO prefix.") //nolint:staticcheck // the reference's wording, which clients match

// LengthError says that a payload is too short. It is the number of its bytes.
type LengthError int

// Error returns the text that is sent to the peer.
func (e LengthError) Error() string {
	return fmt.Sprintf("packet data too short for echo request. length=%d", int(e))
}

// Parse parses a payload. It ignores bytes after it, as the reference does.
//
// If data is no payload, the error is a LengthError or ErrPrefix, which the reference
// answers with F01. If the source cannot be read or is no ILP address, the error is
// ilp.ErrShort, ilp.ErrLength or ilp.ErrDestination. The reference finds that fault only
// in the Prepare that it makes for the response, and answers F00.
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

// AppendRequest appends a request whose response goes to the address source.
func AppendRequest(b []byte, source string) []byte {
	b = append(append(b, Prefix...), typeRequest)
	return oer.AppendOctets(b, source)
}

// AppendResponse appends a response.
func AppendResponse(b []byte) []byte {
	return append(append(b, Prefix...), typeResponse)
}

var _ error = LengthError(0)
