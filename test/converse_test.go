package test

import (
	"cmp"
	"errors"
	"fmt"
	"os"
)

// converse is a conversation on raw sockets with a listener of the connector; the reply is what was heard.
type converse struct {
	with  string
	path  string // / if empty
	steps []step
}

// step writes bytes to a socket, if there are any, and then hears a number of frames, or the end.
type step struct {
	socket int // opened by its first step
	write  []byte
	hear   int
}

// sends is a step that sends a message in a frame and hears one back.
func sends(message []byte) step { return step{write: frame(binaryFrame, message), hear: 1} }

// atOnce is a step that sends two messages in one write and hears two back.
func atOnce(first, second []byte) step {
	return step{write: append(frame(binaryFrame, first), frame(binaryFrame, second)...), hear: 2}
}

func (c converse) perform(b *bench, _ scenario) reply {
	heard := reply{Type: "frames"}
	sockets := make(map[int]*socket)
	defer func() {
		for _, s := range sockets {
			s.conn.Close()
		}
	}()
	for _, step := range c.steps {
		s := sockets[step.socket]
		if s == nil {
			var err error
			if s, err = dialSocket(b.connector.ports[c.with], cmp.Or(c.path, "/")); err != nil {
				b.t.Fatalf("dial %s: %v", c.with, err)
			}
			sockets[step.socket] = s
			if extensions := s.response.Header.Get("Sec-WebSocket-Extensions"); extensions != "" {
				heard.Frames = append(heard.Frames, "extensions: "+extensions)
			}
		}
		if _, err := s.conn.Write(step.write); err != nil {
			heard.Frames = append(heard.Frames, fmt.Sprintf("%d: cannot write", step.socket))
		}
		for range step.hear {
			heard.Frames = append(heard.Frames, fmt.Sprintf("%d: %s", step.socket, s.hear()))
		}
	}
	return heard
}

// hear describes the next frame.
func (s *socket) hear() string {
	opcode, payload, err := s.read()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "nothing"
	case err != nil || opcode == closeFrame:
		return "closed"
	case opcode == binaryFrame:
		return describeBTP(payload)
	default:
		return fmt.Sprintf("opcode %d %x", opcode, payload)
	}
}
