package load

import (
	"bytes"
	"testing"
)

func TestHTTPMessagesAreCut(t *testing.T) {
	for name, c := range map[string]struct{ in, first, body string }{
		"of Go":     {"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nDate: now\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200 OK", "abc"},
		"of Node":   {"POST / HTTP/1.1\r\ncontent-type: x\r\ncontent-length:4\r\nconnection: close\r\n\r\nabcd", "POST / HTTP/1.1", "abcd"},
		"of ours":   {string(httpRequest("/x", "h", "t", []byte("abc"))), "POST /x HTTP/1.1", "abc"},
		"answer":    {string(httpResponse([]byte("abc"))), "HTTP/1.1 200 OK", "abc"},
		"empty":     {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK", ""},
		"a GET":     {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "GET / HTTP/1.1", ""},
		"head in a": {"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nab\r\n\r\ncd\r\n\r\n", "HTTP/1.1 200 OK", "ab\r\n\r\ncd\r\n\r\n"},
	} {
		for whole := range len(c.in) {
			if _, n, err := cutHTTP([]byte(c.in[:whole])); n != 0 || err != nil {
				t.Errorf("%s: of the first %d bytes %d were cut, %v", name, whole, n, err)
			}
		}
		m, n, err := cutHTTP([]byte(c.in + "next"))
		if err != nil || n != len(c.in) || string(m.first) != c.first || string(m.body) != c.body {
			t.Errorf("%s: %q with %q, %d bytes, %v", name, m.first, m.body, n, err)
		}
	}
}

func TestHTTPMessagesWithoutALengthAreRefused(t *testing.T) {
	for _, in := range []string{
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
	} {
		if _, n, err := cutHTTP([]byte(in)); err == nil {
			t.Errorf("%q: cut %d bytes", in, n)
		}
	}
}

func TestCuttingAllocatesNothing(t *testing.T) {
	in := httpRequest("/x", "h", "t", bytes.Repeat([]byte("a"), 300))
	if n := testing.AllocsPerRun(100, func() {
		if _, n, err := cutHTTP(in); n != len(in) || err != nil {
			t.Errorf("cut %d, %v", n, err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
