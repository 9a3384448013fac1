// Package client is a client of the admin API, for the command line and for programs of
// operators.
//
// A [Client] is safe for concurrent use. Its methods wait for the answer, at most until
// their context ends. Their errors say what an operator can do. Package admin describes the
// documents that they return.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// answerBytesMax bounds an answer. The most rates that the API shows at once fit: a million.
const answerBytesMax = 256 << 20

// timeout bounds a request and its answer. It is longer than the API's own timeouts.
const timeout = time.Minute

// Client asks one admin API.
type Client struct {
	base  string
	token string
	http  *http.Client
}

// New makes a client of the API at a URL such as http://127.0.0.1:7780. The token may be
// empty. New does not use the network.
func New(base, token string) (*Client, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil:
		return nil, errors.New("the URL of the admin API is not valid; it should be like http://127.0.0.1:7780")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return nil, fmt.Errorf("%s is not the URL of an admin API; it should be like http://127.0.0.1:7780", u.Redacted())
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("%s is not the URL of an admin API: leave out the user, the query and the fragment", u.Redacted())
	}
	if err := CheckToken(token); err != nil {
		return nil, fmt.Errorf("token of the admin API: %w", err)
	}
	// Use no proxy: the API is usually on this machine, and the token is a secret.
	transport := &http.Transport{TLSHandshakeTimeout: 10 * time.Second, IdleConnTimeout: 30 * time.Second}
	return &Client{
		base:  strings.TrimSuffix(u.String(), "/"),
		token: token,
		http: &http.Client{
			Transport:     transport,
			Timeout:       timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// CheckToken returns an error unless a token can be sent: it is one line without control
// characters. The error does not quote the token.
func CheckToken(token string) error {
	if lines := strings.Count(token, "\n") + 1; lines > 1 {
		return fmt.Errorf("it has %d lines, and a token is one line", lines)
	}
	if strings.ContainsFunc(token, unicode.IsControl) {
		return errors.New("it has a control character, which cannot be sent")
	}
	return nil
}

// Get reads a document of the API, such as /status, into a value, as json.Unmarshal does. A
// *json.RawMessage takes it unchanged.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	return c.exchange(ctx, http.MethodGet, path, nil, into)
}

// exchange sends a request, with a body unless that is nil. It reads the answer into a value
// unless that is nil.
func (c *Client) exchange(ctx context.Context, method, path string, body, into any) error {
	status, answer, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	return c.read(path, status, answer, into)
}

// read reads an answer into a value unless that is nil. It returns an error if the status is
// one.
func (c *Client) read(path string, status int, answer []byte, into any) error {
	if status >= http.StatusMultipleChoices {
		return c.errorOf(status, answer)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("%s%s does not answer like an admin API: %w", c.base, path, err)
	}
	return nil
}

// send sends one request and reads the whole answer.
func (c *Client) send(ctx context.Context, method, path string, body any) (status int, answer []byte, err error) {
	var b []byte
	if body != nil {
		if b, err = json.Marshal(body); err != nil {
			return 0, nil, fmt.Errorf("write the request: %w", err)
		}
		return c.sendBytes(ctx, method, path, "application/json", b)
	}
	return c.sendBytes(ctx, method, path, "", nil)
}

// sendBytes sends one request whose body has a type, and reads the whole answer. headers are names,
// each with its value behind it.
func (c *Client) sendBytes(
	ctx context.Context, method, path, contentType string, body []byte, headers ...string,
) (status int, answer []byte, err error) {
	request, err := c.request(ctx, method, path, body)
	if err != nil {
		return 0, nil, err
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, nil, c.unreachable(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err = io.ReadAll(io.LimitReader(response.Body, answerBytesMax+1))
	switch {
	case err != nil:
		return 0, nil, fmt.Errorf("read the answer of %s%s: %w", c.base, path, err)
	case len(answer) > answerBytesMax:
		return 0, nil, fmt.Errorf("the answer of %s%s is larger than %d bytes", c.base, path, answerBytesMax)
	}
	return response.StatusCode, answer, nil
}

// request makes a request with the token.
func (c *Client) request(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err == nil && c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	return request, err
}

// unreachable returns an error that says what to do if the API does not answer.
func (c *Client) unreachable(err error) error {
	if errors.Is(err, context.Canceled) {
		return context.Canceled
	}
	var of *url.Error
	if errors.As(err, &of) { // its text repeats the address, as that of OpError does
		err = of.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return fmt.Errorf("cannot reach the admin API at %s: %w; is the connector running, is the API on "+
		"(CONNECTOR_ADMIN_API=true), and is this its address?", c.base, err)
}
