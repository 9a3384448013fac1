package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// httpMessage is a request or a response of HTTP/1.1, as a view of the bytes that were read.
type httpMessage struct {
	first []byte // the request line or the status line
	body  []byte
}

var (
	headEnd = []byte("\r\n\r\n")
	lineEnd = []byte("\r\n")
	length  = []byte("content-length:")
	okLine  = []byte("HTTP/1.1 200 ")
	getLine = []byte("GET ")
)

// errLength says that a message has no length. Those of the processes under test have one.
var errLength = errors.New("an HTTP message without Content-Length")

// cutHTTP takes the first message off b. It returns its length, 0 if the message is not whole yet. It
// reads no more of the head than it needs, as the load must cost less than what it measures.
func cutHTTP(b []byte) (m httpMessage, n int, err error) {
	end := bytes.Index(b, headEnd)
	if end < 0 {
		return m, 0, nil
	}
	head := b[:end]
	m.first, head, _ = bytes.Cut(head, lineEnd)
	start, size := end+len(headEnd), -1
	for len(head) > 0 && size < 0 {
		var line []byte
		line, head, _ = bytes.Cut(head, lineEnd)
		if len(line) > len(length) && bytes.EqualFold(line[:len(length)], length) {
			if size, err = strconv.Atoi(string(bytes.TrimSpace(line[len(length):]))); err != nil || size < 0 {
				return m, 0, fmt.Errorf("an HTTP message with %q", line)
			}
		}
	}
	switch {
	case size < 0 && !bytes.HasPrefix(m.first, getLine):
		return m, 0, errLength
	case len(b) < start+max(size, 0):
		return m, 0, nil
	}
	n = start + max(size, 0)
	m.body = b[start:n]
	return m, n, nil
}

// packetType is the content type of packets (RFC 35).
const packetType = "application/octet-stream"

// httpRequest returns a request with a packet, for a path.
func httpRequest(path, host, token string, packet []byte) []byte {
	head := "POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: " + packetType + "\r\n"
	if token != "" {
		head += "Authorization: Bearer " + token + "\r\n"
	}
	return append(fmt.Appendf(nil, "%sContent-Length: %d\r\n\r\n", head, len(packet)), packet...)
}

// httpResponse returns a response with a body.
func httpResponse(body []byte) []byte {
	return append(fmt.Appendf(nil, "%sOK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", okLine, packetType, len(body)), body...)
}
