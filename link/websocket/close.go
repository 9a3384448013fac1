package websocket

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/ilp-go/connector/clip"
)

// Close codes (RFC 6455 section 7.4.1 and its IANA registry).
const (
	CodeNormal         uint16 = 1000
	CodeGoingAway      uint16 = 1001
	CodeProtocol       uint16 = 1002
	CodeUnsupported    uint16 = 1003
	CodeNone           uint16 = 1005 // a Close without a code; never sent
	CodeInvalidPayload uint16 = 1007
	CodePolicy         uint16 = 1008
	CodeTooBig         uint16 = 1009
	CodeInternal       uint16 = 1011
	CodeRestart        uint16 = 1012
	CodeTryAgain       uint16 = 1013

	codeBadGateway uint16 = 1014 // the last one registered that may be sent
)

// closeReasonMax bounds the reason in a Close, behind the code, in bytes.
const closeReasonMax = controlPayloadMax - 2

// AppendClose appends a Close frame to dst and returns the longer slice. It cuts a reason
// of more than 123 bytes at the border of a character. If code must not be sent, like
// [CodeNone], the Close carries neither code nor reason. So a caller may answer a Close
// with the code that [ParseClose] returns.
func AppendClose(dst []byte, side Side, code uint16, reason string) []byte {
	if !sendable(code) {
		return AppendFrame(dst, side, Close, nil)
	}
	reason = clip.UTF8(strings.ToValidUTF8(reason, "?"), closeReasonMax)
	dst, key := AppendHeader(dst, side, Close, 2+len(reason))
	start := len(dst)
	dst = binary.BigEndian.AppendUint16(dst, code)
	dst = append(dst, reason...)
	Mask(dst[start:], key, 0)
	return dst
}

// ParseClose returns the code and the reason in the payload of a Close, [CodeNone] if it
// is empty. It refuses a payload of one byte, a code that must not be sent (RFC 6455
// sections 5.5.1 and 7.4), and a reason that is not UTF-8. The error is an [*Error].
func ParseClose(payload []byte) (code uint16, reason string, err error) {
	switch len(payload) {
	case 0:
		return CodeNone, "", nil
	case 1:
		return 0, "", ErrClosePayload
	}
	code = binary.BigEndian.Uint16(payload)
	if !sendable(code) {
		return 0, "", ErrClosePayload
	}
	if !utf8.Valid(payload[2:]) {
		return 0, "", ErrCloseReason
	}
	return code, string(payload[2:]), nil
}

// sendable reports whether a Close may carry code. The ranges for libraries and
// applications may be sent, and so may the registered codes, except those that only
// describe a connection: 1004 to 1006 and 1015 (RFC 6455 section 7.4).
func sendable(code uint16) bool {
	return code >= CodeNormal && code <= CodeUnsupported ||
		code >= CodeInvalidPayload && code <= codeBadGateway ||
		code >= 3000 && code <= 4999
}
