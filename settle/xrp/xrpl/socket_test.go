package xrpl

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// page serves what is no WebSocket.
func page(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte("<html>"))
	}
}

// node serves the requests of a connect over a real socket, and then does something.
func node(then func(context.Context, *websocket.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		for {
			_, text, err := conn.Read(r.Context())
			if err != nil {
				return
			}
			var q fakeRequest
			if json.Unmarshal(text, &q) != nil {
				return
			}
			result := `{"info":{"server_state":"full","validated_ledger":{"seq":100,"age":1}}}`
			if q.Command == "subscribe" {
				result = `{"ledger_index":100}`
			}
			if err := conn.Write(r.Context(), websocket.MessageText, fmt.Appendf(nil, `{"id":%d,"status":"success","result":%s}`, q.ID, result)); err != nil {
				return
			}
			if q.Command == "subscribe" && then != nil {
				then(r.Context(), conn)
			}
		}
	}
}

// useless is a server over a real socket, and why it is left.
type useless struct {
	url    string
	reason Reason
	detail string
}

func TestRealServersAreLeftForAReason(t *testing.T) {
	serve := func(h http.Handler) string {
		server := httptest.NewServer(h)
		t.Cleanup(server.Close)
		return "ws" + strings.TrimPrefix(server.URL, "http") + "/topsecret?key=topsecret"
	}
	secure := httptest.NewUnstartedServer(node(nil))
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0) // of our refused handshake
	secure.StartTLS()
	t.Cleanup(secure.Close)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "ws://" + closed.Addr().String() + "/topsecret"
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	good := serve(node(nil))
	bad := []useless{
		{gone, ReasonUnreachable, "refused"},
		{serve(page(200, "Content-Type", "text/html")), ReasonNotWebSocket, "status 200"},
		{serve(page(302, "Location", good)), ReasonNotWebSocket, "status 302"},
		{serve(page(503)), ReasonNotWebSocket, "status 503"},
		{"wss" + strings.TrimPrefix(good, "ws"), ReasonUnreachable, "HTTPS client"},
		{"wss" + strings.TrimPrefix(secure.URL, "https") + "/topsecret", ReasonUnreachable, "certificate"},
		{serve(node(func(ctx context.Context, c *websocket.Conn) {
			_ = c.Write(ctx, websocket.MessageText, bytes.Repeat([]byte{' '}, messageMax+1))
		})), ReasonTooLarge, "4194304"},
		{serve(node(func(_ context.Context, c *websocket.Conn) {
			_ = c.Close(websocket.StatusPolicyViolation, "you are slow")
		})), ReasonClosed, "you are slow"},
		{serve(node(func(_ context.Context, c *websocket.Conn) { _ = c.CloseNow() })), ReasonClosed, ""},
	}
	var log bytes.Buffer
	o := Options{Log: slog.New(slog.NewTextHandler(&log, nil))}
	for _, b := range bad {
		o.Servers = append(o.Servers, b.url)
	}
	o.Servers = append(o.Servers, good)
	st := run(t, o, func(st Status) bool { return st.Servers[len(bad)].InUse })
	for i, b := range bad {
		if s := st.Servers[i]; s.Reason != b.reason || !strings.Contains(s.Detail, b.detail) {
			t.Errorf("%s: %+v, want %+v", b.url, s, b)
		}
	}
	if text := fmt.Sprintf("%+v", st) + log.String(); strings.Contains(text, "topsecret") {
		t.Errorf("the path of a URL is shown:\n%s", text)
	}
}

// run runs a client until its status is as a test wants it.
func run(t *testing.T, o Options, done func(Status) bool) Status {
	t.Helper()
	c, err := NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() { defer close(ran); c.Run(ctx) }()
	defer func() { cancel(); <-ran }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); <-tick.C {
		if st := c.Status(); done(st) {
			return st
		}
	}
	t.Fatalf("the status stays %+v", c.Status())
	return Status{}
}

func TestTLSWithRootsOfTheOperator(t *testing.T) {
	server := httptest.NewTLSServer(node(nil))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	o := Options{Servers: []string{"wss" + strings.TrimPrefix(server.URL, "https")}, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	run(t, o, func(st Status) bool { return st.Connected })
}
