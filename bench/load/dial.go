//go:build linux

package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"syscall"
	"time"

	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/link/websocket"
)

// Endpoint is where one client connects.
type Endpoint struct {
	URL string // ws://
	// Token authenticates an account over BTP. Without one, as with a relay, packets
	// begin at once.
	Token string
}

// dial connects and authenticates, and returns the socket, non-blocking, and what
// was read behind the answer. The socket is out of the hands of the Go runtime,
// whose poller would otherwise be woken for everything that comes in.
func dial(ctx context.Context, e Endpoint) (fd int, leftover []byte, err error) {
	conn, leftover, err := websocket.Dial(ctx, e.URL, websocket.DialOptions{})
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = conn.Close() }()
	if e.Token != "" {
		if deadline, ok := ctx.Deadline(); ok {
			if err := conn.SetDeadline(deadline); err != nil {
				return 0, nil, err
			}
		}
		if leftover, err = authenticate(conn, leftover, e.Token); err != nil {
			return 0, nil, fmt.Errorf("authenticate at %s: %w", e.URL, err)
		}
	}
	fd, err = duplicate(conn)
	return fd, leftover, err
}

// authenticate makes the client's half of the BTP authentication (RFC 23).
func authenticate(conn net.Conn, in []byte, token string) (leftover []byte, err error) {
	id := rand.Uint32()
	auth := btp.AppendAuth(nil, id, "", token)
	if _, err := conn.Write(websocket.AppendFrame(nil, websocket.Client, websocket.Binary, auth)); err != nil {
		return nil, err
	}
	buf := make([]byte, 4<<10)
	for {
		frame, n, err := websocket.Cut(in, websocket.Client, payloadMax)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			p, err := btp.Parse(frame.Payload)
			if err != nil {
				return nil, err
			}
			if p.Type != btp.TypeResponse || p.RequestID != id {
				return nil, errors.New("the token was refused")
			}
			return in[n:], nil
		}
		n, err = conn.Read(buf)
		if err != nil {
			return nil, err
		}
		in = append(in, buf[:n]...)
	}
}

// duplicate returns another descriptor of conn's socket, which outlives conn.
func duplicate(conn net.Conn) (fd int, err error) {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return 0, fmt.Errorf("%T has no socket", conn)
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return 0, err
	}
	err = errors.Join(raw.Control(func(old uintptr) {
		n, _, errno := syscall.Syscall(syscall.SYS_FCNTL, old, syscall.F_DUPFD_CLOEXEC, 0)
		if fd = int(n); errno != 0 {
			err = errno
		}
	}), err)
	return fd, err
}

// dialUntil dials again and again until it succeeds or ctx ends: the process may
// not listen yet.
func dialUntil(ctx context.Context, e Endpoint) (fd int, leftover []byte, err error) {
	const pause, patience = 2 * time.Millisecond, 30 * time.Second
	for {
		dialing, cancel := context.WithTimeout(ctx, patience)
		fd, leftover, err = dial(dialing, e)
		cancel()
		if err == nil {
			return fd, leftover, nil
		}
		select {
		case <-ctx.Done():
			return 0, nil, err
		case <-time.After(pause):
		}
	}
}
