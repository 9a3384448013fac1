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

// Endpoint says where and how a client connects.
type Endpoint struct {
	// URL begins with ws, or with http for ILP over HTTP. The load itself listens at the URL of a
	// receiver over HTTP.
	URL string
	// Token authenticates the account. A relay needs none.
	Token string
	// User is the name of one of many clients, if it gives one.
	User string
}

// dial connects and authenticates. It returns the non-blocking socket and the bytes that were read
// behind the answer. The Go runtime does not know this socket: its poller would wake for each arrival.
func dial(ctx context.Context, e Endpoint) (fd int, leftover []byte, err error) {
	if e.isHTTP() {
		return dialHTTP(ctx, e)
	}
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
		if leftover, err = authenticate(conn, leftover, e.User, e.Token); err != nil {
			return 0, nil, fmt.Errorf("authenticate at %s: %w", e.URL, err)
		}
	}
	fd, err = duplicate(conn)
	return fd, leftover, err
}

// authenticate performs the client's half of the BTP authentication (RFC 23).
func authenticate(conn net.Conn, in []byte, user, token string) (leftover []byte, err error) {
	id := rand.Uint32()
	auth := btp.AppendAuth(nil, id, user, token)
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
				return nil, errors.New("the process refused the token")
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

// duplicate returns another descriptor of the socket of a connection or a listener. It stays open when
// that is closed.
func duplicate(of any) (fd int, err error) {
	c, ok := of.(syscall.Conn)
	if !ok {
		return 0, fmt.Errorf("a %T has no socket", of)
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

// dialUntil dials until it succeeds or ctx ends, as the process may not listen yet.
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
