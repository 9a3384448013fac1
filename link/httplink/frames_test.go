package httplink_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
)

// Types of frames of HTTP/2 (RFC 9113, section 6), and flags.
const (
	frameData, frameHeaders, framePriority, frameReset, frameSettings = 0, 1, 2, 3, 4
	framePush, framePing, frameGoAway, frameWindow, frameContinuation = 5, 6, 7, 8, 9

	endStream, endHeaders, ack = 1, 4, 1
)

// http2Preface is what a client begins with.
const http2Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// frame2 returns a frame of HTTP/2.
func frame2(kind, flags byte, stream uint32, payload string) string {
	return head2(len(payload), kind, flags, stream) + payload
}

// head2 returns the head of a frame, which may announce more than comes.
func head2(length int, kind, flags byte, stream uint32) string {
	b := []byte{byte(length >> 16), byte(length >> 8), byte(length), kind, flags}
	return string(binary.BigEndian.AppendUint32(b, stream))
}

// u32 returns the bytes of numbers.
func u32(numbers ...uint32) string {
	var b []byte
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return string(b)
}

// setting returns one setting.
func setting(id uint16, value uint32) string {
	return string(binary.BigEndian.AppendUint16(nil, id)) + u32(value)
}

// field returns a header field that is not indexed (RFC 7541, section 6.2.2).
func field(name, value string) string { return "\x00" + text2(name) + text2(value) }

// text2 returns a string of HPACK, not compressed.
func text2(s string) string { return integer2(7, 0, len(s)) + s }

// integer2 returns an integer with a prefix of so many bits, behind bits that are set.
func integer2(bits int, set byte, n int) string {
	most := 1<<bits - 1
	if n < most {
		return string([]byte{set | byte(n)})
	}
	b := []byte{set | byte(most)}
	for n -= most; n >= 128; n >>= 7 {
		b = append(b, byte(n)|128)
	}
	return string(append(b, byte(n)))
}

// post2 returns the header fields of a request of mallory, and more.
func post2(fields ...string) string {
	return field(":method", "POST") + field(":scheme", "http") + field(":authority", "x") + field(":path", "/accounts/mallory/ilp") +
		field("authorization", token) + strings.Join(fields, "")
}

// heard returns what comes on a connection of HTTP/2 until it ends or until returns true: the
// frames in one line each, but those that are usual.
func heard(conn io.Reader, until func(line string) bool) (lines []string, err error) {
	from := bufio.NewReader(conn)
	for {
		head := make([]byte, 9)
		if _, err := io.ReadFull(from, head); err != nil {
			return lines, err
		}
		payload := make([]byte, int(head[0])<<16|int(head[1])<<8|int(head[2]))
		if _, err := io.ReadFull(from, payload); err != nil {
			return lines, err
		}
		line := ""
		switch stream := binary.BigEndian.Uint32(head[5:]); head[3] {
		case frameReset:
			line = fmt.Sprintf("reset %d %d", stream, binary.BigEndian.Uint32(payload))
		case frameGoAway:
			line = fmt.Sprintf("go away %d", binary.BigEndian.Uint32(payload[4:]))
		case frameHeaders:
			line = fmt.Sprintf("headers %d %s", stream, statusOf(payload))
		case frameData:
			line = fmt.Sprintf("data %d %.40q", stream, payload)
		case framePing:
			line = fmt.Sprintf("ping %.8q %d", payload, head[4])
		default:
			continue
		}
		lines = append(lines, line)
		if until != nil && until(line) {
			return lines, nil
		}
	}
}

// statusOf returns the status of a response, in its first field.
func statusOf(block []byte) string {
	for len(block) > 0 && block[0]&0xe0 == 0x20 { // a new size of the table
		block = block[1:]
	}
	switch b := block[0]; {
	case b&0x80 != 0:
		return map[byte]string{8: "200", 9: "204", 10: "206", 11: "304", 12: "400", 13: "404", 14: "500"}[b&0x7f]
	case len(block) >= 4 && string(block[1:4]) == "\x82\x68\x01": // compressed, as few are
		return "401"
	case len(block) >= 5 && block[1] == 3: // not compressed, as three digits are not shorter then
		return string(block[2:5])
	default:
		return fmt.Sprintf("%.5q", block)
	}
}

// hello returns what a client of HTTP/2 begins with, with some settings.
func hello(settings ...string) string {
	return http2Preface + frame2(frameSettings, 0, 0, strings.Join(settings, ""))
}

// write writes bytes, as far as the other side takes them.
func write(conn net.Conn, bytes ...string) error {
	for _, b := range bytes {
		if _, err := io.WriteString(conn, b); err != nil {
			return err
		}
	}
	return nil
}
