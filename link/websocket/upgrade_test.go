package websocket

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A handshake that a server of net/http has read ends as one that Accept reads itself, and the
// bytes behind it are not lost.
func TestUpgradeTakesTheConnectionOver(t *testing.T) {
	got := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, leftover, err := Upgrade(w, r, AcceptOptions{Path: "/btp"})
		if err != nil {
			got <- err.Error()
			return
		}
		go func() {
			defer func() { _ = conn.Close() }()
			rest, _ := io.ReadAll(conn)
			got <- string(leftover) + string(rest)
		}()
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, handshake+"\r\nframes"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols || answer.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("%+v, %v", answer, err)
	}
	if _, err := io.WriteString(conn, " follow"); err != nil {
		t.Fatal(err)
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	if text := <-got; text != "frames follow" {
		t.Errorf("the server has %q", text)
	}
}

func TestUpgradeRefusesWhatAcceptRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		edit   func(*http.Request)
		status int
	}{
		"no handshake": {func(r *http.Request) { r.Header.Del("Upgrade") }, http.StatusUpgradeRequired},
		"a POST":       {func(r *http.Request) { r.Method = http.MethodPost }, http.StatusMethodNotAllowed},
		"another path": {func(r *http.Request) { r.URL.Path = "/x" }, http.StatusNotFound},
		"no key":       {func(r *http.Request) { r.Header.Del("Sec-WebSocket-Key") }, http.StatusBadRequest},
		"HTTP/2":       {func(r *http.Request) { r.Proto, r.ProtoMajor = "HTTP/2.0", 2 }, http.StatusUpgradeRequired},
		"a page":       {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") }, http.StatusForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(handshake + "\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			c.edit(r)
			w := httptest.NewRecorder()
			_, _, err = Upgrade(w, r, AcceptOptions{Path: "/btp", Origin: func(string) bool { return false }})
			if err == nil || w.Code != c.status || w.Body.String() != http.StatusText(c.status)+"\n" {
				t.Errorf("%d %q, %v", w.Code, w.Body, err)
			}
			if upgrade := w.Header().Get("Upgrade"); (upgrade == "websocket") != (r.ProtoMajor == 1) {
				t.Errorf("the answer offers %q", upgrade)
			}
		})
	}
}
