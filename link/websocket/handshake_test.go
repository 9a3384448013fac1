package websocket

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestHeadEndsAtItsEmptyLineAndKeepsTheRest(t *testing.T) {
	tests := []struct{ head, rest string }{
		{"GET / HTTP/1.1\r\n\r\n", ""},
		{"GET / HTTP/1.1\r\nA: b\r\n\r\n", "\x82\x00"},
		{"GET / HTTP/1.1\n\n", "\n\n"},
		{"GET / HTTP/1.1\r\nA: b\n\r\n", "\r\n\r\n"},
		{"GET / HTTP/1.1\nA: b\r\n\n", "\r"},
		{"G / HTTP/1.1\n\n", "x"},
		{requestOf(headBytesMax), ""},
		{requestOf(2000), strings.Repeat("r", 500)},
	}
	for _, tt := range tests {
		for name, in := range map[string]io.Reader{
			"at once":       strings.NewReader(tt.head + tt.rest),
			"byte by byte":  iotest.OneByteReader(strings.NewReader(tt.head + tt.rest)),
			"half by half":  iotest.HalfReader(strings.NewReader(tt.head + tt.rest)),
			"end with data": iotest.DataErrReader(strings.NewReader(tt.head + tt.rest)),
		} {
			h := newHead(in)
			if _, err := h.request(); err != nil {
				t.Errorf("%s: %.20q gives %v", name, tt.head, err)
			}
			unread, _ := io.ReadAll(in)
			if rest := string(h.rest()) + string(unread); rest != tt.rest {
				t.Errorf("%s: behind %.20q remains %.20q, want %.20q", name, tt.head, rest, tt.rest)
			}
		}
	}
}

// requestOf returns a request whose head has n bytes.
func requestOf(n int) string {
	const start, end = "GET /", " HTTP/1.1\n\n"
	return start + strings.Repeat("a", n-len(start)-len(end)) + end
}

func TestHeadIsBounded(t *testing.T) {
	in := strings.NewReader(requestOf(headBytesMax+1) + strings.Repeat("r", 1<<20))
	h := newHead(in)
	_, err := h.request()
	var refused *StatusError
	if !errors.As(err, &refused) || refused.Status != 431 || !errors.Is(h.err, errHeadSize) || in.Len() != 1<<20+1 {
		t.Errorf("error %v, %v with %d bytes not read", err, h.err, in.Len())
	}
}
