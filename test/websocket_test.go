package test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// The opcodes of WebSocket frames, RFC 6455 section 5.2.
const (
	continuation = 0
	textFrame    = 1
	binaryFrame  = 2
	closeFrame   = 8
	pingFrame    = 9
	pongFrame    = 10
)

// socket is a WebSocket client that does no more than it is told, right or wrong.
type socket struct {
	conn     net.Conn
	in       *bufio.Reader
	response *http.Response // to the handshake
}

// handshakeError is the status of an answer to an opening handshake that refuses it.
type handshakeError string

func (e handshakeError) Error() string { return "handshake: " + string(e) }

// dialSocket connects and does the opening handshake, offering compression. The header has more lines of it, if any.
func dialSocket(port int, path string, header ...string) (*socket, error) {
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), patience)
	if err != nil {
		return nil, err
	}
	s := &socket{conn: conn, in: bufio.NewReader(conn)}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"+
		"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n%s\r\n", path, port, headerLines(header))
	if s.response, err = http.ReadResponse(s.in, nil); err != nil {
		conn.Close()
		return nil, err
	}
	if s.response.StatusCode != http.StatusSwitchingProtocols {
		conn.Close()
		return nil, handshakeError(s.response.Status)
	}
	return s, nil
}

// headerLines ends each line of a header.
func headerLines(lines []string) (header string) {
	for _, line := range lines {
		header += line + "\r\n"
	}
	return header
}

// frame is a whole message in one masked frame.
func frame(opcode byte, payload []byte) []byte { return frameOf(true, opcode, true, payload) }

// frameOf is a frame of any kind. Its length is in the shortest form.
func frameOf(last bool, opcode byte, masked bool, payload []byte) []byte {
	b := []byte{opcode, 0}
	if last {
		b[0] |= 0x80
	}
	switch n := len(payload); {
	case n < 126:
		b[1] = byte(n)
	case n <= 0xffff:
		b[1] = 126
		b = binary.BigEndian.AppendUint16(b, uint16(n))
	default:
		b[1] = 127
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	if !masked {
		return append(b, payload...)
	}
	b[1] |= 0x80
	mask := [4]byte{0x5a, 0x01, 0xff, 0x3c}
	b = append(b, mask[:]...)
	for i, octet := range payload {
		b = append(b, octet^mask[i%4])
	}
	return b
}

// read reads the next frame of a server, which must be whole and short. The error is io.EOF, or like it, when the
// other side has closed.
func (s *socket) read() (opcode byte, payload []byte, err error) {
	var head [2]byte
	if _, err = io.ReadFull(s.in, head[:]); err != nil {
		return 0, nil, err
	}
	length := uint64(head[1] & 0x7f)
	switch length {
	case 126:
		var more [2]byte
		_, err = io.ReadFull(s.in, more[:])
		length = uint64(binary.BigEndian.Uint16(more[:]))
	case 127:
		var more [8]byte
		_, err = io.ReadFull(s.in, more[:])
		length = binary.BigEndian.Uint64(more[:])
	}
	if err != nil {
		return 0, nil, err
	}
	if length > 1<<20 {
		return 0, nil, fmt.Errorf("a frame of %d bytes", length)
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(s.in, payload)
	return head[0] & 0x0f, payload, err
}
