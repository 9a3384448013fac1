package btplink

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/link/websocket"
)

// StrangersMax bounds the connections of a listener that are not authenticated yet, unless
// Listener says another number. When one more comes, the listener closes the oldest of them:
// a flood of silent sockets cannot keep the real peer out.
const StrangersMax = 128

// listenLoop keeps listening until ctx ends. It returns when all connections are closed.
func (l *Link) listenLoop(ctx context.Context) {
	l.visits.open()
	var serving sync.WaitGroup
	defer func() {
		l.visits.closeAndWait()
		serving.Wait()
	}()
	defer l.status.Listen(nil) // it need not any more
	defer l.catch()
	backoff := clock.NewBackoff()
	for ctx.Err() == nil {
		l.setState(link.Connecting, "", nil)
		err := l.listen(ctx, backoff, &serving)
		if ctx.Err() != nil {
			return
		}
		wait := backoff.Next()
		l.log.Error("cannot listen", "address", l.opts.Listener.Address, "error", err, "retryIn", wait)
		l.reportListening(err)
		l.tried.give()
		l.status.Fail(err, time.Now().Add(wait))
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// listen serves all connections until accepting fails or ctx ends.
func (l *Link) listen(ctx context.Context, backoff *clock.Backoff, serving *sync.WaitGroup) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", l.opts.Listener.Address)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	defer context.AfterFunc(ctx, l.guarded(func() { _ = listener.Close() }))()
	backoff.Reset()
	l.reportListening(nil)
	l.status.ListensAt(listener.Addr().String())
	defer l.status.ListensAt("")
	l.log.Info("listening", "address", listener.Addr().String())
	if l.opts.Listener.Bound != nil {
		l.opts.Listener.Bound(listener.Addr().String())
	}
	l.tried.give()
	if l.opts.Listener.Lost != nil {
		defer l.opts.Listener.Lost()
	}
	strangers := strangers{most: l.opts.Listener.StrangersMax}
	for {
		conn, err := listener.Accept()
		if err != nil {
			var passing interface{ Temporary() bool }
			if errors.As(err, &passing) && passing.Temporary() && ctx.Err() == nil {
				time.Sleep(10 * time.Millisecond) // out of file descriptors: some will close
				continue
			}
			return err
		}
		strangers.add(conn)
		serving.Go(func() { l.serve(ctx, conn, &strangers) })
	}
}

// serve lets a peer in or refuses it. Then another goroutine reads until the connection ends: a
// login makes the stack grow, and an idle connection would keep it.
func (l *Link) serve(ctx context.Context, conn net.Conn, strangers *strangers) {
	defer l.catch()
	unwatch := context.AfterFunc(ctx, l.guarded(func() { _ = conn.Close() }))
	deadline := time.Now().Add(l.opts.AuthTimeout)
	secure, leftover, err := l.handshake(ctx, conn, deadline)
	unwatch()
	if err == nil && !l.visits.begin() {
		err = errStopped
	}
	if err != nil {
		strangers.remove(conn)
		_ = conn.Close()
		l.reportRefused(conn.RemoteAddr().String(), err)
		return
	}
	l.serveConn(&l.visits, secure, leftover, deadline, func(p *btp.Packet, remote string) (arrival, error) {
		a, err := l.arrive(p, remote)
		if err == nil {
			strangers.remove(conn)
		}
		return a, err
	})
	strangers.remove(conn)
}

// handshake makes a connection a WebSocket.
func (l *Link) handshake(ctx context.Context, conn net.Conn, deadline time.Time) (net.Conn, []byte, error) {
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if l.opts.Listener.TLS != nil {
		secure := tls.Server(conn, l.opts.Listener.TLS)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, nil, err
		}
		conn = secure
	}
	_, leftover, err := websocket.Accept(ctx, conn, websocket.AcceptOptions{
		Path: l.opts.Listener.Path, Origin: l.opts.Listener.Origin,
	})
	return conn, leftover, err
}

// arrival is where a connection belongs that has logged in.
type arrival struct {
	link   *Link // whose session it becomes
	door   *Link // that has let it in, or has refused it; nil if the connection is for none
	who    Login
	visits *visits // in which it has begun; nil if it stays in the former ones
}

// arrive lets the peer in that has sent a first message to this link.
func (l *Link) arrive(p *btp.Packet, remote string) (arrival, error) {
	to, who, err := l.login(p, remote)
	return arrival{link: to, door: l, who: who}, err
}

// arrive lets the peer in that belongs to another link. The token of a stranger is checked too, against
// a secret that nobody knows, so that the refusal and its time are the same.
func (y *ByLogin) arrive(p *btp.Packet, remote string) (arrival, error) {
	token, err := checkAuth(p)
	if err != nil {
		return arrival{}, err
	}
	user, _ := p.First("auth_username")
	door, err := y.index.find(string(user.Data), token)
	switch {
	case err != nil:
		y.link.reportAmbiguous(remote, err)
		fallthrough
	case door == nil:
		return y.link.arrive(p, remote)
	}
	if !door.visits.begin() {
		return arrival{}, Refusal("account is not available")
	}
	a, err := door.arrive(p, remote)
	if err != nil {
		door.visits.end()
		return arrival{door: door}, err
	}
	a.visits = &door.visits
	return a, nil
}

// serveConn lets the peer of a WebSocket in, before deadline, or refuses it. Then another goroutine
// reads until the connection ends: a login makes the stack grow, and an idle connection would keep
// it. The connection has begun in v.
func (l *Link) serveConn(v *visits, conn net.Conn, leftover []byte, deadline time.Time, arrive func(*btp.Packet, string) (arrival, error)) {
	stays := false
	defer func() {
		if !stays {
			v.end()
		}
	}()
	defer l.catch()
	s, a, err := l.authenticate(v, conn, leftover, deadline, arrive)
	knower := link.KnowerOf(conn)
	if err != nil {
		if _, refused := errors.AsType[Refusal](err); refused && knower != nil {
			knower.Failed()
		}
		_ = conn.Close()
		refusing := l
		if a.door != nil {
			refusing = a.door
		}
		refusing.reportRefused(conn.RemoteAddr().String(), err)
		return
	}
	if knower != nil {
		knower.Known()
	}
	s.link.notify()
	in := a.visits
	if in == nil {
		in, stays = v, true
	}
	go s.visit(in, a.door)
}

// visit reads from a connection that was let in until it ends. It has entered v.
func (s *session) visit(v *visits, door *Link) {
	defer v.end()
	defer v.leave(s)
	defer door.catch()
	defer s.close(errDone) // if something panics
	err := s.readLoop(s.receive)
	_ = s.link.remove(&s.link.accepted, s, err) // logged there
}

// authenticate makes a WebSocket a session of the link that it belongs to, or refuses it. A session
// enters the visits that it belongs to.
func (l *Link) authenticate(v *visits, conn net.Conn, leftover []byte, deadline time.Time, arrive func(*btp.Packet, string) (arrival, error)) (_ *session, a arrival, err error) {
	s := newSession(l, conn, websocket.Server, leftover)
	v.enter(s)
	admitted := false
	defer func() {
		v.leave(s)
		switch {
		case !admitted && a.visits != nil:
			a.visits.end()
			fallthrough
		case !admitted:
			s.close(errDone)
		case a.visits != nil:
			a.visits.enter(s)
		default:
			v.enter(s)
		}
	}()
	login := func(p *btp.Packet) (to *Link, err error) {
		a, err = arrive(p, s.remote)
		if a.door != nil && a.door.opts.Login == nil {
			s.secret = a.door.ours(a.who.Token)
		}
		return a.link, err
	}
	if err := s.acceptAuth(login, deadline, func(auth uint32) {
		if old := s.link.install(&s.link.accepted, s); old != nil {
			old.replace(auth, l.opts.HeartbeatInterval)
			s.link.reportReplaced(old.remote, s.remote, s.lines)
		}
		a.door.confirm(s, a.who)
	}); err != nil {
		var refused Refusal
		var closed peerClosed
		if errors.As(err, &refused) || errors.As(err, &closed) {
			_ = s.finish(err)
		}
		return nil, a, err
	}
	admitted = true
	return s, a, nil
}

// strangers holds the connections that are not authenticated yet, oldest first.
type strangers struct {
	most  int
	mu    sync.Mutex
	conns []net.Conn
}

func (g *strangers) add(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.conns) >= g.most {
		_ = g.conns[0].Close()
		g.conns = g.conns[1:]
	}
	g.conns = append(g.conns, conn)
}

func (g *strangers) remove(conn net.Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, c := range g.conns {
		if c == conn {
			g.conns = append(g.conns[:i:i], g.conns[i+1:]...)
			return
		}
	}
}
