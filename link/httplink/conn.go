package httplink

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"
)

// conn is a connection of HTTP/1.1 to the peer. It carries one request at a time, and nothing may come
// in between.
type conn struct {
	net.Conn
	raw     syscall.RawConn // the socket, below TLS
	abort   func()          // ends the request under way; does not block
	limited io.LimitedReader
	in      *bufio.Reader
	used    int64 // steady time when it was put back
}

// aborted is a time that has passed: reads and writes with this deadline end at once.
var aborted = time.Unix(1, 0)

// newConn returns a connection over a socket, or over TLS. It fails if the socket cannot be looked at.
func newConn(c net.Conn) (*conn, error) {
	socket := c
	if secure, ok := c.(interface{ NetConn() net.Conn }); ok {
		socket = secure.NetConn()
	}
	s, ok := socket.(syscall.Conn)
	if !ok {
		return nil, errNoSocket
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return nil, err
	}
	one := &conn{Conn: c, raw: raw, abort: func() { _ = socket.SetDeadline(aborted) }}
	one.limited.R = c
	one.in = bufio.NewReader(&one.limited)
	return one, nil
}

var errNoSocket = errors.New("connection is no socket")

// idle reports whether nothing has come since the last response, and the peer has closed nothing: what
// comes unasked would be taken for the answer to the next packet.
func (one *conn) idle() bool { return one.in.Buffered() == 0 && silent(one.raw) }

// unsentError says that the peer can have seen nothing of a request.
type unsentError struct{ error }

func (e unsentError) Unwrap() error { return e.error }

// exchange writes a request and reads the response, with its body into r. It blocks until the response is
// there, or abort is called.
func (one *conn) exchange(request []byte, r *response) (answered, error) {
	if n, err := one.Write(request); err != nil {
		if n == 0 {
			err = unsentError{err}
		}
		return answered{}, err
	}
	one.limited.N = headBytesMax + 2*BodyMax // chunks need more than their bytes
	p, err := one.awaitHead()
	switch {
	case err != nil:
		return answered{}, err
	case p.head == 0:
		return one.readOther(r)
	case p.body > BodyMax:
		r.body = r.body[:0]
		return answered{status: http.StatusOK}, errTooLarge
	}
	_, _ = one.in.Discard(p.head)
	if cap(r.body) < p.body {
		r.body = make([]byte, p.body)
	}
	r.body = r.body[:p.body]
	if _, err := io.ReadFull(one.in, r.body); err != nil {
		return answered{}, err
	}
	return answered{status: http.StatusOK, keep: true}, nil
}

// awaitHead waits for the head of a plain response. It returns none as soon as the response is another.
func (one *conn) awaitHead() (plain, error) {
	for want := 1; ; {
		_, err := one.in.Peek(want)
		b, _ := one.in.Peek(one.in.Buffered())
		p, v := readPlain(b)
		switch {
		case v == simple:
			return p, nil
		case v == other && len(b) > 0, errors.Is(err, bufio.ErrBufferFull):
			return plain{}, nil
		case err == io.EOF:
			return plain{}, io.ErrUnexpectedEOF
		case err != nil:
			return plain{}, err
		}
		want = len(b) + 1
	}
}

// informationMax bounds the interim responses (1xx) before the one that counts.
const informationMax = 5

// readOther reads a response with package net/http.
func (one *conn) readOther(r *response) (answered, error) {
	for range informationMax {
		response, err := http.ReadResponse(one.in, postRequest)
		if err != nil {
			return answered{}, err
		}
		switch status := response.StatusCode; {
		case status == http.StatusSwitchingProtocols:
			return answered{}, errSwitched
		case status/100 == 1:
			continue
		}
		a := answered{status: response.StatusCode, header: response.Header}
		r.body, err = appendAll(r.body[:0], response.Body, BodyMax)
		if err == nil {
			a.keep = !response.Close && response.ProtoAtLeast(1, 1)
		}
		return a, err
	}
	return answered{}, errors.New("peer answers with interim responses alone")
}

// postRequest tells package net/http which method a response answers.
var postRequest = &http.Request{Method: http.MethodPost}
