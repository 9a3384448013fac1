package websocket

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// handshake is a request that must be welcome.
const handshake = "GET /btp?v=1 HTTP/1.1\r\nHost: example.test\r\nUpgrade: websocket\r\n" +
	"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
	"Sec-WebSocket-Version: 13\r\n"

// outcome is what Accept made of a connection, and what the client was told.
type outcome struct {
	req      *http.Request
	leftover []byte
	err      error
	answer   string
}

// accept lets Accept loose on whatever client does to the far end of a pipe.
// The bubble it runs in fails the test if a goroutine outlives it.
func accept(t *testing.T, opts AcceptOptions, client func(conn net.Conn)) (got outcome) {
	synctest.Test(t, func(t *testing.T) {
		far, near := net.Pipe()
		var gone sync.WaitGroup
		gone.Go(func() { client(far) })
		answer := make(chan string)
		go func() {
			b, _ := io.ReadAll(far)
			answer <- string(b)
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		got.req, got.leftover, got.err = Accept(ctx, near, opts)
		_ = near.Close()
		got.answer = <-answer
		_ = far.Close()
		gone.Wait()
	})
	return got
}

// send is a client that writes s and waits.
func send(s string) func(net.Conn) {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, s) }
}

// sendAndHangUp is a client that writes s and goes.
func sendAndHangUp(s string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = io.WriteString(conn, s)
		_ = conn.Close()
	}
}

func TestAcceptTellsWhatTheClientAskedFor(t *testing.T) {
	got := accept(t, AcceptOptions{Path: "/btp"}, send(handshake+"Origin: https://wallet.test\r\nX-Forwarded-For: 192.0.2.1\r\n"+
		"Sec-WebSocket-Protocol: one, two\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"))
	if got.err != nil || got.leftover != nil {
		t.Fatal(got.err, got.leftover)
	}
	req := got.req
	if req.URL.String() != "/btp?v=1" || req.Host != "example.test" || req.Header.Get("Origin") != "https://wallet.test" ||
		req.Header.Get("X-Forwarded-For") != "192.0.2.1" {
		t.Errorf("request %+v", req)
	}
	// The accept value of RFC 6455 section 1.3 for its sample key.
	for _, line := range []string{"HTTP/1.1 101 ", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="} {
		if !strings.Contains(got.answer, line) {
			t.Errorf("answer %q lacks %q", got.answer, line)
		}
	}
	if strings.Contains(got.answer, "Extensions") {
		t.Errorf("answer %q agrees to an extension", got.answer)
	}
}

func TestAcceptAgreesToNoSubprotocolUnasked(t *testing.T) {
	got := accept(t, AcceptOptions{}, send(handshake+"Sec-WebSocket-Protocol: one\r\n\r\n"))
	if got.err != nil || !strings.HasPrefix(got.answer, "HTTP/1.1 101 ") || strings.Contains(got.answer, "Sec-WebSocket-Protocol") {
		t.Errorf("%v, answer %q", got.err, got.answer)
	}
}

// Header lines of one name are one list, and any part of it may be the one that counts
// (RFC 9110 section 5.3).
func TestAcceptReadsListsOfHeaderLines(t *testing.T) {
	for name, lines := range map[string]string{
		"one line of three":   "Connection: foo, keep-alive , UPGRADE\r\n",
		"two lines":           "Connection: keep-alive\r\nConnection: Upgrade\r\n",
		"the other way round": "Connection: Upgrade\r\nConnection: keep-alive\r\n",
		"empty parts":         "Connection: ,,\r\nconnection: , upgrade,\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := accept(t, AcceptOptions{}, send(strings.Replace(handshake, "Connection: keep-alive, Upgrade\r\n", lines, 1)+"\r\n"))
			if got.err != nil || !strings.HasPrefix(got.answer, "HTTP/1.1 101 ") {
				t.Errorf("%v, answer %q", got.err, got.answer)
			}
		})
	}
}

func TestRefusalOfAHEADHasNoBody(t *testing.T) {
	got := accept(t, AcceptOptions{}, send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"))
	if !strings.HasPrefix(got.answer, "HTTP/1.1 426 ") || !strings.HasSuffix(got.answer, "\r\n\r\n") {
		t.Errorf("answer %q", got.answer)
	}
}

// The reason of a refusal is for the log: it quotes a stranger's words, but not many.
func TestRefusalQuotesLittle(t *testing.T) {
	for _, request := range []string{
		"GET " + strings.Repeat("\x1b", 10<<10) + " HTTP/1.1\r\n\r\n",
		strings.Replace(handshake, "/btp", "/"+strings.Repeat("%1b", 4<<10), 1) + "\r\n",
		strings.Replace(handshake, "GET", strings.Repeat("G", 10<<10), 1) + "\r\n",
		strings.Replace(handshake, "13", strings.Repeat("1", 10<<10), 1) + "\r\n",
	} {
		got := accept(t, AcceptOptions{Path: "/btp"}, send(request))
		if text := fmt.Sprint(got.err); got.err == nil || len(text) > 600 || strings.Contains(text, "\x1b") {
			t.Errorf("%.50q: error of %d bytes: %.700q", request, len(text), text)
		}
	}
}

func TestAcceptRefuses(t *testing.T) {
	without := func(line string) string {
		rest := strings.Replace(handshake, line+"\r\n", "", 1)
		if rest == handshake {
			t.Fatalf("no line %q", line)
		}
		return rest + "\r\n"
	}
	strict := AcceptOptions{Path: "/btp"}
	tests := []struct {
		name, request string
		status        int
		told          string
	}{
		{"plain GET", "GET / HTTP/1.1\r\nHost: example.test\r\n\r\n", 426, "Upgrade: websocket"},
		{"plain HEAD", "HEAD / HTTP/1.1\r\nHost: example.test\r\n\r\n", 426, "Upgrade: websocket"},
		{"plain POST", "POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 5\r\n\r\nhello", 426, "Upgrade: websocket"},
		{"plain HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 426, "Upgrade: websocket"},
		{"HTTP/2 in the clear", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 426, "Upgrade: websocket"},
		{"plain GET with 15 KiB of head", "GET / HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat("c", 15<<10) + "\r\n\r\n", 426, ""},
		{"plain GET of our path", "GET /btp HTTP/1.1\r\nHost: example.test\r\n\r\n", 426, "Upgrade: websocket"},
		{"other upgrade", strings.Replace(handshake, "websocket", "h2c", 1) + "\r\n", 426, "Upgrade: websocket"},
		{"other version", strings.Replace(handshake, "13", "8", 1) + "\r\n", 426, "Sec-WebSocket-Version: 13"},
		{"no version", without("Sec-WebSocket-Version: 13"), 400, ""},
		{"no key", without("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400, ""},
		{"short key", strings.Replace(handshake, "dGhl", "", 1) + "\r\n", 400, ""},
		{"no host", without("Host: example.test"), 400, ""},
		{"no connection", without("Connection: keep-alive, Upgrade"), 426, "Upgrade: websocket"},
		{"POST", "POST" + handshake[len("GET"):] + "\r\n", 405, "Allow: GET"},
		{"HTTP/1.0", strings.Replace(handshake, "HTTP/1.1", "HTTP/1.0", 1) + "\r\n", 426, "Upgrade: websocket"},
		{"other path", strings.Replace(handshake, "/btp", "/other", 1) + "\r\n", 404, "Not Found"},
		{"malformed target", strings.Replace(handshake, "/btp?v=1", "%zz", 1) + "\r\n", 400, ""},
		{"bare CR", handshake + "A: \r\r\n\r\n", 400, ""},
		{"header without a colon", handshake + "nonsense\r\n\r\n", 400, ""},
		{"no HTTP behind capitals", "EHLO example.test\r\n\r\n", 400, ""},
		{"100 KB in one header", handshake + "Cookie: " + strings.Repeat("c", 100<<10) + "\r\n\r\n", 431, ""},
		{"100 KB of headers", handshake + strings.Repeat("Cookie: c\r\n", 10<<10) + "\r\n", 431, ""},
		{"100 KB of request line", "GET /" + strings.Repeat("c", 100<<10), 431, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := accept(t, strict, send(tt.request))
			var refused *StatusError
			if !errors.As(got.err, &refused) || refused.Status != tt.status {
				t.Fatalf("error %v, want status %d", got.err, tt.status)
			}
			if got.req != nil || got.leftover != nil {
				t.Errorf("refused, yet request %+v, leftover %q", got.req, got.leftover)
			}
			if !strings.HasPrefix(got.answer, fmt.Sprintf("HTTP/1.1 %d ", tt.status)) || !strings.Contains(got.answer, tt.told) ||
				!strings.Contains(got.answer, "Connection: close\r\n") || len(got.answer) > 300 {
				t.Errorf("answer %q", got.answer)
			}
		})
	}
}

func TestAcceptDoesNotAnswerWhatIsNotHTTP(t *testing.T) {
	tests := []struct {
		name   string
		client func(net.Conn)
		check  func(error) bool
	}{
		{"TLS on a plain port", func(conn net.Conn) { _ = tls.Client(conn, &tls.Config{ServerName: "example.test"}).Handshake() },
			func(err error) bool { return errors.Is(err, errNotHTTP) }},
		{"zeros", send("\x00\x00\x00\x00"), func(err error) bool { return errors.Is(err, errNotHTTP) }},
		{"empty line first", send("\r\n\r\n"), func(err error) bool { return errors.Is(err, errNotHTTP) }},
		{"port scan", sendAndHangUp(""), func(err error) bool { return errors.Is(err, io.EOF) }},
		{"hung up in the head", sendAndHangUp(handshake), func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		{"silence", send(""), func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"half a head", send(handshake), func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
		{"slowloris", slowly, func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := accept(t, AcceptOptions{}, tt.client)
			if !tt.check(got.err) || got.answer != "" {
				t.Errorf("error %v, answer %q", got.err, got.answer)
			}
		})
	}
}

// slowly is a client that writes a byte a second, and never ends.
func slowly(conn net.Conn) {
	for i := 0; ; i++ {
		if _, err := conn.Write([]byte{("GET /" + strings.Repeat("a", 1<<10))[i]}); err != nil {
			return
		}
		time.Sleep(time.Second) // of the bubble's clock
	}
}

func TestAcceptEndsWhenTheAnswerIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, near := net.Pipe()
		go func() { _, _ = io.WriteString(far, handshake+"\r\n") }() // and never reads
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, _, err := Accept(ctx, near, AcceptOptions{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		_, _ = near.Close(), far.Close()
	})
}

func TestAcceptEndsWhenCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far, near := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			synctest.Wait() // until Accept waits for the client
			cancel()
		}()
		if _, _, err := Accept(ctx, near, AcceptOptions{}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		_, _ = near.Close(), far.Close()
	})
}

// TestAcceptKeepsTheFramesBehindTheHandshake: those that arrived with it are
// the leftover, the others are still in the connection, wherever reads cut.
func TestAcceptKeepsTheFramesBehindTheHandshake(t *testing.T) {
	frames := AppendFrame(nil, Client, Binary, pattern(20_000))
	frames = AppendFrame(frames, Client, Ping, []byte("behind"))
	wire := append([]byte(handshake+"\r\n"), frames...)
	head := len(wire) - len(frames)
	for _, first := range []int{1, head - 3, head - 2, head - 1, head, head + 1, head + 9, len(wire)} {
		far, near := net.Pipe()
		go func() {
			_, _ = far.Write(wire[:first])
			_, _ = far.Write(wire[first:])
		}()
		answered := make(chan error, 1)
		go func() {
			_, err := io.ReadAtLeast(far, make([]byte, 512), 1)
			answered <- err
		}()
		_, leftover, err := Accept(deadline(t), near, AcceptOptions{})
		if err != nil || <-answered != nil {
			t.Fatalf("first write of %d: %v", first, err)
		}
		if first > head && !bytes.HasPrefix(leftover, frames[:1]) {
			t.Errorf("first write of %d: leftover of %d bytes", first, len(leftover))
		}
		e := newEnd(near, Server, leftover)
		if m, err := e.next(); err != nil || !bytes.Equal(m.Payload, pattern(20_000)) {
			t.Errorf("first write of %d: message of %d bytes, %v", first, len(m.Payload), err)
		}
		if m, err := e.next(); err != nil || m.Op != Ping || string(m.Payload) != "behind" {
			t.Errorf("first write of %d: %v, %v", first, m, err)
		}
		_, _ = near.Close(), far.Close()
	}
}

// endsHead reports whether b ends in an empty line.
func endsHead(b []byte) bool {
	return bytes.HasSuffix(b, []byte("\n\n")) || bytes.HasSuffix(b, []byte("\n\r\n"))
}

// FuzzAccept holds that no request makes Accept panic, hang, or succeed without
// the parts of a handshake.
func FuzzAccept(f *testing.F) {
	f.Add([]byte(handshake + "\r\n"))
	f.Add([]byte(handshake + "Sec-WebSocket-Protocol: a, b;;,\"\r\n\n\nrest"))
	f.Add([]byte("GET / HTTP/1.1\n\n"))
	f.Add([]byte("GET  HTTP/\n\n"))
	f.Fuzz(func(t *testing.T, request []byte) {
		in := newHead(bytes.NewReader(request))
		req, answer, err := AcceptOptions{}.answer(in)
		if err != nil {
			if bytes.HasPrefix(answer, []byte("HTTP/1.1 101 ")) {
				t.Errorf("refused %q with %q", request, answer)
			}
			return
		}
		if req.URL == nil || !bytes.HasPrefix(request, []byte("GET ")) || !bytes.HasPrefix(answer, []byte("HTTP/1.1 101 ")) {
			t.Errorf("accepted %q with %q", request, answer)
		}
		read := headBytesMax - in.left
		if rest := in.rest(); !bytes.HasSuffix(request[:read], rest) || !endsHead(request[:read-len(rest)]) {
			t.Errorf("leftover %q of %q", rest, request)
		}
	})
}
