//go:build linux

package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/ilp-go/connector/ilp/ildcp"
)

// isHTTP reports whether packets travel over HTTP.
func (e Endpoint) isHTTP() bool { return strings.HasPrefix(e.URL, "http:") }

// request returns what makes requests of packets, nil for BTP.
func (e Endpoint) request() func(packet []byte) []byte {
	if !e.isHTTP() {
		return nil
	}
	host, path := e.hostPath()
	return func(packet []byte) []byte { return httpRequest(path, host, e.Token, packet) }
}

func (e Endpoint) hostPath() (host, path string) {
	u, err := url.Parse(e.URL)
	if err != nil {
		return "", ""
	}
	return u.Host, u.RequestURI()
}

// dialHTTP connects. It asks for the account's address, as a child does (RFC 31), so it fails while the
// process does not take packets of the account. A relay, which has no tokens, is not asked.
func dialHTTP(ctx context.Context, e Endpoint) (fd int, leftover []byte, err error) {
	host, _ := e.hostPath()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", host)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = conn.Close() }()
	if e.Token != "" {
		if err := ask(ctx, conn, e); err != nil {
			return 0, nil, fmt.Errorf("ask %s for an address: %w", e.URL, err)
		}
	}
	fd, err = duplicate(conn)
	return fd, nil, err
}

// ask asks for the address of the account.
func ask(ctx context.Context, conn net.Conn, e Endpoint) error {
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	question := ildcp.Request(time.Now().Add(lifetime).UnixMilli())
	if _, err := conn.Write(e.request()(question.Append(nil))); err != nil {
		return err
	}
	var in []byte
	buf := make([]byte, 4<<10)
	for {
		m, n, err := cutHTTP(in)
		switch {
		case err != nil:
			return err
		case n > 0 && !bytes.HasPrefix(m.first, okLine):
			return fmt.Errorf("%q", m.first)
		case n > 0:
			return nil
		}
		if n, err = conn.Read(buf); err != nil {
			return err
		}
		in = append(in, buf[:n]...)
	}
}

// handleHTTP cuts the bytes that were read into messages and hands on their bodies.
func (c *client) handleHTTP(now int64) error {
	for {
		m, n, err := cutHTTP(c.in[c.start:c.end])
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		c.start += n
		switch {
		case c.leaves && bytes.HasPrefix(m.first, getLine): // whether we are there
			c.out = append(c.out, httpResponse(nil)...)
		case !c.leaves && !bytes.HasPrefix(m.first, okLine):
			err = fmt.Errorf("the answer is %q: %.100q", m.first, m.body)
		default:
			err = c.act.receive(m.body, now)
		}
		if err != nil {
			return err
		}
	}
	left := copy(c.in, c.in[c.start:c.end])
	if c.start, c.end = 0, left; left == len(c.in) {
		return errors.New("an HTTP message is too long")
	}
	return nil
}
