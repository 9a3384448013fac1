package httplink

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ilp-go/connector/clock"
)

// kept are the connections of the peer that the link has taken over from package net/http. That has a
// second goroutine for each request, which waits for the peer to go away, and moves four deadlines.
type kept struct {
	mu     sync.Mutex // guards what follows
	all    map[*keptConn]struct{}
	closed bool
}

// keptConn is a connection of HTTP/1.1 whose requests are served by the goroutine of its first one. It
// serves those that are like the first. As soon as one is not, net/http goes on.
type keptConn struct {
	net.Conn
	link     *Link
	first    *http.Request // with the Authorization of the last request
	template template
	in       []byte // what was read and not handled yet is from start to end
	start    int
	end      int
	out      []byte
	date     [len(http.TimeFormat)]byte
	dated    int64 // Unix seconds

	waitsUntil, writesUntil int64 // steady times of the deadlines
}

// Times of a connection that was taken over.
const (
	// keptIdle is how long it may be silent, as at the listener.
	keptIdle = 2 * time.Minute
	// keptSlack is how long a deadline may be out of date before it is moved: not for each packet.
	keptSlack = 10 * time.Second
)

// mayKeep reports whether the requests that follow a request on its connection may be like it. TLS stays
// with net/http, which knows the certificates of the peer, and so do requests for one of many children.
func (l *Link) mayKeep(r *http.Request) bool {
	connection := r.Header["Connection"]
	return r.ProtoMajor == 1 && r.ProtoMinor == 1 && r.TLS == nil && !r.Close && l.opts.Multi == nil && r.ContentLength > 0 &&
		(len(connection) == 0 || len(connection) == 1 && strings.EqualFold(connection[0], "keep-alive")) &&
		l.opts.Async == nil && len(r.Header["Request-Id"]) == 0 && len(r.Header["Callback-Url"]) == 0 && len(r.Header["Content-Encoding"]) == 0
}

// keep takes over the connection of a request whose body is read. It returns nil if that is not possible.
func (l *Link) keep(w http.ResponseWriter, r *http.Request) *keptConn {
	server, _ := r.Context().Value(http.ServerContextKey).(*http.Server)
	if server == nil || !l.mayKeep(r) {
		return nil
	}
	conn, buffers, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	k := &keptConn{Conn: conn, link: l, first: r}
	k.template = template{line: []byte("POST " + r.RequestURI + " HTTP/1.1\r\n"), host: []byte(r.Host)}
	k.in = make([]byte, max(readBytes, buffers.Reader.Buffered()))
	k.end, _ = io.ReadFull(buffers.Reader, k.in[:buffers.Reader.Buffered()])
	r.Body, r.Response = http.NoBody, nil
	l.kept.mu.Lock()
	defer l.kept.mu.Unlock()
	if l.kept.all == nil {
		l.kept.all = make(map[*keptConn]struct{})
	}
	l.kept.all[k] = struct{}{}
	return k
}

// readBytes is the size of a read buffer at first.
const readBytes = 4 << 10

// close ends the connections that wait for a request. The others end when they have answered theirs.
func (s *kept) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for k := range s.all {
		_ = k.SetReadDeadline(aborted)
	}
}

// serve answers the first request with x.out, and serves those that follow, until one is not like it or
// the connection ends. x is of the caller.
func (k *keptConn) serve(x *exchange) {
	returned := false
	defer func() {
		k.link.kept.mu.Lock()
		delete(k.link.kept.all, k)
		k.link.kept.mu.Unlock()
		if !returned {
			_ = k.Close()
		}
	}()
	in := x.in // which the views of packets below must not be mixed up with
	defer func() { x.in = in }()
	if !k.answer(x.out) {
		return
	}
	serving := &k.link.serving // one is of ServeHTTP, and a connection that waits is none
	serving.Add(-1)
	defer serving.Add(1)
	for {
		request, v := k.next()
		switch v {
		case partial: // it has ended
			return
		case other:
			returned = k.giveBack()
			return
		}
		k.first.ContentLength = int64(request.body)
		k.authorize(request.authorization)
		handler, err := k.link.check(k.first)
		if err != nil { // net/http tells the peer, and closes
			returned = k.giveBack()
			return
		}
		if serving.Add(1) > servingMax { // net/http tells the peer
			serving.Add(-1)
			returned = k.giveBack()
			return
		}
		x.in = k.in[k.start+request.head : k.start+request.head+request.body]
		func() {
			defer serving.Add(-1)
			x.handle(handler, k.link, "")
		}()
		k.start += request.head + request.body
		if !k.answer(x.out) {
			return
		}
	}
}

// authorize gives the request of the connection another Authorization.
func (k *keptConn) authorize(value []byte) {
	h := k.first.Header
	switch before := h["Authorization"]; {
	case value == nil:
		delete(h, "Authorization")
	case len(before) != 1 || before[0] != string(value):
		h["Authorization"] = []string{string(value)}
	}
}

// next waits for the next request. Its verdict is partial if the connection ends first.
func (k *keptConn) next() (like, verdict) {
	for slow := false; ; {
		request, v := readLike(k.in[k.start:k.end], &k.template)
		size := request.head + request.body
		switch {
		case v == other, v == simple && request.body > BodyMax, v == partial && k.end-k.start > headBytesMax:
			return request, other
		case v == simple && k.end-k.start >= size:
			if slow {
				k.waitsUntil = 0
			}
			return request, simple
		}
		if k.end > k.start && !slow { // a request that has begun must come soon
			slow = true
			if !k.moveDeadline(bodyTime) {
				return request, partial
			}
		} else if now := clock.Now().Steady; !slow && now+int64(keptIdle-keptSlack) > k.waitsUntil {
			if !k.moveDeadline(keptIdle) {
				return request, partial
			}
			k.waitsUntil = now + int64(keptIdle)
		}
		k.makeRoom(size)
		n, err := k.Read(k.in[k.end:])
		if k.end += n; err != nil {
			return request, partial
		}
	}
}

// moveDeadline moves the end of the time to read. It returns false if the link has ended.
func (k *keptConn) moveDeadline(d time.Duration) bool {
	s := &k.link.kept
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed && k.SetReadDeadline(time.Now().Add(d)) == nil
}

// makeRoom moves the beginning of a request to the front of a buffer that has room for size bytes, and for
// one more.
func (k *keptConn) makeRoom(size int) {
	left := k.in[k.start:k.end]
	switch {
	case len(left) == 0 && len(k.in) > keptMax:
		k.in = make([]byte, readBytes)
	case max(size, len(left)) >= len(k.in):
		grown := make([]byte, max(size, 2*len(left))+1)
		copy(grown, left)
		k.in = grown
	default:
		copy(k.in, left)
	}
	k.start, k.end = 0, len(left)
}

// answer writes the answer to a packet. It returns false if the connection has ended.
func (k *keptConn) answer(reply []byte) bool {
	now := time.Now()
	if at := clock.Of(now).Steady; at+int64(bodyTime) > k.writesUntil {
		if k.SetWriteDeadline(now.Add(bodyTime+keptSlack)) != nil {
			return false
		}
		k.writesUntil = at + int64(bodyTime+keptSlack)
	}
	if s := now.Unix(); s != k.dated {
		k.dated = s
		now.UTC().AppendFormat(k.date[:0], http.TimeFormat)
	}
	k.out = append(k.out[:0], "HTTP/1.1 200 OK\r\nContent-Type: "+octetStream+"\r\nDate: "...)
	k.out = append(append(k.out, k.date[:]...), "\r\nContent-Length: "...)
	k.out = append(append(strconv.AppendInt(k.out, int64(len(reply)), 10), "\r\n\r\n"...), reply...)
	_, err := k.Write(k.out)
	if cap(k.out) > keptMax {
		k.out = nil
	}
	return err == nil
}

// giveBack lets net/http go on with the connection, and with what was read of it. It returns false if that
// serves no more.
func (k *keptConn) giveBack() bool {
	server := k.first.Context().Value(http.ServerContextKey).(*http.Server)
	_ = k.SetDeadline(time.Time{})
	one := &oneConn{conn: &rereadConn{Conn: k.Conn, unread: k.in[k.start:k.end]}, at: k.LocalAddr()}
	_ = server.Serve(one)
	return one.conn == nil
}

// oneConn is a listener with one connection.
type oneConn struct {
	conn *rereadConn
	at   net.Addr
}

// Accept returns the connection, once.
func (l *oneConn) Accept() (net.Conn, error) {
	if l.conn == nil {
		return nil, io.EOF
	}
	conn := l.conn
	l.conn = nil
	return conn, nil
}

// Close does nothing: the connection is another's.
func (l *oneConn) Close() error { return nil }

// Addr returns the address of the connection.
func (l *oneConn) Addr() net.Addr { return l.at }

// rereadConn is a connection of which some bytes are read again.
type rereadConn struct {
	net.Conn
	unread []byte
}

// Read reads what was unread, and then from the connection.
func (c *rereadConn) Read(b []byte) (int, error) {
	if len(c.unread) == 0 {
		return c.Conn.Read(b)
	}
	n := copy(b, c.unread)
	if c.unread = c.unread[n:]; len(c.unread) == 0 {
		c.unread = nil
	}
	return n, nil
}

// NetConn returns the connection itself, by which a listener knows it.
func (c *rereadConn) NetConn() net.Conn { return c.Conn }

// SyscallConn returns the raw socket.
func (c *rereadConn) SyscallConn() (syscall.RawConn, error) {
	if s, ok := c.Conn.(syscall.Conn); ok {
		return s.SyscallConn()
	}
	return nil, syscall.EINVAL
}
