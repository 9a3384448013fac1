package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/settle"
)

// Bounds of an exchange.
const (
	messageMax  = 32767    // bytes: the data of an ILP packet (RFC 27)
	reasonMax   = 200      // bytes of a refusal's text
	headMax     = 16 << 10 // bytes of an answer's headers
	dialTimeout = 10 * time.Second
)

// Content types.
const (
	jsonType   = "application/json"
	octetsType = "application/octet-stream"
)

// errUnreached says that there was no connection, so no part of a request has left us.
var errUnreached = errors.New("cannot be reached")

// newClient returns a client that uses each connection for one exchange, follows no
// redirects, keeps no cookies and uses no proxy.
func newClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives:      true,
			DisableCompression:     true,
			MaxResponseHeaderBytes: headMax,
			DialContext:            (&net.Dialer{Timeout: dialTimeout}).DialContext,
			TLSHandshakeTimeout:    dialTimeout,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// request is a request to an engine.
type request struct {
	method    string
	path      []string
	kind      string // content type of the body
	key       string // idempotency key
	body      []byte
	answerMax int // bytes of the answer's body that are read; 0 reads only the status
}

// answer is the answer of an engine, as far as it came in time and within the bound.
type answer struct {
	status int
	body   []byte
	fault  error // why the body is not complete
	page   bool  // it is a web page, which no engine sends
}

// errLong says that a body is longer than its bound.
var errLong = errors.New("the answer is too long")

// send sends a request once. The error wraps errUnreached if nothing has left us.
func (e *Engine) send(ctx context.Context, q request) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, e.timeout)
	defer cancel()
	var reached atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { reached.Store(true) },
	})
	r, err := http.NewRequestWithContext(ctx, q.method, e.base.JoinPath(q.path...).String(), bytes.NewReader(q.body))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errUnreached, err)
	}
	q.head(r.Header)
	response, err := e.client.Do(r)
	if err != nil {
		if inner, ok := errors.AsType[*url.Error](err); ok {
			err = inner.Err // without the address, which may hold a password
		}
		err = briefError{err}
		if !reached.Load() {
			err = fmt.Errorf("%w: %w", errUnreached, err)
		}
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	return q.read(response), nil
}

func (q *request) head(h http.Header) {
	if q.kind != "" {
		h.Set("Content-Type", q.kind)
		h.Set("Accept", q.kind)
	}
	if q.key != "" {
		h.Set("Idempotency-Key", q.key)
	}
}

// read reads an answer. The status counts even if the body cannot be read.
func (q *request) read(response *http.Response) *answer {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	a := &answer{status: response.StatusCode, page: kind == "text/html"}
	most := q.answerMax
	if !a.good() {
		most = max(most, reasonMax)
	}
	if most == 0 {
		return a
	}
	a.body, a.fault = io.ReadAll(io.LimitReader(response.Body, int64(most)+1))
	if len(a.body) > most {
		a.body, a.fault = a.body[:most], errLong
	}
	return a
}

// good reports whether the engine did what we requested. A web server or a proxy that answers
// every request with a page is no engine.
func (a *answer) good() bool { return a.status >= 200 && a.status < 300 && !a.page }

// errPage says that the address of an engine is that of something else.
var errPage = errors.New("answered with a web page, so it is no settlement engine")

// StatusError says that an engine has refused a request.
type StatusError struct {
	Status int
	Body   []byte // cut at a bound
}

func (a *answer) refusal() error {
	if a.page && a.status >= 200 && a.status < 300 {
		return errPage
	}
	return &StatusError{a.status, a.body}
}

// Error returns the status and the beginning of the body.
func (e *StatusError) Error() string {
	if len(e.Body) == 0 {
		return fmt.Sprintf("answered %d", e.Status)
	}
	return fmt.Sprintf("answered %d: %.*q", e.Status, reasonMax, e.Body)
}

// briefError shortens an error that may quote everything an engine has sent.
type briefError struct{ error }

// Error returns at most reasonMax bytes.
func (e briefError) Error() string { return settle.Printable(e.error.Error(), reasonMax) }

// Unwrap returns the whole error.
func (e briefError) Unwrap() error { return e.error }

var _ error = (*StatusError)(nil)
