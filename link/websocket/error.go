package websocket

import (
	"fmt"
	"net/http"
)

// Error is a violation of RFC 6455 by the other side. It carries the code and
// the reason to close the connection with; see [AppendClose].
type Error struct {
	Code   uint16
	Reason string
}

func (e *Error) Error() string {
	return fmt.Sprintf("websocket: %s (close code %d)", e.Reason, e.Code)
}

// Violations of the framing, in the order in which Cut looks for them.
var (
	// ErrReservedBits says that a reserved bit is set though no extension that
	// would give it a meaning was negotiated.
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
	// ErrTooBig says that a frame, or the message it belongs to, is over our
	// limit.
	ErrTooBig = &Error{CodeTooBig, "message too big"}
)

// Violations of the order of frames, and of what they carry.
var (
	// ErrContinuation says that a continuation came with no message begun.
	ErrContinuation = &Error{CodeProtocol, "continuation of no message"}
	// ErrInterleaved says that a message began inside another one's fragments.
	ErrInterleaved = &Error{CodeProtocol, "message begun within a message"}
	// ErrText says that a text message is not UTF-8.
	ErrText = &Error{CodeInvalidPayload, "text is not UTF-8"}
	// ErrClosePayload says that a Close carries one byte, or a code that may not
	// be sent.
	ErrClosePayload = &Error{CodeProtocol, "malformed close"}
	// ErrCloseReason says that the reason in a Close is not UTF-8.
	ErrCloseReason = &Error{CodeInvalidPayload, "close reason is not UTF-8"}
)

// StatusError is a handshake refused with an HTTP status: by the server, when
// we dialled; by us, when we accepted.
type StatusError struct {
	Status int
	// Reason says more, for our own log; it may be empty. It is not sent.
	Reason string
}

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
