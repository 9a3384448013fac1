package httplink

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
)

var likeTemplate = template{line: []byte("POST /ilp HTTP/1.1\r\n"), host: []byte("h:1")}

const likeHead = "POST /ilp HTTP/1.1\r\nHost: h:1\r\nAuthorization: Bearer x\r\nContent-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\n"

func TestRequestsLikeTheFirstAreToldFromOthers(t *testing.T) {
	const line, host, length = "POST /ilp HTTP/1.1\r\n", "Host: h:1\r\n", "Content-Length: 3\r\n"
	for name, c := range map[string]struct {
		in   string
		want verdict
	}{
		"of Go":                   {likeHead, simple},
		"of Node":                 {line + "accept: */*\r\nhost:h:1\r\nconnection: keep-alive\r\ncontent-length: 3\r\nILP-Peer-Name: 7768\r\n\r\n", simple},
		"of the plugin":           {line + host + "Content-Type: application/ilp+octet-stream\r\n" + length + "\r\n", simple},
		"another method":          {"GET /ilp HTTP/1.1\r\n" + host + "\r\n", other},
		"another target":          {"POST /ilp2 HTTP/1.1\r\n" + host + length + "\r\n", other},
		"another version":         {"POST /ilp HTTP/1.0\r\n" + host + length + "\r\n", other},
		"another host":            {line + "Host: h:2\r\n" + length + "\r\n", other},
		"no host":                 {line + length + "\r\n", other},
		"two hosts":               {line + host + host + length + "\r\n", other},
		"no length":               {line + host + "\r\n", other},
		"no body":                 {line + host + "Content-Length: 0\r\n\r\n", other},
		"two lengths":             {line + host + length + length + "\r\n", other},
		"a sign":                  {line + host + "Content-Length: +3\r\n\r\n", other},
		"chunked":                 {line + host + length + "Transfer-Encoding: chunked\r\n\r\n", other},
		"compressed":              {line + host + length + "Content-Encoding: gzip\r\n\r\n", other},
		"another type":            {line + host + length + "Content-Type: text/html\r\n\r\n", other},
		"two types":               {line + host + length + "Content-Type: application/octet-stream\r\nContent-Type: application/octet-stream\r\n\r\n", other},
		"two authorizations":      {line + host + length + "Authorization: Bearer x\r\nAuthorization: Bearer y\r\n\r\n", other},
		"an empty authorization":  {line + host + length + "Authorization:\r\n\r\n", other},
		"two names":               {line + host + length + "ILP-Peer-Name: a\r\nilp-peer-name: b\r\n\r\n", other},
		"an expectation":          {line + host + length + "Expect: 100-continue\r\n\r\n", other},
		"an upgrade":              {line + host + length + "Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", other},
		"the last":                {line + host + length + "Connection: close\r\n\r\n", other},
		"asynchronous":            {line + host + length + "Request-Id: 1\r\n\r\n", other},
		"a folded line":           {line + host + length + "X: y\r\n z\r\n\r\n", other},
		"a bare line feed":        {line + host + length + "X: y\nZ: z\r\n\r\n", other},
		"a bare carriage return":  {line + host + length + "X: y\rZ: z\r\n\r\n", other},
		"a space before a colon":  {line + host + "Content-Length : 3\r\n\r\n", other},
		"a zero":                  {line + host + length + "X: y\x00\r\n\r\n", other},
		"a line without a colon":  {line + host + length + "hello\r\n\r\n", other},
		"a line without a name":   {line + host + length + ": x\r\n\r\n", other},
		"an empty line before it": {"\r\n" + line + host + length + "\r\n", other},
	} {
		l, v := readLike([]byte(c.in+"abc"), &likeTemplate)
		if v != c.want || v == simple && (l.head != len(c.in) || l.body != 3) {
			t.Errorf("%s: verdict %d, head of %d bytes, body of %d", name, v, l.head, l.body)
		}
	}
	for n := range len(likeHead) {
		if _, v := readLike([]byte(likeHead[:n]), &likeTemplate); v != partial {
			t.Errorf("the first %d bytes have the verdict %d", n, v)
		}
	}
}

// FuzzLikeRequest checks that net/http reads the same from each request that is taken for one like the first.
func FuzzLikeRequest(f *testing.F) {
	f.Add([]byte(likeHead + "abc"))
	f.Add([]byte(likeHead + "abcPOST /ilp HTTP/1.1\r\n"))
	f.Add([]byte("POST /ilp HTTP/1.1\r\nhost: h:1\r\nTE: x\r\ncontent-length: 1\r\nConnection: keep-alive\r\n\r\nx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, v := readLike(b, &likeTemplate)
		if v != simple || len(b) < l.head+l.body {
			return
		}
		in := bufio.NewReader(bytes.NewReader(b))
		r, err := http.ReadRequest(in)
		if err != nil {
			t.Fatalf("net/http refuses it: %v", err)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.RequestURI != "/ilp" || r.Host != "h:1" || r.Close ||
			r.ContentLength != int64(l.body) || !bytes.Equal(body, b[l.head:l.head+l.body]) {
			t.Fatalf("net/http reads %s %s of %s, close %v, %d bytes, %v", r.Method, r.RequestURI, r.Host, r.Close, len(body), err)
		}
		given := r.Header["Authorization"]
		if len(given) > 1 || (l.authorization != nil) != (len(given) == 1) || len(given) == 1 && given[0] != string(l.authorization) {
			t.Fatalf("net/http reads the authorization %q, not %q", given, l.authorization)
		}
		if !carriesPacket(r.Header) || repeats(r.Header) || r.Header.Get("Request-Id") != "" || r.Header.Get("Expect") != "" {
			t.Fatalf("ServeHTTP would refuse it, or treat it in another way: %v", r.Header)
		}
		if rest, _ := io.ReadAll(in); !bytes.Equal(rest, b[l.head+l.body:]) {
			t.Fatalf("net/http leaves %q", rest)
		}
	})
}
