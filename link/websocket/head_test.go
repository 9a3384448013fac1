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
		{"GET / HTTP/1.1\nA: \r\r\n\n", "\r"},
		{"G\n\n", "x"},
		{strings.Repeat("G", headBytesMax-2) + "\n\n", ""},
		{strings.Repeat("G", 2000) + "\n\n", strings.Repeat("r", 500)},
	}
	for _, tt := range tests {
		for name, in := range map[string]io.Reader{
			"at once":       strings.NewReader(tt.head + tt.rest),
			"byte by byte":  iotest.OneByteReader(strings.NewReader(tt.head + tt.rest)),
			"half by half":  iotest.HalfReader(strings.NewReader(tt.head + tt.rest)),
			"end with data": iotest.DataErrReader(strings.NewReader(tt.head + tt.rest)),
		} {
			h := head{in: in, isStart: isRequestStart}
			got, err := io.ReadAll(&h)
			if string(got) != tt.head || err != nil {
				t.Errorf("%s: %.20q gives %.20q, %v", name, tt.head, got, err)
			}
			unread, _ := io.ReadAll(in)
			if rest := string(h.rest()) + string(unread); rest != tt.rest {
				t.Errorf("%s: behind %.20q remains %.20q, want %.20q", name, tt.head, rest, tt.rest)
			}
		}
	}
}

func TestHeadIsBounded(t *testing.T) {
	h := head{in: strings.NewReader(strings.Repeat("G", headBytesMax-1) + "\n\n"), isStart: isRequestStart}
	if _, err := io.ReadAll(&h); !errors.Is(err, errHeadSize) || cap(h.buf) > 2*headBytesMax {
		t.Errorf("error %v with a buffer of %d bytes", err, cap(h.buf))
	}
}
