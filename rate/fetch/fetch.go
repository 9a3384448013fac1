// Package fetch gets the documents of price sources over HTTP, which may answer anything, or
// nothing.
//
// An answer has bounds of size and time. One that has not changed since the last is not sent
// again (RFC 9110, section 13). Errors name the address without what may be secret in it, and
// say what an operator can do. Proxies are those of the environment (HTTPS_PROXY and so on).
package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/clip"
	"github.com/ilp-go/connector/rate"
)

// BytesMax bounds a document, after it was unpacked, unless its Source says otherwise.
const BytesMax = 1 << 20

// redirectsMax bounds the redirects that lead to a document.
const redirectsMax = 3

// Source is a document at an address. Its methods are for one goroutine at a time.
type Source struct {
	address *url.URL
	hidden  bool // the path of the address is secret
	header  http.Header
	client  *http.Client
	max     int64

	last     []byte // nil before the first document
	etag     string
	modified string
}

// Options are what a Source may be told. The zero value is valid.
type Options struct {
	// Header is sent with each request. Another host, to which the source redirects, gets none
	// of it.
	Header http.Header
	// Client is used instead of one with the usual bounds. It must follow no redirect to another
	// host with Header.
	Client *http.Client
	// BytesMax bounds the document, 0 for BytesMax.
	BytesMax int64

	// Hidden says that the path of the address may be secret, too.
	Hidden bool
}

// ErrURL is the error of an address that is not valid. It does not show the address, which may
// hold a secret.
var ErrURL = errors.New("is not an http or https URL")

// New returns the source at an address.
func New(address string, o Options) (*Source, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, ErrURL
	}
	s := &Source{address: u, hidden: o.Hidden, header: o.Header, client: o.Client, max: o.BytesMax}
	if s.client == nil {
		s.client = standard
	}
	if s.max == 0 {
		s.max = BytesMax
	}
	return s, nil
}

// Name returns the address without what may be secret: user, password and query.
func (s *Source) Name() string {
	if s.hidden {
		return origin(s.address)
	}
	return shown(s.address)
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func shown(u *url.URL) string { return origin(u) + u.EscapedPath() }

// standard is the client of sources that have none of their own.
var standard = &http.Client{
	Transport: &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		TLSHandshakeTimeout:    10 * time.Second,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    1,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
	},
	CheckRedirect: redirect,
}

// redirect follows few redirects, and none from https to http or with a header to another host.
func redirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case len(via) > redirectsMax:
		return errors.New("it redirects again and again")
	case first.URL.Scheme == "https" && next.URL.Scheme != "https":
		return fmt.Errorf("it redirects to %s, which is not encrypted", origin(next.URL))
	case first.URL.Host != next.URL.Host:
		for name := range next.Header {
			if name != "Accept" && name != "User-Agent" { // a Referer has our whole address
				next.Header.Del(name)
			}
		}
	}
	return nil
}

// Get fetches the document, and waits for it as long as ctx allows. The caller must not change
// it. changed is false if it is the one that Get returned last.
func (s *Source) Get(ctx context.Context) (document []byte, changed bool, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address.String(), nil)
	if err != nil {
		return nil, false, s.fault(err)
	}
	for name, values := range s.header {
		request.Header[name] = values
	}
	if s.last != nil && s.etag != "" {
		request.Header.Set("If-None-Match", s.etag)
	}
	if s.last != nil && s.modified != "" {
		request.Header.Set("If-Modified-Since", s.modified)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, false, s.fault(reason(err))
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusNotModified && s.last != nil {
		return s.last, false, nil
	}
	if err := checkStatus(response); err != nil {
		return nil, false, s.fault(err)
	}
	document, err = io.ReadAll(io.LimitReader(response.Body, s.max+1))
	switch {
	case err != nil:
		return nil, false, s.fault(reason(err))
	case int64(len(document)) > s.max:
		return nil, false, s.unusable(fmt.Errorf("the answer has more than %d bytes", s.max))
	case len(bytes.TrimSpace(document)) == 0:
		return nil, false, s.unusable(errors.New("the answer is empty"))
	case isPage(document):
		return nil, false, s.unusable(errors.New("it answers with a web page; look at it in a browser"))
	}
	changed = !bytes.Equal(document, s.last)
	s.last, s.etag, s.modified = document, response.Header.Get("ETag"), response.Header.Get("Last-Modified")
	return document, changed, nil
}

// Fault returns an error about the document that Get has returned, which names the source. The
// document is fetched whole the next time.
func (s *Source) Fault(err error) error {
	s.last = nil
	return s.unusable(err)
}

func (s *Source) unusable(err error) error { return s.fault(rate.WithOutcome(err, rate.Unusable)) }

func (s *Source) fault(err error) error { return fmt.Errorf("%s: %w", s.Name(), short(err)) }

// faultBytesMax bounds the text of an error, which may repeat what a source has answered.
const faultBytesMax = 300

// short returns an error with a text that is not too long.
func short(err error) error {
	if text := err.Error(); len(text) > faultBytesMax {
		return &cut{err, clip.UTF8(text, faultBytesMax) + "..."}
	}
	return err
}

// cut is an error whose text is cut off.
type cut struct {
	error
	text string
}

// Error returns the beginning of the text.
func (c *cut) Error() string { return c.text }

// Unwrap returns the error.
func (c *cut) Unwrap() error { return c.error }

// StatusError is an answer with a status that brings no document.
type StatusError struct {
	Status string // such as "410 Gone"
	Code   int
	After  time.Duration // how long the source wants to be left alone, 0 if it does not say
	Body   []byte        // the beginning of the answer, which may say why
}

// refusalBytesMax bounds the Body of a StatusError.
const refusalBytesMax = 4 << 10

// Error returns the status, and what to do.
func (e *StatusError) Error() string {
	switch e.Code {
	case http.StatusGone:
		return "it is gone for good (" + e.Status + "); use another source"
	case http.StatusNotFound:
		return e.Status + "; check the address"
	case http.StatusUnauthorized, http.StatusForbidden:
		return e.Status + "; check the key"
	case http.StatusTooManyRequests:
		return e.Status + "; it is asked too often: raise interval"
	}
	return e.Status
}

// Outcome returns rate.Refused.
func (*StatusError) Outcome() rate.Outcome { return rate.Refused }

// RetryAfter returns After.
func (e *StatusError) RetryAfter() time.Duration { return e.After }

// retryAfterMax bounds how long a source may ask to be left alone.
const retryAfterMax = 24 * time.Hour

func checkStatus(r *http.Response) error {
	if r.StatusCode == http.StatusOK {
		return nil
	}
	e := &StatusError{Status: fmt.Sprintf("status %d %s", r.StatusCode, http.StatusText(r.StatusCode)), Code: r.StatusCode}
	if seconds, err := strconv.ParseUint(r.Header.Get("Retry-After"), 10, 32); err == nil {
		e.After = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(r.Header.Get("Retry-After")); err == nil {
		e.After = max(0, time.Until(at))
	}
	e.After = min(e.After, retryAfterMax)
	e.Body, _ = io.ReadAll(io.LimitReader(r.Body, refusalBytesMax)) // what has come of it will do
	return e
}

// isPage reports whether a document is a web page.
func isPage(document []byte) bool {
	start := strings.ToLower(string(bytes.TrimSpace(document[:min(len(document), 512)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

// reason returns why a request failed, without the address, which the error of the client
// repeats whole.
func reason(err error) error {
	if whole, is := errors.AsType[*url.Error](err); is {
		err = whole.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return errSlow
	}
	if rate.OutcomeOf(err) == rate.TimedOut {
		return err
	}
	return rate.WithOutcome(err, rate.Unreachable)
}

var errSlow = rate.WithOutcome(errors.New("no answer in time"), rate.TimedOut)

var _ error = (*StatusError)(nil)
