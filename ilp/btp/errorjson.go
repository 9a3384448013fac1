package btp

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/ilp-go/connector/clip"
)

// ErrorJSONBytesMax bounds the JSON of an Error, in bytes. The JSON becomes the message of
// a Reject, and a peer may send long Errors.
const ErrorJSONBytesMax = 4096

// ErrorData returns the data of an Error as ilp-plugin-btp writes it: a JSON object with
// the message.
func ErrorData(message string) string {
	b := append([]byte(nil), `{"message":`...)
	b = appendText(b, []byte(message), math.MaxInt)
	return string(append(b, '}'))
}

// AppendErrorJSON appends the text of the error that ilp-plugin-btp throws for an Error
// frame: all fields as JSON, in the form of JSON.stringify. Bytes that are not UTF-8 become
// U+FFFD, and a time that is no date becomes null. The text is cut off at
// ErrorJSONBytesMax.
func (p *Packet) AppendErrorJSON(b []byte) []byte {
	limit := len(b) + ErrorJSONBytesMax
	v := p.ErrorView()
	b = append(b, `{"code":`...)
	b = appendASCII(b, v.Code, limit)
	b = append(b, `,"name":`...)
	b = appendASCII(b, v.Name, limit)
	b = append(b, `,"triggeredAt":`...)
	b = appendTime(b, v.TriggeredAt)
	b = append(b, `,"data":`...)
	b = appendText(b, v.Data, limit)
	b = append(b, `,"protocolData":[`...)
	first := true
	for e := range p.Entries() {
		if len(b) > limit {
			break
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendEntryJSON(b, e, limit)
	}
	return clip.UTF8(append(b, `]}`...), limit)
}

// appendEntryJSON appends an entry as JSON. It stops soon after limit.
func appendEntryJSON(b []byte, e Entry, limit int) []byte {
	b = append(b, `{"protocolName":`...)
	b = appendASCII(b, e.Name, limit)
	b = append(b, `,"contentType":`...)
	b = strconv.AppendUint(b, uint64(e.ContentType), 10)
	b = append(b, `,"data":{"type":"Buffer","data":[`...)
	for i, octet := range e.Data {
		if len(b) > limit {
			break
		}
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, uint64(octet), 10)
	}
	return append(b, `]}}`...)
}

// appendTime appends a generalized time in the form of ISO 8601.
func appendTime(b, generalized []byte) []byte {
	t, err := time.Parse(timeLayout, string(generalized))
	if err != nil || t.Format(timeLayout) != string(generalized) { // Parse takes a comma or a sign too
		return append(b, "null"...)
	}
	return t.AppendFormat(b, `"2006-01-02T15:04:05.000Z"`)
}

// appendASCII appends a string of seven-bit characters. It drops the eighth bit, as the
// reference does, and stops soon after limit.
func appendASCII(b, s []byte, limit int) []byte {
	b = append(b, '"')
	for _, c := range s {
		if len(b) > limit {
			break
		}
		b = appendChar(b, rune(c&0x7f))
	}
	return append(b, '"')
}

// appendText appends a string of UTF-8. It stops soon after limit.
func appendText(b, s []byte, limit int) []byte {
	b = append(b, '"')
	for len(s) > 0 && len(b) <= limit {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 {
			n = brokenLen(s)
		}
		b = appendChar(b, r)
		s = s[n:]
	}
	return append(b, '"')
}

// appendChar appends a character of a JSON string.
func appendChar(b []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(b, '\\', byte(r))
	case '\b':
		return append(b, '\\', 'b')
	case '\t':
		return append(b, '\\', 't')
	case '\n':
		return append(b, '\\', 'n')
	case '\f':
		return append(b, '\\', 'f')
	case '\r':
		return append(b, '\\', 'r')
	}
	if r < ' ' {
		const hex = "0123456789abcdef"
		return append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&0xf])
	}
	return utf8.AppendRune(b, r)
}

// brokenLen returns how many bytes at the head of s become one U+FFFD: as many as could
// still have become a character (Unicode, "U+FFFD Substitution of Maximal Subparts"), as
// in JavaScript. Go replaces each byte.
func brokenLen(s []byte) int {
	lead, low, high, whole := s[0], byte(0x80), byte(0xbf), 3
	switch {
	case lead < 0xe0 || lead > 0xf4:
		return 1
	case lead == 0xe0:
		low = 0xa0
	case lead == 0xed:
		high = 0x9f
	case lead == 0xf0:
		low, whole = 0x90, 4
	case lead == 0xf4:
		high, whole = 0x8f, 4
	case lead > 0xf0:
		whole = 4
	}
	if len(s) < 2 || s[1] < low || s[1] > high {
		return 1
	}
	if whole == 4 && len(s) > 2 && !utf8.RuneStart(s[2]) {
		return 3
	}
	return 2
}
