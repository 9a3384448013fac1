package httplink

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

const plainHead = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nDate: x\r\nContent-Length: 3\r\n\r\n"

func TestPlainResponsesAreToldFromOthers(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want verdict
	}{
		"of Go":                 {plainHead, simple},
		"of Node":               {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n", simple},
		"in small letters":      {"HTTP/1.1 200 \r\ncontent-length:3\r\n\r\n", simple},
		"without a reason":      {"HTTP/1.1 200\r\ncontent-length:3\r\n\r\n", simple},
		"another status":        {"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\n", other},
		"a longer status":       {"HTTP/1.1 2001 OK\r\nContent-Length: 3\r\n\r\n", other},
		"an older version":      {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", other},
		"no HTTP":               {"SSH-2.0", other},
		"chunked":               {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", other},
		"chunked with a length": {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", other},
		"without a length":      {"HTTP/1.1 200 OK\r\nDate: x\r\n\r\n", other},
		"two lengths":           {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", other},
		"a list of lengths":     {"HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\n", other},
		"a length with a sign":  {"HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\n", other},
		"an empty length":       {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", other},
		"a huge length":         {"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551619\r\n\r\n", other},
		"a space in a name":     {"HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\n", other},
		"a folded line":         {"HTTP/1.1 200 OK\r\nX: y\r\n Content-Length: 3\r\nContent-Length: 3\r\n\r\n", other},
		"bare line feeds":       {"HTTP/1.1 200 OK\r\nX: y\nContent-Length: 3\r\n\r\n", other},
		"a bare carriage":       {"HTTP/1.1 200 OK\r\nX: y\rContent-Length: 4\r\nContent-Length: 3\r\n\r\n", other},
		"a close":               {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n", other},
		"an upgrade":            {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive, upgrade\r\n\r\n", other},
		"no name":               {"HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 3\r\n\r\n", other},
		"no colon":              {"HTTP/1.1 200 OK\r\nhello\r\nContent-Length: 3\r\n\r\n", other},
	} {
		p, v := readPlain([]byte(c.in + "abc"))
		if v != c.want || v == simple && (p.head != len(c.in) || p.body != 3) {
			t.Errorf("%s: verdict %d, head of %d bytes, body of %d", name, v, p.head, p.body)
		}
	}
	for n := range len(plainHead) {
		if _, v := readPlain([]byte(plainHead[:n])); v != partial {
			t.Errorf("the first %d bytes have the verdict %d", n, v)
		}
	}
}

// FuzzPlainResponse checks that net/http reads the same from each response that is taken for plain.
func FuzzPlainResponse(f *testing.F) {
	f.Add([]byte(plainHead + "abc"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX_y: z\r\n\r\nHTTP/1.1 200"))
	f.Add([]byte(strings.Replace(plainHead, "Date", "Transfer-Encoding", 1) + "abc"))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, v := readPlain(b)
		if v != simple || len(b) < p.head+p.body {
			return
		}
		in := bufio.NewReader(bytes.NewReader(b))
		r, err := http.ReadResponse(in, postRequest)
		if err != nil {
			t.Fatalf("net/http refuses it: %v", err)
		}
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || r.StatusCode != http.StatusOK || r.Close || !bytes.Equal(body, b[p.head:p.head+p.body]) {
			t.Fatalf("net/http reads %d, close %v, %q, %v", r.StatusCode, r.Close, body, err)
		}
		if rest, _ := io.ReadAll(in); !bytes.Equal(rest, b[p.head+p.body:]) {
			t.Fatalf("net/http leaves %q", rest)
		}
	})
}
