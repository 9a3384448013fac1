package websocket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/gobwas/ws"
)

// AcceptOptions say whom a server lets in. The zero value lets in everybody.
type AcceptOptions struct {
	// Path is the only path served; others are answered 404. Empty serves all.
	Path string
	// CheckOrigin is asked about an Origin header, which browsers send and other
	// clients do not; false is answered 403. Nil lets every origin in.
	CheckOrigin func(origin string) bool
	// Protocol is the subprotocol agreed to when the client offers it. Empty
	// agrees to none.
	Protocol string
}

// Request is what a client asked for.
type Request struct {
	// URL is the request target: path and query, rarely more.
	URL  *url.URL
	Host string
	// Origin is the page a browser speaks for; empty of other clients.
	Origin string
	// Protocol is the subprotocol agreed on, if any.
	Protocol string
	// Header holds the header fields other than those of the handshake itself.
	Header http.Header
}

// Accept is the server's half of the handshake (RFC 6455 section 4.2) on conn,
// which may be TLS. It returns what the client asked for, and the bytes that
// came behind the handshake, which belong in front of what conn reads next;
// they are the caller's.
//
// Accept blocks until the handshake is done, refused, or ctx ends, so give ctx
// a deadline. A request that is no handshake, or not welcome, is answered with
// a status and few words, and the error is a [*StatusError]; what is not HTTP at
// all is not answered. The head of a request is bounded at 8 KiB. After an error
// the caller closes conn.
func Accept(ctx context.Context, conn net.Conn, opts AcceptOptions) (Request, []byte, error) {
	var req Request
	var answer bytes.Buffer
	h := head{in: conn, out: &answer, isStart: isRequestStart}
	err := within(ctx, conn, func() (err error) {
		if req, err = opts.upgrade(&h); err != nil {
			return refuse(conn, err)
		}
		_, err = conn.Write(answer.Bytes())
		return err
	})
	if err != nil {
		return Request{}, nil, fmt.Errorf("websocket handshake: %w", err)
	}
	return req, h.rest(), nil
}

// upgrade reads a request, holds it against the options, and writes the answer
// of success.
func (opts AcceptOptions) upgrade(rw io.ReadWriter) (Request, error) {
	req := Request{Header: http.Header{}}
	u := ws.Upgrader{
		OnRequest: func(uri []byte) (err error) {
			if req.URL, err = url.ParseRequestURI(string(uri)); err != nil {
				return &StatusError{http.StatusBadRequest, "malformed request target"}
			}
			if opts.Path != "" && req.URL.Path != opts.Path {
				return &StatusError{http.StatusNotFound, fmt.Sprintf("path %q", req.URL.Path)}
			}
			return nil
		},
		OnHost: func(host []byte) error {
			req.Host = string(host)
			return nil
		},
		OnHeader: func(key, value []byte) error {
			req.Header.Add(string(key), string(value))
			if string(key) != "Origin" {
				return nil
			}
			req.Origin = string(value)
			if opts.CheckOrigin != nil && !opts.CheckOrigin(req.Origin) {
				return &StatusError{http.StatusForbidden, fmt.Sprintf("origin %q", req.Origin)}
			}
			return nil
		},
	}
	if opts.Protocol != "" {
		u.Protocol = func(offered []byte) bool { return string(offered) == opts.Protocol }
	}
	agreed, err := u.Upgrade(rw)
	req.Protocol = agreed.Protocol
	return req, err
}

// refuse answers a failed handshake with its status, and returns err as the
// StatusError that says so. If the client was not heard out there is no status,
// nobody to answer, and err stays what it is.
func refuse(conn io.Writer, err error) error {
	var refusal *StatusError
	var library *ws.ConnectionRejectedError
	switch {
	case errors.As(err, &refusal):
	case errors.Is(err, errHeadSize):
		refusal = &StatusError{http.StatusRequestHeaderFieldsTooLarge, ""}
	case errors.Is(err, ws.ErrHandshakeBadUpgrade):
		// A browser or a health check: RFC 9110 section 15.5.22 has a status that
		// tells it what is spoken here.
		refusal = &StatusError{http.StatusUpgradeRequired, err.Error()}
	case errors.As(err, &library):
		refusal = &StatusError{library.StatusCode(), err.Error()}
	default:
		return err
	}
	// The handshake has failed whether or not the client gets to know.
	_, _ = conn.Write(answer(refusal.Status))
	return refusal
}

// answer is an HTTP response that refuses: strangers are told the status and
// nothing of why.
func answer(status int) []byte {
	text := http.StatusText(status)
	b := fmt.Appendf(nil, "HTTP/1.1 %d %s\r\n", status, text)
	switch status {
	case http.StatusUpgradeRequired: // RFC 6455 section 4.4
		b = append(b, "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"...)
	case http.StatusMethodNotAllowed:
		b = append(b, "Allow: GET\r\n"...)
	}
	return fmt.Appendf(b, "Connection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"+
		"Content-Length: %d\r\n\r\n%s\n", len(text)+1, text)
}

// isRequestStart tells a method from the first byte of TLS, or of garbage.
func isRequestStart(b []byte) bool { return b[0] >= 'A' && b[0] <= 'Z' }
