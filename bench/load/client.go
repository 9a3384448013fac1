//go:build linux

package load

import (
	"errors"
	"fmt"
	"io"
	"syscall"

	"github.com/ilp-go/connector/link/websocket"
)

// client is one connection with the process under test.
type client struct {
	name  string
	index int
	fd    int
	poll  *poller
	act   actor

	isHTTP bool
	leaves bool // the process has made the connection and may close it
	closed bool
	left   *[]int // where the index goes when such a connection is closed

	in         []byte // what was read and is not cut yet lies from start to end
	start, end int
	joined     websocket.Assembler
	out        []byte // what the socket has not taken yet
	blocked    bool   // the socket is full; epoll reports when it is not
}

// actor handles the messages of a client. It appends its answers to the client's out.
type actor interface {
	receive(message []byte, now int64) error
}

// readBytes is the size of a client's read buffer. The system only gives the memory that is used.
const readBytes = 64 << 10

// readable reads from the socket, handles the messages, and sends the answers.
func (c *client) readable(clock func() int64) error {
	n, err := syscall.Read(c.fd, c.in[c.end:])
	switch {
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		return nil
	case c.leaves && n <= 0:
		c.close()
		return nil
	case err == nil && n == 0:
		err = io.EOF
	}
	if err != nil {
		return fmt.Errorf("%s: read: %w", c.name, err)
	}
	c.end += n
	if c.isHTTP {
		err = c.handleHTTP(clock())
	} else {
		err = c.handle(clock())
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.name, err)
	}
	return c.flush()
}

// handle cuts the bytes that were read into frames and hands on their messages.
func (c *client) handle(now int64) error {
	for {
		frame, n, err := websocket.Cut(c.in[c.start:c.end], websocket.Client, payloadMax)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		c.start += n
		message, whole, err := c.joined.Add(frame)
		if err != nil {
			return err
		}
		if !whole {
			continue
		}
		switch message.Op {
		case websocket.Binary:
			err = c.act.receive(message.Payload, now)
		case websocket.Ping:
			c.out = websocket.AppendFrame(c.out, websocket.Client, websocket.Pong, message.Payload)
		case websocket.Close:
			err = errors.New("the process closed the connection")
		case websocket.Text:
			err = errors.New("the process sent a text message")
		}
		if err != nil {
			return err
		}
	}
	c.makeRoom()
	return nil
}

// makeRoom moves the beginning of a frame to the front of a buffer that can hold the whole frame.
func (c *client) makeRoom() {
	left := c.in[c.start:c.end]
	if len(left) > 0 {
		if need := websocket.Need(left); need > len(c.in) {
			c.in = append(make([]byte, 0, need), left...)[:need]
		} else {
			copy(c.in, left)
		}
	}
	c.start, c.end = 0, len(left)
}

// flush writes as much as the socket takes.
func (c *client) flush() error {
	if len(c.out) == 0 || c.blocked {
		return nil
	}
	n, err := syscall.Write(c.fd, c.out)
	if n > 0 {
		c.out = c.out[:copy(c.out, c.out[n:])]
	}
	if err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EINTR) {
		return fmt.Errorf("%s: write: %w", c.name, err)
	}
	if len(c.out) == 0 {
		return nil
	}
	c.blocked = true
	return c.poll.want(c.fd, c.index, true)
}

// writable resumes a flush that a full socket stopped.
func (c *client) writable() error {
	if !c.blocked {
		return nil
	}
	c.blocked = false
	if err := c.poll.want(c.fd, c.index, false); err != nil {
		return err
	}
	return c.flush()
}
