package websocket

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// Close codes (RFC 6455 section 7.4.1 and its IANA registry).
const (
	CodeNormal         uint16 = 1000
	CodeGoingAway      uint16 = 1001
	CodeProtocol       uint16 = 1002
	CodeUnsupported    uint16 = 1003
	CodeNone           uint16 = 1005 // a Close without a code; never on the wire
	CodeInvalidPayload uint16 = 1007
	CodePolicy         uint16 = 1008
	CodeTooBig         uint16 = 1009
	CodeInternal       uint16 = 1011
	CodeRestart        uint16 = 1012
	CodeTryAgain       uint16 = 1013

	codeBadGateway uint16 = 1014 // the last one registered that may be sent
)

// closeReasonMax is what a control frame leaves for the reason behind its code.
const closeReasonMax = controlPayloadMax - 2

// AppendClose appends a Close frame to dst and returns the longer slice. A
// reason longer than 123 bytes is cut at the border of a character. With a
// code that must not be sent, as [CodeNone], the Close carries neither code nor
// reason; a Close may so be answered with what [ParseClose] made of it.
func AppendClose(dst []byte, side Side, code uint16, reason string) []byte {
	if !sendable(code) {
		return AppendFrame(dst, side, Close, nil)
	}
	reason = shorten(reason)
	dst, key := AppendHeader(dst, side, Close, 2+len(reason))
	start := len(dst)
	dst = binary.BigEndian.AppendUint16(dst, code)
	dst = append(dst, reason...)
	Mask(dst[start:], key, 0)
	return dst
}

// ParseClose reads the payload of a Close: its code, [CodeNone] if there is
// none, and its reason. It refuses a payload of one byte and codes that must
// not be sent (RFC 6455 sections 5.5.1 and 7.4), and a reason that is not UTF-8.
// The error is an [*Error] to answer the Close with.
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

// sendable reports whether code may stand in a Close: the registered ones but
// for those that only describe a connection (1004 to 1006, 1015), and the
// ranges left to libraries and applications (RFC 6455 section 7.4.2).
func sendable(code uint16) bool {
	return code >= CodeNormal && code <= CodeUnsupported ||
		code >= CodeInvalidPayload && code <= codeBadGateway ||
		code >= 3000 && code <= 4999
}

// shorten makes reason fit a Close and valid UTF-8.
func shorten(reason string) string {
	reason = strings.ToValidUTF8(reason, "?")
	if len(reason) <= closeReasonMax {
		return reason
	}
	end := closeReasonMax
	for !utf8.RuneStart(reason[end]) {
		end--
	}
	return reason[:end]
}
