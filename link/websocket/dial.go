package websocket

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"github.com/gobwas/ws"
)

// DialOptions say how a client connects. The zero value will do.
type DialOptions struct {
	// TLS is the configuration for wss; its ServerName defaults to the host of
	// the URL. Nil is the default configuration. Dial does not change it.
	TLS *tls.Config
	// Header holds header fields to add to the request.
	Header http.Header
	// Protocol is the subprotocol to ask for; a server that does not agree is an
	// error. Empty asks for none.
	Protocol string
	// DialContext makes the connection below; nil is plain TCP, without delay
	// (TCP_NODELAY).
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// Dial connects to a ws or wss URL and makes the client's half of the handshake
// (RFC 6455 section 4.1). It returns the connection, and the bytes that came
// behind the handshake, which belong in front of what the connection reads next;
// both are the caller's.
//
// The path and query of the URL are sent, user and password are not. Redirects
// are not followed. Dial blocks until the handshake is done, refused, or ctx
// ends; ctx does not matter to the connection afterwards. A server that refuses
// gives a [*StatusError]. The text of an error names the URL without its user,
// password and query, where secrets live.
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

// parseURL accepts the URLs of RFC 6455 section 3. Its errors quote nothing of
// a URL that did not parse: any part of it may be a password.
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

// dial connects, starts TLS if the scheme asks for it, and upgrades.
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

	h := head{in: conn, out: conn, isStart: isResponseStart}
	err = within(ctx, conn, func() error {
		if secured, ok := conn.(*tls.Conn); ok {
			if err := secured.Handshake(); err != nil {
				return err
			}
		}
		return opts.upgrade(&h, u)
	})
	if err != nil {
		// Below TLS, whose Close would write a farewell and might wait for it.
		_ = below.Close()
		return nil, nil, err
	}
	return conn, h.rest(), nil
}

// upgrade sends the request and reads the answer.
func (opts DialOptions) upgrade(rw io.ReadWriter, u *url.URL) error {
	d := ws.Dialer{}
	if opts.Header != nil {
		d.Header = ws.HandshakeHeaderHTTP(opts.Header)
	}
	if opts.Protocol != "" {
		d.Protocols = []string{opts.Protocol}
	}
	// The reader returned is empty: head gives the library nothing past the head.
	_, agreed, err := d.Upgrade(rw, u)
	var status ws.StatusError
	switch {
	case errors.As(err, &status):
		return &StatusError{Status: int(status)}
	case err != nil:
		return err
	case agreed.Protocol != opts.Protocol:
		return fmt.Errorf("server does not speak subprotocol %q", opts.Protocol)
	}
	return nil
}

// tlsConfig returns the configuration for one connection to host.
func (opts DialOptions) tlsConfig(host string) *tls.Config {
	config := opts.TLS.Clone() // of nil, nil
	if config == nil {
		config = new(tls.Config)
	}
	if config.ServerName == "" {
		config.ServerName = host
	}
	return config
}

// address is where a URL leads, with the default ports of RFC 6455 section 3.
func address(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "wss":
		port = "443"
	default:
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// isResponseStart tells an HTTP response from another protocol.
func isResponseStart(b []byte) bool {
	version := []byte("HTTP/")
	return bytes.HasPrefix(b, version) || bytes.HasPrefix(version, b)
}
