package websocket

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
)

// AcceptOptions say which clients a server accepts. The zero value accepts all.
type AcceptOptions struct {
	// Path is the only path served; a handshake for another one is answered 404.
	// Empty serves all.
	Path string
	// Origin says whether pages of an origin may connect. A handshake of another one is
	// answered 403. Without Origin all may, and clients that are no browser always may.
	Origin func(origin string) bool
}

// Accept makes the server's half of the handshake (RFC 6455 section 4.2) on conn, which
// may be TLS. It returns the client's request, without a body, and the bytes that came
// behind it, which belong in front of what conn reads next. Both are the caller's.
//
// Accept blocks until the handshake is done or refused, or ctx ends, so give ctx a
// deadline. A request that is refused is answered with a status and few words, and the
// error is a [*StatusError]. Bytes that are not HTTP are not answered. The head of a
// request is bounded at 16 KiB. After an error the caller closes conn.
func Accept(ctx context.Context, conn net.Conn, opts AcceptOptions) (r *http.Request, leftover []byte, err error) {
	in := newHead(conn)
	err = within(ctx, conn, func() error {
		var answer []byte
		if r, answer, err = opts.answer(in); answer == nil {
			return err
		}
		if _, failed := conn.Write(answer); err == nil {
			err = failed
		}
		return err
	})
	if err != nil {
		return nil, nil, fmt.Errorf("websocket handshake: %w", err)
	}
	return r, in.rest(), nil
}

// answer reads a request and returns the answer to it, nil if there is none to give.
func (opts AcceptOptions) answer(in *head) (r *http.Request, answer []byte, err error) {
	if r, err = in.request(); err == nil {
		err = opts.check(r)
	}
	var refused *StatusError
	switch {
	case err == nil:
		return r, welcome(r), nil
	case errors.As(err, &refused):
		return nil, refusal(refused.Status, r), err
	}
	return nil, nil, err
}

// request parses a request. Its error is a StatusError for a client that may be answered.
func (h *head) request() (*http.Request, error) {
	if b, _ := h.buf.Peek(1); len(b) == 1 && (b[0] < 'A' || b[0] > 'Z') {
		return nil, errNotHTTP // the first byte of TLS, or garbage
	}
	r, err := http.ReadRequest(h.buf)
	switch {
	case err == nil:
		r.Body = http.NoBody // frames come behind the head
		return r, nil
	case h.err == nil:
		return nil, &StatusError{http.StatusBadRequest, fmt.Sprintf("%.100q", err)}
	case errors.Is(h.err, errHeadSize):
		return nil, &StatusError{http.StatusRequestHeaderFieldsTooLarge, ""}
	}
	return nil, h.err
}

// check returns a StatusError unless the request is a handshake and welcome. A request
// that asks for no WebSocket may be one of a browser or a health check: the status tells
// it what is spoken here (RFC 9110 section 15.5.22), as in the reference.
func (opts AcceptOptions) check(r *http.Request) error {
	key, keyErr := base64.StdEncoding.DecodeString(r.Header.Get("Sec-WebSocket-Key"))
	version := r.Header.Get("Sec-WebSocket-Version")
	switch {
	case r.Proto != "HTTP/1.1" || !hasToken(r.Header["Connection"], "upgrade") || !hasToken(r.Header["Upgrade"], "websocket"):
		return &StatusError{http.StatusUpgradeRequired, "not a WebSocket handshake"}
	case r.Method != http.MethodGet:
		return &StatusError{http.StatusMethodNotAllowed, fmt.Sprintf("method %.100q", r.Method)}
	case r.Host == "":
		return &StatusError{http.StatusBadRequest, "no host"}
	case version != "" && version != "13":
		return &StatusError{http.StatusUpgradeRequired, fmt.Sprintf("version %.100q", version)}
	case version == "" || keyErr != nil || len(key) != 16:
		return &StatusError{http.StatusBadRequest, "no version, or no key of 16 bytes"}
	case opts.Path != "" && r.URL.Path != opts.Path:
		return &StatusError{http.StatusNotFound, fmt.Sprintf("path %.100q", r.URL.Path)}
	}
	for _, origin := range r.Header["Origin"] {
		if opts.Origin != nil && !opts.Origin(origin) {
			return &StatusError{http.StatusForbidden, fmt.Sprintf("origin %.100q", origin)}
		}
	}
	return nil
}

// welcome returns the answer that completes the handshake. It agrees to no subprotocol and
// no extension.
func welcome(r *http.Request) []byte {
	header := http.Header{
		"Upgrade":              {"websocket"},
		"Connection":           {"Upgrade"},
		"Sec-WebSocket-Accept": {acceptKey(r.Header.Get("Sec-WebSocket-Key"))},
	}
	return encode(&http.Response{StatusCode: http.StatusSwitchingProtocols, Header: header})
}

// refusal returns the answer that refuses r, which is nil if it could not be parsed. It
// tells a stranger the status and what is spoken here, and nothing of the reason.
func refusal(status int, r *http.Request) []byte {
	text := http.StatusText(status) + "\n"
	return encode(&http.Response{
		StatusCode: status, Request: r, Close: true, Header: refusalHeader(),
		Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)),
	})
}

// refusalHeader returns what says what is spoken here.
func refusalHeader() http.Header {
	return http.Header{
		"Allow":                 {http.MethodGet},
		"Content-Type":          {"text/plain; charset=utf-8"},
		"Sec-WebSocket-Version": {"13"},
		"Upgrade":               {"websocket"},
	}
}

// encode returns the bytes of an HTTP/1.1 response.
func encode(response *http.Response) []byte {
	var b bytes.Buffer
	response.ProtoMajor, response.ProtoMinor = 1, 1
	_ = response.Write(&b) // a buffer takes everything
	return b.Bytes()
}
