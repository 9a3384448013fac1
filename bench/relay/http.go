package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
)

// connectionsMax is the number of idle connections that the HTTP relay keeps to the receiver. It is
// more than a benchmark has packets in flight, so no packet waits for a handshake.
const connectionsMax = 1024

// httpRelay answers each request with what its receiver answers to the same body. It is the lower
// bound of ILP over HTTP for programs on package net/http: the body is read once, sent once, and so
// is the answer. It checks nothing, and its requests have no deadline.
type httpRelay struct {
	to        *url.URL
	transport *http.Transport
}

func newHTTPRelay(to string) (*httpRelay, error) {
	u, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	return &httpRelay{to: u, transport: &http.Transport{
		MaxIdleConnsPerHost: connectionsMax, DisableCompression: true,
	}}, nil
}

// serveHTTP forwards requests to a URL until the listener is closed.
func serveHTTP(listener net.Listener, to string) error {
	r, err := newHTTPRelay(to)
	if err != nil {
		return err
	}
	defer r.transport.CloseIdleConnections()
	server := &http.Server{Handler: r} //nolint:gosec // timers would cost, and only the benchmark connects
	err = server.Serve(listener)
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	return err
}

// octets is the header of all requests and answers. Nothing changes it.
var octets = []string{"application/octet-stream"}

// ServeHTTP forwards a body and its answer.
func (r *httpRelay) ServeHTTP(w http.ResponseWriter, in *http.Request) {
	p := packets.Get().(*packet)
	p.users.Store(1)
	defer p.release()
	if err := p.forward(r, in); err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.Header()["Content-Type"] = octets
	_, _ = w.Write(p.out)
}

// packet is the buffers of a request. The transport may read the body until it closes it, which can be
// after the answer.
type packet struct {
	in, out []byte
	body    bytes.Reader
	users   atomic.Int32 // the handler, and the transport
}

var packets = sync.Pool{New: func() any { return &packet{in: make([]byte, 0, 1<<10), out: make([]byte, 0, 1<<10)} }}

// forward sends the body of a request, and reads the answer into out.
func (p *packet) forward(r *httpRelay, in *http.Request) (err error) {
	if p.in, err = appendAll(p.in[:0], in.Body); err != nil {
		return err
	}
	p.body.Reset(p.in)
	p.users.Add(1)
	request := (&http.Request{
		Method: http.MethodPost, URL: r.to, Host: r.to.Host, Header: http.Header{"Content-Type": octets},
		Body: p, ContentLength: int64(len(p.in)),
	}).WithContext(context.Background())
	answer, err := r.transport.RoundTrip(request)
	if err != nil {
		return err
	}
	p.out, err = appendAll(p.out[:0], answer.Body)
	_ = answer.Body.Close()
	return err
}

// Read reads the body.
func (p *packet) Read(b []byte) (int, error) { return p.body.Read(b) }

// Close tells that the transport needs the body no more.
func (p *packet) Close() error {
	p.release()
	return nil
}

// release gives the packet to its next use when both of its users have released it.
func (p *packet) release() {
	if p.users.Add(-1) == 0 {
		packets.Put(p)
	}
}

// appendAll appends what r has to b.
func appendAll(b []byte, r io.Reader) ([]byte, error) {
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}
