package listen_test

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ilp-go/connector/listen"
)

// floodSize is the number of connections of a flood. Each takes two descriptors of this process.
const floodSize = 2_000

// open is a connection of a flood, which learns when the server closes it.
type open struct {
	net.Conn
	closed <-chan struct{}
}

// openFrom opens a connection from an address of this machine and writes bytes to it.
func openFrom(t testing.TB, from, to, bytes string, left *atomic.Int64) open {
	t.Helper()
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}).Dial("tcp", to)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(conn, bytes) // it may be closed by now
	left.Add(1)
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_, _ = io.Copy(io.Discard, conn)
		left.Add(-1)
	}()
	return open{conn, closed}
}

// inUse returns the bytes of memory that live objects and stacks take.
func inUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// However strangers begin, and wherever they come from, only so many of their sockets stay, each
// takes little memory, and peers are served on connections from before the flood and on new ones.
func TestFloodOfSocketsKeepsNoPeerOut(t *testing.T) {
	pair := certificate(t)
	preface := "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	for name, c := range map[string]struct {
		tls   bool
		bytes string
		each  int64 // bytes of memory that one may take, on both sides
	}{
		"silent":              {false, "", 64 << 10},
		"half of a head":      {false, "POST / HTTP/1.1\r\nHost: x\r\nX: ", 64 << 10},
		"a body to come":      {false, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000\r\n\r\nx", 64 << 10},
		"HTTP/2":              {false, preface, 160 << 10},
		"a frame to come":     {false, preface + "\x00\x40\x00\x00\x00\x00\x00\x00\x01", 160 << 10},
		"a huge frame":        {false, preface + "\x10\x00\x00\x00\x00\x00\x00\x00\x01", 160 << 10},
		"half of a handshake": {true, "\x16\x03\x01\x01\xf4\x01\x00\x01\xf0\x03\x03", 160 << 10},
		"silent, with TLS":    {true, "", 160 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			o, scheme := listen.Options{}, "http://"
			if c.tls {
				o.TLS, scheme = &tls.Config{Certificates: []tls.Certificate{pair}}, "https://"
			}
			s, address, _ := start(t, o)
			handle(t, s, "/", func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") == "" {
					_, _ = io.Copy(io.Discard, r.Body)
					return
				}
				listen.Known(r.Context())
			})
			served := func(client *http.Client, when string) {
				t.Helper()
				r, _ := http.NewRequest(http.MethodGet, scheme+address, nil)
				r.Header.Set("Authorization", "peer")
				w, err := client.Do(r)
				if err != nil {
					t.Fatalf("a peer %s: %v", when, err)
				}
				_ = w.Body.Close()
				if w.StatusCode != http.StatusOK {
					t.Fatalf("a peer %s: status %d", when, w.StatusCode)
				}
			}
			peer := func() *http.Client {
				c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: time.Minute}
				t.Cleanup(c.CloseIdleConnections)
				return c
			}
			before := peer()
			served(before, "before the flood")
			memory, goroutines := inUse(), runtime.NumGoroutine()
			var left atomic.Int64
			var flood []open
			defer func() {
				for _, o := range flood {
					_ = o.Close()
					<-o.closed
				}
			}()
			for i := range floodSize {
				flood = append(flood, openFrom(t, fmt.Sprintf("127.0.1.%d", 1+i%10), address, c.bytes, &left))
				if i%500 == 0 {
					served(peer(), "within the flood")
				}
			}
			await(t, func() bool { return left.Load() <= listen.StrangersMax })
			if more := (inUse() - memory) / listen.StrangersMax; more > c.each {
				t.Errorf("a socket of the flood takes %d bytes, more than %d", more, c.each)
			} else {
				t.Logf("a socket of the flood takes %d bytes", more)
			}
			if running := runtime.NumGoroutine() - goroutines; running > 5*listen.StrangersMax {
				t.Errorf("%d goroutines run", running)
			}
			served(before, "on a connection from before the flood")
			served(peer(), "on a new connection")
		})
	}
}

func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return s.TLS.Certificates[0]
}
