package httplink_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ilp-go/connector/ilptest"
	"github.com/ilp-go/connector/link/httplink"
)

// post returns the head of a request of mallory, without its end, with more lines.
func post(lines ...string) string {
	return "POST /accounts/mallory/ilp HTTP/1.1\r\nHost: x\r\nAuthorization: " + token + "\r\n" + strings.Join(append(lines, ""), "\r\n")
}

// whole returns a good request with more lines.
func whole(lines ...string) string {
	return post(append(lines, fmt.Sprintf("Content-Length: %d", len(goodPacket)))...) + "\r\n" + string(goodPacket)
}

// chunked returns a request with a body in chunks.
func chunked(chunks string, lines ...string) string {
	return post(append(lines, "Transfer-Encoding: chunked")...) + "\r\n" + chunks
}

// replaced returns a good request with something else in it.
func replaced(from, to string) string { return strings.Replace(whole(), from, to, 1) }

// What nobody sends who means well is refused or read in one way, and no packet comes out of it
// but those of whole requests. The other account is served meanwhile.
func TestGarbageOfHTTP1(t *testing.T) {
	d := newSharedListener(t)
	packet, size := string(goodPacket), len(goodPacket)
	length := fmt.Sprintf("Content-Length: %d", size)
	one := fmt.Sprintf("%x\r\n%s\r\n", size, packet)
	target := "POST /accounts/mallory/ilp"
	for _, c := range []struct {
		name, request, statuses string
		packets                 int
	}{
		{"a packet", whole(), "200", 1},
		{"two at once", whole() + whole(), "200 200", 2},
		{"two, then garbage", whole() + whole() + "x\r\n\r\n", "200 200 400", 2},
		{"a packet in chunks", chunked(one + "0\r\n\r\n"), "200", 1},
		{"a packet in chunks of one byte", chunked(chunksOfOne(packet) + "0\r\n\r\n"), "200", 1},
		{"expecting to go on", whole("Expect: 100-continue"), "100 200", 1},
		{"HTTP/1.0", replaced("HTTP/1.1", "HTTP/1.0"), "200", 1},
		{"absolute form", replaced("/accounts", "http://other.example/accounts"), "200", 1},

		{"length and chunks", chunked(one+"0\r\n\r\n", "Content-Length: 3"), "200", 1},
		{"two lengths", post(length, "Content-Length: 3") + "\r\n" + packet, "400", 0},
		{"two lengths in a line", post(length+", 3") + "\r\n" + packet, "400", 0},
		{"the same length twice", post(length, length) + "\r\n" + packet, "200", 1},
		{"a length with a sign", post(fmt.Sprintf("Content-Length: +%d", size)) + "\r\n" + packet, "400", 0},
		{"a length below 0", post("Content-Length: -1") + "\r\n" + packet, "400", 0},
		{"a length in hex", post("Content-Length: 0x10") + "\r\n" + packet, "400", 0},
		{"a length without bound", post("Content-Length: 99999999999999999999") + "\r\n" + packet, "400", 0},
		{"a great length", post("Content-Length: 9223372036854775807") + "\r\n" + packet, "413", 0},
		{"an unknown coding", post("Transfer-Encoding: xchunked") + "\r\n" + one, "501", 0},
		{"two codings", post("Transfer-Encoding: gzip, chunked") + "\r\n" + one, "501", 0},
		{"chunked twice", post("Transfer-Encoding: chunked, chunked") + "\r\n" + one, "501", 0},
		{"two lines of codings", chunked(one, "Transfer-Encoding: identity"), "501", 0},
		{"a coding with a control byte", post("Transfer-Encoding: \x0bchunked") + "\r\n" + one, "400", 0},
		{"chunks over HTTP/1.0", strings.Replace(chunked(one+"0\r\n\r\n"), "HTTP/1.1", "HTTP/1.0", 1), "200", 1}, // an empty packet, to reject
		{"a space before the colon", post(fmt.Sprintf("Content-Length : %d", size)) + "\r\n" + packet, "400", 0},
		{"a line that goes on at the first", strings.Replace(whole(), "Host: x", " Host: x", 1), "400", 0},
		{"a header without a name", whole(": x"), "400", 0},
		{"a NUL in a header", whole("X: \x00"), "400", 0},
		{"no host", strings.Replace(whole(), "Host: x\r\n", "", 1), "400", 0},
		{"two hosts", whole("Host: y"), "400", 0},
		{"a host that is none", strings.Replace(whole(), "Host: x", "Host: a b/c", 1), "400", 0},

		{"a chunk with a sign", chunked("+1\r\nx\r\n0\r\n\r\n"), "400", 0},
		{"a chunk below 0", chunked("-1\r\nx\r\n0\r\n\r\n"), "400", 0},
		{"a chunk without bound", chunked("ffffffffffffffff1\r\nx\r\n0\r\n\r\n"), "400", 0},
		{"a great chunk", chunked("7fffffffffffffff\r\n" + packet), "400", 0},
		{"chunks with bare line feeds", chunked(strings.ReplaceAll(one, "\r\n", "\n") + "0\n\n"), "400", 0},
		{"a chunk longer than it says", chunked("1\r\nxx\r\n0\r\n\r\n"), "400", 0},
		{"a chunk with a huge extension", chunked("1;" + strings.Repeat("x", 1<<20) + "\r\nx\r\n0\r\n\r\n"), "400", 0},
		{"many chunks with extensions", chunked(strings.Repeat("1;"+strings.Repeat("x", 1000)+"\r\nx\r\n", 1000) + "0\r\n\r\n"), "400", 0},
		{"a huge trailer", chunked(one + "0\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"), "400", 0},
		{"a flood of trailers", chunked(one + "0\r\n" + strings.Repeat("X: x\r\n", 1<<17) + "\r\n"), "400", 0},
		{"no last chunk", chunked(one), "400", 0},
		{"chunks without end", chunked(strings.Repeat("400\r\n"+strings.Repeat("x", 1024)+"\r\n", 1024)), "413", 0},
		{"less than the length", post("Content-Length: 1000") + "\r\n" + packet, "400", 0},
		{"more than the length", whole() + packet, "200 400", 1},

		{"a huge header", whole("X: " + strings.Repeat("x", 1<<20)), "431", 0},
		{"a flood of headers", whole(strings.Repeat("X: x\r\n", 1<<17) + "X: x"), "431", 0},
		{"a huge token", replaced(token, "Bearer "+strings.Repeat("x", 12<<10)), "401", 0},
		{"a huge path", replaced("/accounts", "/"+strings.Repeat("x", 1<<20)), "431", 0},
		{"another token", replaced(token, "Bearer guess"), "401", 0},
		{"another token, expecting to go on", strings.Replace(whole("Expect: 100-continue"), token, "Bearer guess", 1), "401", 0},
		{"the token of another account", replaced(token, "Bearer alice"), "401", 0},
		{"an unknown expectation", whole("Expect: 200-ok"), "417", 0},
		{"compressed", whole("Content-Encoding: gzip"), "415", 0},
		{"compressed in the second line", whole("Content-Encoding: identity", "Content-Encoding: gzip"), "400", 0},
		{"two types", whole("Content-Type: application/octet-stream", "Content-Type: text/html"), "400", 0},
		{"two tokens, the first right", whole("Authorization: Bearer guess"), "401", 0},
		{"two tokens, the second right", replaced("Host: x", "Host: x\r\nAuthorization: Bearer guess"), "401", 0},

		{"two slashes", replaced("/accounts", "//accounts"), "404", 0},
		{"a path with dots", replaced("/accounts", "/x/../accounts"), "404", 0},
		{"a slash at the end", replaced("/ilp ", "/ilp/ "), "404", 0},
		{"an encoded letter", replaced("mallory", "%6dallory"), "404", 0},
		{"an encoded slash", replaced("/ilp ", "%2filp "), "404", 0},
		{"an encoded NUL", replaced("/ilp ", "/ilp%00 "), "404", 0},
		{"a broken code", replaced("/ilp ", "/ilp%zz "), "400", 0},
		{"a star", replaced("/accounts/mallory/ilp", "*"), "404", 0},
		{"a proxy's request", replaced(target, "CONNECT x:443"), "404", 0},
		{"another method", replaced("POST", "DELETE"), "405", 0},
		{"a method of no name", replaced("POST", "\"(),"), "400", 0},
		{"another method in a header", strings.Replace(whole("X-HTTP-Method-Override: POST"), "POST", "GET", 1), "200", 0},
		{"HTTP/0.9", "GET /accounts/mallory/ilp\r\n", "400", 0},
		{"HTTP/2.0 in the line", replaced("HTTP/1.1", "HTTP/2.0"), "505", 0},
		{"HTTP/9.9", replaced("HTTP/1.1", "HTTP/9.9"), "505", 0},
		{"the old way to HTTP/2", whole("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"), "200", 1},
		{"a WebSocket", "GET /accounts/mallory/ilp HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
			"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", "200", 0},
		{"TLS", "\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + strings.Repeat("\x07", 194) + "\r\n\r\n", "400", 0},
		{"SSH", "SSH-2.0-stranger\r\n", "400", 0},
		{"a proxy's line", "PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n" + whole(), "400", 0},
		{"nothing", "", "", 0},
		{"half of a line", "POST /acc", "400", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := len(d.far.Sent())
			statuses, answers := d.said(c.request)
			if statuses != c.statuses {
				t.Errorf("answered with %s instead of %s: %.200q", statuses, c.statuses, answers)
			}
			if n := len(d.far.Sent()) - before; n != c.packets {
				t.Errorf("%d packets came of it instead of %d", n, c.packets)
			}
			for _, secret := range []string{"s3cret", "alice", "guess"} {
				if strings.Contains(answers, secret) {
					t.Errorf("an answer has a token in it: %.200q", answers)
				}
			}
			d.alicePays("after " + c.name)
		})
	}
	for _, secret := range []string{"s3cret", "Bearer", "guess"} {
		if strings.Contains(d.log.String(), secret) {
			t.Errorf("the log has %q in it", secret)
		}
	}
}

func chunksOfOne(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteString("1\r\n" + string([]byte{c}) + "\r\n")
	}
	return b.String()
}

// An account that opens requests without end, and leaves their connections, has a bounded number of
// them under way. The rest is refused, and when some have ended there is room again.
func TestRequestsOfOneAccountAreBounded(t *testing.T) {
	far := ilptest.NewLink() // keeps its packets
	l, _ := receiving(t, far)
	send := func() int {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(goodPacket))
		r.Header.Set("Authorization", token)
		l.ServeHTTP(w, r)
		return w.Code
	}
	var group sync.WaitGroup
	for range httplink.ServingMax {
		group.Go(func() {
			if status := send(); status != http.StatusOK {
				t.Errorf("a packet gets %d", status)
			}
		})
	}
	await(t, func() bool { return far.Kept() == httplink.ServingMax })
	for range 100 {
		if status := send(); status != http.StatusServiceUnavailable {
			t.Fatalf("one packet more gets %d", status)
		}
	}
	far.Take().Up.WriteReply(ilptest.Fulfill())
	await(t, func() bool { return far.Kept() == httplink.ServingMax-1 })
	group.Go(func() {
		for send() != http.StatusOK {
			runtime.Gosched() // until the one that was answered has ended
		}
	})
	for range httplink.ServingMax {
		far.Take().Up.WriteReply(ilptest.Fulfill())
	}
	group.Wait()
}
