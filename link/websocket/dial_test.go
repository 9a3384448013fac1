package websocket

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// welcome is the answer to the request r that completes the handshake.
func welcomeTo(r *http.Request, more string) string {
	request := strings.Replace(handshake, "dGhlIHNhbXBsZSBub25jZQ==", r.Header.Get("Sec-Websocket-Key"), 1) + "\r\n"
	_, answer, err := (AcceptOptions{}).answer(newHead(strings.NewReader(request)))
	if err != nil {
		panic(err)
	}
	return strings.TrimSuffix(string(answer), "\r\n") + more + "\r\n"
}

// dialed is what Dial made of a server, and the request that the server got.
type dialed struct {
	leftover []byte
	err      error
	request  *http.Request
}

// dialTo dials a server that reads the request and answers with what answer
// makes of it. It gives up after 10 seconds of the bubble it runs in.
func dialTo(t *testing.T, rawURL string, opts DialOptions, answer func(*http.Request) string) (got dialed) {
	synctest.Test(t, func(t *testing.T) {
		far, near := net.Pipe()
		opts.DialContext = pipeTo(near)
		served := make(chan *http.Request, 1)
		go func() {
			r, err := http.ReadRequest(bufio.NewReader(far))
			if err == nil {
				_, _ = io.WriteString(far, answer(r))
			}
			served <- r
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var conn net.Conn
		conn, got.leftover, got.err = Dial(ctx, rawURL, opts)
		if (conn == nil) != (got.err != nil) {
			t.Errorf("connection %v beside error %v", conn, got.err)
		}
		if got.err != nil {
			if _, err := near.Read(make([]byte, 1)); !hungUp(err) {
				t.Errorf("a failed Dial left its connection open: %v", err)
			}
		}
		_, _ = near.Close(), far.Close()
		got.request = <-served
	})
	return got
}

func TestDialSendsPathAndQueryButNoCredentials(t *testing.T) {
	got := dialTo(t, "ws://alice:hunter2@example.test:7768/a%20b/c?x=1&y=%32", DialOptions{},
		func(r *http.Request) string { return welcomeTo(r, "") })
	if got.err != nil || got.leftover != nil {
		t.Fatal(got.err, got.leftover)
	}
	r := got.request
	if r.RequestURI != "/a%20b/c?x=1&y=%32" || r.Host != "example.test:7768" {
		t.Errorf("request %+v", r)
	}
	for key, values := range r.Header {
		if key == "Authorization" || strings.Contains(fmt.Sprint(values), "hunter2") {
			t.Errorf("%s: %q", key, values)
		}
	}
	if r.Header.Get("Sec-Websocket-Extensions") != "" {
		t.Error("an extension was offered")
	}
}

func TestDialSkipsInterimResponses(t *testing.T) {
	early := "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
	got := dialTo(t, "ws://example.test", DialOptions{}, func(r *http.Request) string { return early + welcomeTo(r, "") + "frames" })
	if got.err != nil || string(got.leftover) != "frames" {
		t.Errorf("%v, behind it %q", got.err, got.leftover)
	}
	endless := strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", headBytesMax/20)
	got = dialTo(t, "ws://example.test", DialOptions{}, func(*http.Request) string { return endless })
	if !errors.Is(got.err, errHeadSize) {
		t.Errorf("without end: %v", got.err)
	}
}

func TestDialKeysAreFresh(t *testing.T) {
	key := func() string {
		return dialTo(t, "ws://example.test", DialOptions{}, func(r *http.Request) string { return welcomeTo(r, "") }).request.
			Header.Get("Sec-Websocket-Key")
	}
	if one, two := key(), key(); one == two || len(one) != 24 {
		t.Errorf("keys %q and %q", one, two)
	}
}

func TestDialRefused(t *testing.T) {
	said := func(s string) func(*http.Request) string { return func(*http.Request) string { return s } }
	tests := []struct {
		name   string
		answer func(*http.Request) string
		text   string // at the end of the error's
	}{
		{"403", said("HTTP/1.1 403 Whatever\r\nContent-Length: 6\r\n\r\nsecret"), "HTTP status 403 Forbidden"},
		{"404", said("HTTP/1.1 404 Not Found\r\n\r\n"), "HTTP status 404 Not Found"},
		{"redirect", said("HTTP/1.1 302 Found\r\nLocation: ws://evil.test/\r\n\r\n"), "HTTP status 302 Found"},
		{"200", said("HTTP/1.1 200 OK\r\n\r\n"), "HTTP status 200 OK"},
		{"unregistered status", said("HTTP/1.1 799 x\r\n\r\n"), "HTTP status 799 "},
		{"HTTP/1.0", said("HTTP/1.0 101 Switching Protocols\r\n\r\n"), "bad HTTP protocol version"},
		{"no status", said("HTTP/1.1\r\n\r\n"), "malformed HTTP response"},
		{"bare 101", said("HTTP/1.1 101 Switching Protocols\r\n\r\n"), `bad "Upgrade" header`},
		{"no connection", func(r *http.Request) string {
			return strings.Replace(welcomeTo(r, ""), "Connection: Upgrade\r\n", "Connection: close\r\n", 1)
		}, `bad "Connection" header`},
		{"accept value of another key", said("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n" +
			"Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"), `bad "Sec-WebSocket-Accept" header`},
		{"extension not offered", func(r *http.Request) string {
			return welcomeTo(r, "Sec-WebSocket-Extensions: permessage-deflate\r\n")
		}, "header"},
		{"subprotocol not offered", func(r *http.Request) string { return welcomeTo(r, "Sec-WebSocket-Protocol: other\r\n") }, "header"},
		{"not HTTP", said("SSH-2.0-OpenSSH\r\n"), "not HTTP"},
		{"TLS alert", said("\x15\x03\x01\x00\x02\x02\x16"), "not HTTP"},
		{"endless header", said("HTTP/1.1 101 Switching Protocols\r\nX: " + strings.Repeat("x", 100<<10)), "HTTP head too large"},
		{"silence", said(""), "deadline exceeded"},
		{"half a head", said("HTTP/1.1 101 Sw"), "deadline exceeded"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := dialTo(t, "ws://alice:hunter2@example.test/path?token=hunter2", DialOptions{}, tt.answer)
			if got.err == nil || !strings.HasSuffix(got.err.Error(), tt.text) {
				t.Fatalf("error %q, want %q", got.err, tt.text)
			}
			if !strings.HasPrefix(got.err.Error(), "dial ws://example.test/path: ") || strings.Contains(got.err.Error(), "hunter2") {
				t.Errorf("error %q", got.err)
			}
			var status *StatusError
			if errors.As(got.err, &status) != strings.HasPrefix(tt.text, "HTTP status") {
				t.Errorf("error %q has status %v", got.err, status)
			}
		})
	}
}

// Proxies answer with lists, and with several lines (RFC 9110 section 5.3).
func TestDialReadsListsOfHeaderLines(t *testing.T) {
	for name, lines := range map[string]string{
		"one line":  "Connection: upgrade, keep-alive\r\n",
		"two lines": "Connection: keep-alive\r\nConnection: Upgrade\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			got := dialTo(t, "ws://example.test", DialOptions{}, func(r *http.Request) string {
				return strings.Replace(welcomeTo(r, ""), "Connection: Upgrade\r\n", lines, 1)
			})
			if got.err != nil {
				t.Error(got.err)
			}
		})
	}
}

func TestDialKeepsTheFramesBehindTheHandshake(t *testing.T) {
	frames := AppendFrame(nil, Server, Binary, []byte("first"))
	got := dialTo(t, "ws://example.test", DialOptions{}, func(r *http.Request) string { return welcomeTo(r, "") + string(frames) })
	if got.err != nil || !bytes.Equal(got.leftover, frames) {
		t.Errorf("leftover %q, %v", got.leftover, got.err)
	}
}

func TestDialURLErrorsQuoteNoSecret(t *testing.T) {
	for _, rawURL := range []string{
		"", "hunter2", "://hunter2", "http://alice:hunter2@example.test/", "btp+ws://alice:hunter2@example.test/",
		"ws://alice:hunter2@", "ws:alice:hunter2", "ws:///hunter2", "ws://alice:hunter2@example.test:port/",
		"ws://alice:hunter2/x@example.test/", "ws://alice:hunter2%zz@example.test/", "ws://alice:hunter2@example.test/#hunter2",
		"ws://example.test/\x7fhunter2", "ws://[::1/hunter2",
	} {
		_, _, err := Dial(deadline(t), rawURL, DialOptions{DialContext: func(context.Context, string, string) (net.Conn, error) {
			t.Errorf("%q was dialed", rawURL)
			return nil, io.EOF
		}})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: error %v", rawURL, err)
		}
	}
}

func TestDialErrorsOfTheNetworkAreWrapped(t *testing.T) {
	l := loopback(t)
	_ = l.Close()
	_, _, err := Dial(deadline(t), "ws://"+l.Addr().String(), DialOptions{})
	var op *net.OpError
	if !errors.As(err, &op) || !strings.HasPrefix(err.Error(), "dial ws://"+l.Addr().String()+": ") {
		t.Errorf("error %v", err)
	}
}

func TestDialPorts(t *testing.T) {
	for rawURL, want := range map[string]string{
		"ws://example.test":          "example.test:80",
		"wss://example.test/path":    "example.test:443",
		"WS://example.test:7768":     "example.test:7768",
		"ws://192.0.2.1":             "192.0.2.1:80",
		"wss://[2001:db8::1]":        "[2001:db8::1]:443",
		"ws://[2001:db8::1]:7768/x":  "[2001:db8::1]:7768",
		"ws://a:b@example.test:1/?q": "example.test:1",
	} {
		u, err := parseURL(rawURL)
		if err != nil {
			t.Errorf("%s: %v", rawURL, err)
			continue
		}
		if got := address(u); got != want {
			t.Errorf("%s leads to %s, want %s", rawURL, got, want)
		}
	}
}

func TestDialDoesNotChangeTheTLSConfig(t *testing.T) {
	opts := DialOptions{}
	if got := opts.tlsConfig("example.test").ServerName; got != "example.test" {
		t.Errorf("server name %q", got)
	}
	opts.TLS = opts.tlsConfig("other.test")
	if got := opts.tlsConfig("example.test"); got.ServerName != "other.test" || got == opts.TLS {
		t.Errorf("server name %q, same config %v", got.ServerName, got == opts.TLS)
	}
}
