package websocket

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// DialOptions are the options of a client. The zero value works.
type DialOptions struct {
	// TLS is the configuration for wss. Its ServerName defaults to the host of the
	// URL. Nil means the default configuration. Dial does not change it.
	TLS *tls.Config
	// DialContext makes the connection below. Nil means TCP, without delay
	// (TCP_NODELAY).
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Dial connects to a ws or wss URL and makes the client's half of the handshake (RFC 6455
// section 4.1). It returns the connection, and the bytes that came behind the handshake,
// which belong in front of those that the connection reads next. Both are the caller's.
//
// Dial sends the path and the query of the URL, but not its user and password. It follows
// no redirects. It blocks until the handshake is done or refused, or ctx ends. Afterwards
// ctx does not matter to the connection. If the server refuses, the error is a
// [*StatusError]. Errors name the URL without user, password and query, which are secret.
func Dial(ctx context.Context, rawURL string, opts DialOptions) (net.Conn, []byte, error) {
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, nil, fmt.Errorf("dial: %w", err)
	}
	conn, leftover, err := opts.dial(ctx, u)
	if err != nil {
		return nil, nil, fmt.Errorf("dial %s://%s%s: %w", u.Scheme, u.Host, u.EscapedPath(), err)
	}
	return conn, leftover, nil
}

// parseURL parses a URL of RFC 6455 section 3. Its errors quote nothing of a malformed
// URL: any part of it may be a password.
func parseURL(rawURL string) (*url.URL, error) {
	u, err := url.Parse(rawURL)
	switch {
	case err != nil:
		return nil, errors.New("malformed URL")
	case u.Scheme != "ws" && u.Scheme != "wss":
		return nil, fmt.Errorf("scheme %q is neither ws nor wss", u.Scheme)
	case u.Hostname() == "":
		return nil, errors.New("URL without a host")
	case u.Fragment != "":
		return nil, errors.New("URL with a fragment")
	}
	return u, nil
}

// dial connects, starts TLS for wss, and makes the handshake.
func (opts DialOptions) dial(ctx context.Context, u *url.URL) (net.Conn, []byte, error) {
	dial := opts.DialContext
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	below, err := dial(ctx, "tcp", address(u))
	if err != nil {
		return nil, nil, err
	}
	conn := below
	if u.Scheme == "wss" {
		conn = tls.Client(below, opts.tlsConfig(u.Hostname()))
	}

	in := newHead(conn)
	err = within(ctx, conn, func() error {
		if secured, ok := conn.(*tls.Conn); ok {
			if err := secured.Handshake(); err != nil {
				return err
			}
		}
		return upgrade(conn, in, u)
	})
	if err != nil {
		// Below TLS, whose Close would write an alert and might wait for it.
		_ = below.Close()
		return nil, nil, err
	}
	return conn, in.rest(), nil
}

// upgrade sends the request and reads the answer.
func upgrade(conn io.Writer, in *head, u *url.URL) error {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails
	key := base64.StdEncoding.EncodeToString(nonce[:])
	header := http.Header{
		"Upgrade":               {"websocket"},
		"Connection":            {"Upgrade"},
		"Sec-WebSocket-Key":     {key},
		"Sec-WebSocket-Version": {"13"},
		"User-Agent":            {""}, // none
	}
	r := &http.Request{Method: http.MethodGet, URL: u, Header: header}
	if err := r.Write(conn); err != nil {
		return err
	}
	response, err := in.response(r) //nolint:bodyclose // Close would read the body; the connection is closed instead
	if err != nil {
		return err
	}
	return checkResponse(response, key)
}

// response parses the response to a request, and skips interim responses (RFC 9110 section
// 15.2). Its error quotes nothing of it.
func (h *head) response(r *http.Request) (*http.Response, error) {
	const version = "HTTP/"
	if b, _ := h.buf.Peek(len(version)); len(b) == len(version) && string(b) != version {
		return nil, errNotHTTP
	}
	response, err := http.ReadResponse(h.buf, r)
	switch {
	case err == nil && response.StatusCode/100 == 1 && response.StatusCode != http.StatusSwitchingProtocols:
		return h.response(r)
	case err == nil:
		return response, nil
	case h.err == nil:
		return nil, errors.New("malformed HTTP response")
	}
	return nil, h.err
}

// checkResponse returns an error unless the response completes the handshake for key.
func checkResponse(response *http.Response, key string) error {
	h := response.Header
	bad := ""
	switch {
	case response.StatusCode != http.StatusSwitchingProtocols:
		return &StatusError{Status: response.StatusCode}
	case response.Proto != "HTTP/1.1":
		return errors.New("bad HTTP protocol version")
	case !strings.EqualFold(h.Get("Upgrade"), "websocket"):
		bad = "Upgrade"
	case !hasToken(h["Connection"], "upgrade"):
		bad = "Connection"
	case h.Get("Sec-WebSocket-Accept") != acceptKey(key):
		bad = "Sec-WebSocket-Accept"
	case h.Get("Sec-WebSocket-Extensions") != "":
		bad = "Sec-WebSocket-Extensions"
	case h.Get("Sec-WebSocket-Protocol") != "": // we have offered none
		bad = "Sec-WebSocket-Protocol"
	}
	if bad != "" {
		return fmt.Errorf("bad %q header", bad)
	}
	return nil
}

// tlsConfig returns the configuration for one connection to host.
func (opts DialOptions) tlsConfig(host string) *tls.Config {
	config := opts.TLS.Clone() // of nil, nil
	if config == nil {
		config = new(tls.Config)
	}
	config.ServerName = cmp.Or(config.ServerName, host)
	return config
}

// address returns the host and port of a URL. The default ports are those of RFC 6455
// section 3.
func address(u *url.URL) string {
	port := map[string]string{"ws": "80", "wss": "443"}[u.Scheme]
	return net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
}
