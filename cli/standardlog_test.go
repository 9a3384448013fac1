package cli

import (
	"bytes"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// A peer that sends more than its response makes net/http write to the standard log. What it has
// sent is not logged, and a flood of it is a few lines.
func TestLinesOfNetHTTPAreFewAndShort(t *testing.T) {
	peer, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	serve := func(conn net.Conn) {
		defer func() { _ = conn.Close() }()
		if _, err := conn.Read(make([]byte, 1000)); err == nil {
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nsecret secret\r\n\r\n")
			_, _ = io.Copy(io.Discard, conn) // the client closes it, after it has written the line
		}
	}
	group.Go(func() {
		for conn, err := peer.Accept(); err == nil; conn, err = peer.Accept() {
			group.Go(func() { serve(conn) })
		}
	})
	var out bytes.Buffer
	restore := takeStandardLog(slog.New(slog.NewTextHandler(&out, nil)))
	defer restore()
	client := &http.Client{Transport: new(http.Transport)}
	began := time.Now()
	for range 50 {
		if r, err := client.Get("http://" + peer.Addr().String()); err == nil { // else it came too late to be one too many
			_ = r.Body.Close()
		}
	}
	_ = peer.Close()
	client.CloseIdleConnections()
	group.Wait()
	log.Print(strings.Repeat("x", 1000))
	text, most := out.String(), int(time.Since(began)/time.Second)+2
	if !strings.Contains(text, `level=INFO msg="library complains" error="Unsolicited response received on idle HTTP channel" notLogged=0`) {
		t.Errorf("the log says %.500s", text)
	}
	if n := strings.Count(text, "\n"); n > most || strings.Contains(text, "secret") || len(text) > 400*n {
		t.Errorf("%d lines: %.1000s", n, text)
	}
}
