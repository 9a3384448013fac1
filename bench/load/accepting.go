//go:build linux

package load

import (
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/ilp-go/connector/ilp"
)

// acceptor is a socket at which the process under test connects to a receiver: over HTTP, the side that
// sends packets makes the connections.
type acceptor struct {
	load     *Load
	name     string
	fd       int
	receiver int
}

// firstAccepting is the index of the first acceptor in events, and those of the others are below it.
const firstAccepting = ticked - 1

// openAccepting listens for a receiver. The process may connect from now on, and is answered as soon as
// events are handled.
func (l *Load) openAccepting(name string, e Endpoint, receiver int) error {
	host, _ := e.hostPath()
	listener, err := net.Listen("tcp", host)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer func() { _ = listener.Close() }()
	d := &acceptor{load: l, name: name, receiver: receiver}
	if d.fd, err = duplicate(listener); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	l.acceptors = append(l.acceptors, d)
	return l.poll.add(d.fd, firstAccepting-(len(l.acceptors)-1))
}

// accept takes all connections that wait.
func (d *acceptor) accept() error {
	for {
		fd, _, err := syscall.Accept4(d.fd, syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC)
		switch {
		case errors.Is(err, syscall.EAGAIN):
			return nil
		case errors.Is(err, syscall.EINTR), errors.Is(err, syscall.ECONNABORTED):
			continue
		case err != nil:
			return fmt.Errorf("%s: accept: %w", d.name, err)
		}
		if err := d.load.welcome(d, fd); err != nil {
			return err
		}
	}
}

// welcome makes a client of a connection. It takes the place of one that was closed, if there is one:
// the npm plugin makes a connection for each packet.
func (l *Load) welcome(d *acceptor, fd int) error {
	_ = syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	c := &client{name: d.name, fd: fd, poll: l.poll, isHTTP: true, leaves: true, left: &l.vacant}
	if n := len(l.vacant); n > 0 {
		old := l.clients[l.vacant[n-1]]
		l.vacant = l.vacant[:n-1]
		c.index, c.in, c.out = old.index, old.in, old.out[:0]
	} else {
		c.index, c.in = len(l.clients), make([]byte, readBytes)
		l.clients = append(l.clients, nil)
	}
	l.clients[c.index] = c
	c.act = &visitor{client: c, to: l.receivers[d.receiver]}
	return l.poll.add(fd, c.index)
}

// close closes the socket, once.
func (c *client) close() {
	if c.closed {
		return
	}
	c.closed = true
	_ = syscall.Close(c.fd)
	if c.left != nil {
		*c.left = append(*c.left, c.index)
	}
}

// visitor is a connection that the process has made to a receiver.
type visitor struct {
	*client
	to *receiver
}

// receive handles a packet.
func (v *visitor) receive(body []byte, _ int64) error {
	prepare, err := ilp.ParsePrepare(body)
	if err != nil {
		return err
	}
	return v.to.answer(v.client, 0, &prepare)
}

var _ actor = (*visitor)(nil)
