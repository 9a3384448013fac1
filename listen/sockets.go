package listen

import (
	"container/list"
	"context"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// sockets are the sockets of a Server, and what their addresses have done.
type sockets struct {
	opts   Options
	report func(remote, why string)

	mu        sync.Mutex // guards what follows
	count     int
	strangers list.List // of *socket, oldest first
	addresses map[netip.Prefix]*address
	swept     time.Time
}

// address is a network address with sockets, or with failed logins of late.
type address struct {
	sockets  int
	failed   int       // logins of strangers since failing began
	mistakes int       // and of sockets that are authenticated
	failing  time.Time // when the first of them failed
}

// Failed logins that bar an address: so many within a time. Sockets of it that are authenticated
// stay, and so do all others, until they ask for something.
const (
	failedMax  = 50
	failedTime = time.Minute
	// mistakesMax is how many may fail over sockets that are authenticated, such as after a token was
	// replaced. Beyond that they are guesses at the tokens of others.
	mistakesMax = 1000
	// addressesMax bounds the addresses without sockets that are remembered.
	addressesMax = 1 << 16
)

// socket is a connection that was accepted.
type socket struct {
	net.Conn
	all   *sockets
	from  netip.Prefix
	once  sync.Once
	plain bool          // there is no TLS
	heard atomic.Bool   // a part of a request has come
	asked atomic.Bool   // a request has come
	place *list.Element // among the strangers, nil if it is none; guarded by all.mu
	ended bool          // it is counted no more; guarded by all.mu
}

func newSockets(o Options, report func(remote, why string)) *sockets {
	return &sockets{opts: o, report: report, addresses: make(map[netip.Prefix]*address)}
}

// listener counts the sockets that it accepts, and closes those that are too many.
type listener struct {
	net.Listener
	all *sockets
}

// Accept returns the next socket that is not one too many.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if s := l.all.add(conn); s != nil {
			return s, nil
		}
		_ = conn.Close()
	}
}

// addressOf returns what counts as one network address: an IPv4 address, or the /64 of an IPv6
// address, of which one customer has all.
func addressOf(remote net.Addr) netip.Prefix {
	at, err := netip.ParseAddrPort(remote.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip := at.Addr().Unmap().WithZone("")
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, _ := ip.Prefix(bits) // the lengths fit
	return p
}

// add counts a socket. It returns nil if that is one too many. If it is one stranger too many, it
// closes the oldest of them.
func (s *sockets) add(conn net.Conn) *socket {
	from := addressOf(conn.RemoteAddr())
	s.mu.Lock()
	a := s.addressLocked(from, time.Now())
	why := ""
	switch {
	case s.count >= s.opts.SocketsMax:
		why = "too many sockets"
	case a.sockets >= s.opts.PerAddressMax:
		why = "too many sockets of one address"
	}
	if why != "" {
		s.mu.Unlock()
		s.report(conn.RemoteAddr().String(), why)
		return nil
	}
	s.count++
	a.sockets++
	one := &socket{Conn: conn, all: s, from: from, plain: s.opts.TLS == nil}
	one.place = s.strangers.PushBack(one)
	var oldest *socket
	if s.strangers.Len() > s.opts.StrangersMax {
		oldest = s.strangers.Front().Value.(*socket)
		s.forgetLocked(oldest)
	}
	s.mu.Unlock()
	if oldest != nil {
		_ = oldest.Close()
		s.report(oldest.RemoteAddr().String(), "too many sockets that are not authenticated")
	}
	return one
}

// addressLocked returns what is known of an address.
func (s *sockets) addressLocked(of netip.Prefix, now time.Time) *address {
	a := s.addresses[of]
	if a == nil {
		if len(s.addresses) >= addressesMax && now.Sub(s.swept) > time.Second {
			s.swept = now
			for other, what := range s.addresses {
				if what.sockets == 0 && now.Sub(what.failing) > failedTime {
					delete(s.addresses, other)
				}
			}
		}
		a = new(address)
		s.addresses[of] = a
	}
	return a
}

// forgetLocked makes a socket no stranger any more.
func (s *sockets) forgetLocked(one *socket) {
	if one.place != nil {
		s.strangers.Remove(one.place)
		one.place = nil
	}
}

// Read reads from the socket.
func (one *socket) Read(b []byte) (int, error) {
	n, err := one.Conn.Read(b)
	if n > 0 && one.plain && !one.heard.Load() {
		one.heard.Store(true)
	}
	return n, err
}

// Close closes the socket, and counts it no more.
func (one *socket) Close() error {
	one.once.Do(func() {
		s := one.all
		s.mu.Lock()
		defer s.mu.Unlock()
		s.count--
		one.ended = true
		s.forgetLocked(one)
		if a := s.addresses[one.from]; a != nil {
			if a.sockets--; a.sockets == 0 && (a.failed == 0 || len(s.addresses) > addressesMax) {
				delete(s.addresses, one.from)
			}
		}
	})
	return one.Conn.Close()
}

// Known notes that the peer of the socket has authenticated itself.
func (one *socket) Known() {
	s := one.all
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forgetLocked(one)
}

// Failed notes that a login over the socket has failed.
func (one *socket) Failed() {
	s, now := one.all, time.Now()
	if s.opts.Proxied {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.addressLocked(one.from, now)
	if now.Sub(a.failing) > failedTime {
		a.failed, a.mistakes, a.failing = 0, 0, now
	}
	before := a.failed
	switch {
	case one.place != nil:
		a.failed++
	case one.ended:
	default: // it is known
		if a.mistakes++; a.mistakes > mistakesMax {
			one.place = s.strangers.PushBack(one)
			a.failed = max(a.failed, failedMax)
		}
	}
	if before < failedMax && a.failed >= failedMax {
		go s.report(one.RemoteAddr().String(), "too many failed logins: the address is barred for a minute")
	}
}

// SyscallConn returns the raw socket, so that it can be written to without blocking.
func (one *socket) SyscallConn() (syscall.RawConn, error) {
	if c, ok := one.Conn.(syscall.Conn); ok {
		return c.SyscallConn()
	}
	return nil, syscall.EINVAL
}

// CloseWrite ends our side of the connection.
func (one *socket) CloseWrite() error {
	if c, ok := one.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return syscall.EINVAL
}

// banned reports whether a request comes from an address with too many failed logins, over a
// socket that is not authenticated.
func (s *sockets) banned(ctx context.Context) bool {
	one, _ := ctx.Value(socketKey{}).(*socket)
	if one == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.addresses[one.from]
	return one.place != nil && a != nil && a.failed >= failedMax && time.Since(a.failing) <= failedTime
}

// socketKey is the key of the socket in the context of a request.
type socketKey struct{}

// withSocket puts a socket into the context of its requests.
func withSocket(ctx context.Context, conn net.Conn) context.Context {
	if one := socketOf(conn); one != nil {
		return context.WithValue(ctx, socketKey{}, one)
	}
	return ctx
}

// socketOf returns the socket below a connection, which may be TLS.
func socketOf(conn net.Conn) *socket {
	if secure, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = secure.NetConn()
	}
	one, _ := conn.(*socket)
	return one
}

// Known notes that the peer which has made a request has authenticated itself.
func Known(ctx context.Context) {
	if one, _ := ctx.Value(socketKey{}).(*socket); one != nil {
		one.Known()
	}
}

// Failed notes that a request had no or the wrong credentials.
func Failed(ctx context.Context) {
	if one, _ := ctx.Value(socketKey{}).(*socket); one != nil {
		one.Failed()
	}
}
