package websocket

import (
	"fmt"
	"net/http"
)

// Error is a violation of RFC 6455 by the other side. It carries the code and the reason
// for our Close frame; see [AppendClose].
type Error struct {
	Code   uint16
	Reason string
}

// Error returns the reason and the code.
func (e *Error) Error() string {
	return fmt.Sprintf("websocket: %s (close code %d)", e.Reason, e.Code)
}

// Violations of the framing, in the order in which Cut looks for them.
var (
	// ErrReservedBits says that a reserved bit is set, which only an extension gives
	// a meaning. We negotiate none.
	ErrReservedBits = &Error{CodeProtocol, "reserved bits set"}
	// ErrOpcode says that the opcode is reserved.
	ErrOpcode = &Error{CodeProtocol, "reserved opcode"}
	// ErrControlFragment says that a control frame is fragmented.
	ErrControlFragment = &Error{CodeProtocol, "fragmented control frame"}
	// ErrControlLength says that a control frame is longer than 125 bytes.
	ErrControlLength = &Error{CodeProtocol, "control frame too long"}
	// ErrUnmasked says that a client sent a frame without a mask.
	ErrUnmasked = &Error{CodeProtocol, "client frame is not masked"}
	// ErrMasked says that a server sent a frame with a mask.
	ErrMasked = &Error{CodeProtocol, "server frame is masked"}
	// ErrLength says that a 64-bit length has its top bit set.
	ErrLength = &Error{CodeProtocol, "frame length out of range"}
	// ErrTooBig says that a frame, or its message, is larger than our limit.
	ErrTooBig = &Error{CodeTooBig, "message too big"}
)

// Violations of the order of frames, and in their payloads.
var (
	// ErrContinuation says that a continuation came before any message had begun.
	ErrContinuation = &Error{CodeProtocol, "continuation of no message"}
	// ErrInterleaved says that a message began between the fragments of another one.
	ErrInterleaved = &Error{CodeProtocol, "message begun within a message"}
	// ErrText says that a text message is not UTF-8.
	ErrText = &Error{CodeInvalidPayload, "text is not UTF-8"}
	// ErrClosePayload says that a Close carries one byte, or a code that may not
	// be sent.
	ErrClosePayload = &Error{CodeProtocol, "malformed close"}
	// ErrCloseReason says that the reason in a Close is not UTF-8.
	ErrCloseReason = &Error{CodeInvalidPayload, "close reason is not UTF-8"}
)

// StatusError says that a handshake was refused with an HTTP status: by the server that we
// dialed, or by us.
type StatusError struct {
	Status int
	// Reason says more, for our own log. It may be empty, and is not sent.
	Reason string
}

// Error returns the status and the reason.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("HTTP status %d %s", e.Status, http.StatusText(e.Status))
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

var (
	_ error = (*Error)(nil)
	_ error = (*StatusError)(nil)
)
