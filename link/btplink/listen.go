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
	var serving sync.WaitGroup
	defer serving.Wait()
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
		l.tryOnce()
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
	l.tryOnce()
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
		serving.Go(func() { l.serve(ctx, conn, &strangers, serving) })
	}
}

// serve lets a peer in or refuses it. Then another goroutine reads until the connection ends: a
// login makes the stack grow, and an idle connection would keep it.
func (l *Link) serve(ctx context.Context, conn net.Conn, strangers *strangers, serving *sync.WaitGroup) {
	defer l.catch()
	unwatch := context.AfterFunc(ctx, l.guarded(func() { _ = conn.Close() }))
	s, err := l.authenticate(ctx, conn)
	strangers.remove(conn)
	unwatch()
	if err != nil {
		_ = conn.Close()
		l.reportRefused(conn.RemoteAddr().String(), err)
		return
	}
	s.link.notify()
	serving.Go(func() { l.read(ctx, s) })
}

// read reads from a connection that was let in until it ends.
func (l *Link) read(ctx context.Context, s *session) {
	defer l.catch()
	defer s.close(errDone) // if something panics
	defer context.AfterFunc(ctx, l.guarded(func() { s.fail(errStopped) }))()
	err := s.readLoop(s.receive)
	_ = s.link.remove(&s.link.accepted, s, err) // logged there
}

// authenticate makes a connection a session of the link that it belongs to, or refuses it, in
// bounded time.
func (l *Link) authenticate(ctx context.Context, conn net.Conn) (*session, error) {
	deadline := time.Now().Add(l.opts.AuthTimeout)
	handshake, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	if l.opts.Listener.TLS != nil {
		secure := tls.Server(conn, l.opts.Listener.TLS)
		if err := secure.HandshakeContext(handshake); err != nil {
			return nil, err
		}
		conn = secure
	}
	_, leftover, err := websocket.Accept(handshake, conn, websocket.AcceptOptions{
		Path: l.opts.Listener.Path, Origin: l.opts.Listener.Origin,
	})
	if err != nil {
		return nil, err
	}
	s := newSession(l, conn, websocket.Server, leftover)
	admitted := false
	defer func() {
		if !admitted {
			s.close(errDone)
		}
	}()
	var who Login
	login := func(p *btp.Packet) (to *Link, err error) {
		to, who, err = l.login(p, s.remote)
		if l.opts.Login == nil {
			s.secret = who.Token
		}
		return to, err
	}
	if err := s.acceptAuth(login, deadline, func(auth uint32) {
		if old := s.link.install(&s.link.accepted, s); old != nil {
			old.replace(auth, l.opts.HeartbeatInterval)
			s.link.reportReplaced(old.remote, s.remote, s.lines)
		}
		l.confirm(s, who)
	}); err != nil {
		var refused Refusal
		var closed peerClosed
		if errors.As(err, &refused) || errors.As(err, &closed) {
			_ = s.finish(err)
		}
		return nil, err
	}
	admitted = true
	return s, nil
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
