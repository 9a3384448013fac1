package httpwire

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
)

// Client sends requests. It uses a connection for one request at a time, and keeps those that are
// free. Its zero value is ready.
type Client struct {
	mu   sync.Mutex
	free []*outConn
}

// outConn is a connection to a server.
type outConn struct {
	net.Conn
	to      string
	answers *bufio.Reader
}

// Do sends a request to an address, and returns the answer and its whole body. The head is the
// request line and the headers, each with its end of line. Do blocks until the answer is there or
// ctx ends. It sends nothing again.
func (c *Client) Do(ctx context.Context, address, head string, body []byte) (*http.Response, []byte, error) {
	conn, err := c.take(ctx, address)
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	answer, got, err := conn.exchange(head, body)
	switch {
	case !stop():
		return nil, nil, ctx.Err()
	case err != nil || answer.Close:
		_ = conn.Close()
	default:
		c.mu.Lock()
		c.free = append(c.free, conn)
		c.mu.Unlock()
	}
	return answer, got, err
}

// Close closes the connections that are free.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, conn := range c.free {
		_ = conn.Close()
	}
	c.free = nil
}

// take returns a connection to an address: a free one, or else a new one.
func (c *Client) take(ctx context.Context, address string) (*outConn, error) {
	c.mu.Lock()
	for i, conn := range c.free {
		if conn.to == address {
			c.free = append(c.free[:i], c.free[i+1:]...)
			c.mu.Unlock()
			return conn, nil
		}
	}
	c.mu.Unlock()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &outConn{conn, address, bufio.NewReader(conn)}, nil
}

func (c *outConn) exchange(head string, body []byte) (*http.Response, []byte, error) {
	if _, err := c.Write(append([]byte(head+"\r\n"), body...)); err != nil {
		return nil, nil, err
	}
	answer, err := http.ReadResponse(c.answers, nil)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	var got bytes.Buffer
	_, err = io.Copy(&got, answer.Body)
	return answer, got.Bytes(), err
}
