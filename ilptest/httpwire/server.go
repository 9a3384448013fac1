// Package httpwire serves and sends HTTP/1.1 for stand-ins of other connectors. They write each byte
// of a head themselves, which net/http does not allow.
package httpwire

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

// Answer is what a server sends back.
type Answer struct {
	Head string // the status line and the headers, each with its end of line
	Body []byte
}

// Server is a server on loopback. It runs until the test ends, or until Stop.
type Server struct {
	t      testing.TB
	idle   time.Duration
	answer func(r *http.Request) Answer

	mu       sync.Mutex // guards what follows
	address  string
	listener net.Listener
	conns    map[net.Conn]bool // true if the connection waits for a request
	opened   int
	expired  int // connections that were closed because no request came
	serving  sync.WaitGroup
}

// Serve starts a server at a port, any free one if it is 0. The server closes a connection on which
// no request comes for the time idle. It calls answer for each request, on the goroutine of its
// connection. If answer does not read the whole body, the connection is closed after the answer.
func Serve(t testing.TB, port int, idle time.Duration, answer func(r *http.Request) Answer) *Server {
	t.Helper()
	s := &Server{t: t, idle: idle, answer: answer, address: fmt.Sprintf("127.0.0.1:%d", port), conns: make(map[net.Conn]bool)}
	s.Start()
	t.Cleanup(s.Stop)
	return s
}

// Start makes a server listen again that was stopped, on its port.
func (s *Server) Start() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	l, err := net.Listen("tcp", s.address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.listener, s.address = l, l.Addr().String()
	s.serving.Go(func() { s.accept(l) })
}

// Stop closes the port and all connections, whatever is under way, and waits until they have ended.
func (s *Server) Stop() {
	s.mu.Lock()
	if s.listener != nil {
		_ = s.listener.Close()
		s.listener = nil
	}
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.serving.Wait()
}

// URL returns the URL of the server, with a path.
func (s *Server) URL(path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return "http://" + s.address + path
}

// Opened returns how many connections there were.
func (s *Server) Opened() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened
}

// Expired returns how many connections were closed because no request came.
func (s *Server) Expired() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.expired
}

func (s *Server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		if s.listener != l { // stopped meanwhile
			_ = conn.Close()
			s.mu.Unlock()
			return
		}
		s.conns[conn] = true
		s.opened++
		s.serving.Go(func() { s.serve(conn) })
		s.mu.Unlock()
	}
}

// serve answers the requests of one connection, one after the other.
func (s *Server) serve(conn net.Conn) {
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, conn)
	}()
	requests := bufio.NewReader(conn)
	for {
		_ = conn.SetReadDeadline(time.Now().Add(s.idle))
		if _, err := requests.Peek(1); err != nil {
			s.ended(conn, err)
			return
		}
		_ = conn.SetReadDeadline(time.Time{})
		r, err := http.ReadRequest(requests)
		if err != nil {
			return
		}
		a := s.answer(r)
		if _, err := conn.Write(append([]byte(a.Head+"\r\n"), a.Body...)); err != nil || r.Close {
			return
		}
		if n, err := r.Body.Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
			return
		}
	}
}

// ended notes why a connection brought no request.
func (s *Server) ended(conn net.Conn, err error) {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return
	}
	_ = conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expired++
}
