package remote

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
	messageMax  = 32767    // the data of an ILP packet (RFC 27)
	reasonMax   = 200      // of what an engine says when it refuses
	headMax     = 16 << 10 // of the headers of an answer
	dialTimeout = 10 * time.Second
)

// Types of bodies.
const (
	jsonType   = "application/json"
	octetsType = "application/octet-stream"
)

// errUnreached says that there was no connection, so that nothing of a question has
// left us.
var errUnreached = errors.New("cannot be reached")

// newClient makes a client that does what it is asked and no more: it uses each
// connection for one exchange, follows no redirects, keeps no cookies, asks no proxy.
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

// question is what an engine is asked.
type question struct {
	method    string
	path      []string
	kind      string // of the body
	key       string // for idempotency
	body      []byte
	answerMax int // how much of the answer is wanted; 0: nothing but the status
}

// answer is what it says, in time and up to the bound.
type answer struct {
	status int
	body   []byte
	fault  error // why the body is not all there
}

// errLong says that a body passes its bound.
var errLong = errors.New("the answer is too long")

// send asks once. The error wraps errUnreached if nothing has left us.
func (e *Engine) send(ctx context.Context, q question) (*answer, error) {
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

func (q *question) head(h http.Header) {
	if q.kind != "" {
		h.Set("Content-Type", q.kind)
		h.Set("Accept", q.kind)
	}
	if q.key != "" {
		h.Set("Idempotency-Key", q.key)
	}
}

// read reads an answer. The status is an answer whatever becomes of the body.
func (q *question) read(response *http.Response) *answer {
	a := &answer{status: response.StatusCode}
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

// good reports whether the engine did what it was asked.
func (a *answer) good() bool { return a.status >= 200 && a.status < 300 }

// StatusError says that an engine has refused.
type StatusError struct {
	Status int
	// Body is what it said, cut at a bound.
	Body []byte
}

func (a *answer) refusal() error { return &StatusError{a.status, a.body} }

// Error tells the status and the beginning of what was said.
func (e *StatusError) Error() string {
	if len(e.Body) == 0 {
		return fmt.Sprintf("answered %d", e.Status)
	}
	return fmt.Sprintf("answered %d: %.*q", e.Status, reasonMax, e.Body)
}

// briefError tells the beginning of what went wrong. The error may quote all that an
// engine has sent.
type briefError struct{ error }

// Error is at most reasonMax bytes.
func (e briefError) Error() string { return settle.Printable(e.error.Error(), reasonMax) }

// Unwrap is the whole error.
func (e briefError) Unwrap() error { return e.error }

var _ error = (*StatusError)(nil)
