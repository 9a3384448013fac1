package listen_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ilp-go/connector/listen"
)

// journal is a log that tests read.
type journal struct {
	mu    sync.Mutex
	lines bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.Write(b)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.lines.String()
}

// What cannot be served leaves a line in the log, without what others should not write there, and
// so do panics. A flood of it leaves few lines, and a probe of the port none.
func TestWhatCannotBeServedIsLogged(t *testing.T) {
	pair := certificate(t)
	hello := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	for name, c := range map[string]struct {
		tls        bool
		said, line string
	}{
		"nothing":              {false, "", ""},
		"nothing, with TLS":    {true, "", ""},
		"garbage":              {false, "garbage\r\n\r\n", `level=INFO msg="connection ended without a request that can be read" remote=127.0.0.1:`},
		"half of a request":    {false, "POST / HTTP/1.1\r\nHost: x\r\n", `level=INFO msg="connection ended without a request that can be read" remote=127.0.0.1:`},
		"garbage of HTTP/2":    {false, hello + "\x00\x00\x00\x00\x00\x00\x00\x00\x00", `level=INFO msg="connection failed" error="http2: server connection error from 127.0.0.1:`},
		"HTTP instead of TLS":  {true, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", `level=INFO msg="connection failed" error="http: TLS handshake error from 127.0.0.1:`},
		"garbage with TLS":     {true, strings.Repeat("x", 500), `level=INFO msg="connection failed" error="http: TLS handshake error from 127.0.0.1:`},
		"an unknown path":      {false, "GET /a%0ab?secret HTTP/1.1\r\nHost: x\r\n\r\n", `level=INFO msg="request for a path without a handler" remote=127.0.0.1:`},
		"a panic":              {false, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", `level=ERROR msg="request caused a panic" error="http: panic serving 127.0.0.1:`},
		"a panic over HTTP/2":  {false, hello + "\x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x86\x84\x41\x01x", `level=ERROR msg="request caused a panic" error="http2: panic serving 127.0.0.1:`},
		"a path without bound": {false, "GET /" + strings.Repeat("x", 9000) + " HTTP/1.1\r\nHost: x\r\n\r\n", `level=INFO msg="request for a path without a handler" remote=127.0.0.1:`},
	} {
		t.Run(name, func(t *testing.T) {
			log := new(journal)
			o := listen.Options{Log: slog.New(slog.NewTextHandler(log, nil))}
			if c.tls {
				o.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
			}
			s, address, stop := start(t, o)
			handle(t, s, "/", func(http.ResponseWriter, *http.Request) { panic("no") })
			const floods = 40
			began := time.Now()
			var ends []<-chan string
			for range floods {
				conn, ended := dial(t, address)
				_, _ = io.WriteString(conn, c.said)
				_ = conn.(interface{ CloseWrite() error }).CloseWrite()
				ends = append(ends, ended)
			}
			for _, ended := range ends {
				<-ended
			}
			stop()
			seconds := int(time.Since(began)/time.Second) + 2
			lines := strings.SplitAfter(log.String(), "\n")
			lines = lines[1 : len(lines)-1] // the first says where we listen
			if c.line == "" && len(lines) != 0 || c.line != "" && (len(lines) == 0 || len(lines) > 2*seconds) {
				t.Fatalf("%d lines: %.300q", len(lines), lines)
			}
			for _, line := range lines {
				if strings.Contains(line, "secret") || len(line) > 9<<10 || !strings.Contains(c.line, "panic") && len(line) > 600 {
					t.Errorf("the log says %.1000s", line)
				}
			}
			if !strings.Contains(strings.Join(lines, ""), c.line) {
				t.Errorf("the log says %.1000s", lines)
			}
		})
	}
}
