package test

import (
	"encoding/binary"
	"errors"
	"os"
	"slices"
	"strings"
	"time"
)

// talk is a conversation of any number of raw sockets with an account that takes many clients. Packets of other
// accounts may take part. The reply is what each socket heard, and what came of those packets.
type talk struct {
	with  string
	turns []func(t *talker)
}

// talker is a talk that goes on.
type talker struct {
	b        *bench
	s        scenario
	port     int
	sockets  map[string]*socket
	requests map[string]uint32 // the id of the last request that each socket heard
	last     string            // what was heard last
	next     uint32            // the id of our next request
	begun    chan verdict      // of the packet that another account has sent
	sender   string
	preimage string // of that packet
	reply    reply
}

// on begins a talk with an account.
func on(account string) *talk { return &talk{with: account} }

func (c *talk) then(turn func(t *talker)) *talk {
	c.turns = append(c.turns, turn)
	return c
}

func (c *talk) perform(b *bench, s scenario) reply {
	t := &talker{b: b, s: s, port: b.connector.ports[c.with], sockets: make(map[string]*socket), requests: make(map[string]uint32)}
	t.reply.Type = "talk"
	defer func() {
		for _, s := range t.sockets {
			s.conn.Close()
		}
	}()
	for _, turn := range c.turns {
		turn(t)
	}
	return t.reply
}

// note adds a line about a socket to the reply.
func (t *talker) note(name, line string) {
	t.last = line
	t.reply.Frames = append(t.reply.Frames, name+": "+timedOut.ReplaceAllString(isoTime.ReplaceAllString(line, "<time>"), "<id> timed out"))
}

// open connects a socket. A handshake that is refused is noted, and all else that the socket does comes to nothing.
func (t *talker) open(name, path string, header ...string) {
	var refused handshakeError
	s, err := dialSocket(t.port, path, header...)
	switch {
	case errors.As(err, &refused):
		t.note(name, refused.Error())
	case err != nil:
		t.b.t.Fatalf("%s: dial: %v", name, err)
	default:
		t.sockets[name] = s
	}
}

func (t *talker) write(name string, frames []byte) {
	if s := t.sockets[name]; s != nil {
		_, _ = s.conn.Write(frames) // the connector may have closed; what is heard will tell
	}
}

// say writes a BTP packet of that type and returns its request id.
func (t *talker) say(name string, packetType byte, entries ...entry) uint32 {
	t.next++
	t.write(name, frame(binaryFrame, btp(packetType, t.next, entries...)))
	return t.next
}

// hear notes the next frame, and reports whether the socket may hear another.
func (t *talker) hear(name string) bool {
	if t.sockets[name] == nil {
		return false
	}
	line, id, more := t.listen(name)
	t.heard(name, line, id, more)
	return more
}

// heard notes a frame. It remembers the id of a request, and is done with a socket that has been closed.
func (t *talker) heard(name, line string, id uint32, more bool) {
	t.note(name, line)
	if strings.HasPrefix(line, "message") {
		t.requests[name] = id
	}
	if !more {
		t.sockets[name].conn.Close()
		delete(t.sockets, name)
	}
}

// listen describes the next frame. The id is that of a BTP packet.
func (t *talker) listen(name string) (line string, id uint32, more bool) {
	s := t.sockets[name]
	if err := s.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.b.t.Fatalf("%s: %v", name, err)
	}
	opcode, payload, err := s.read()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		t.b.t.Fatalf("%s: %s hears nothing after %q", t.s.name, name, t.reply.Frames)
		return "", 0, false
	case err != nil:
		return "ended", 0, false
	case opcode == closeFrame:
		return describeClose(payload), 0, false
	case opcode == binaryFrame && len(payload) > 5:
		return t.describe(payload), binary.BigEndian.Uint32(payload[1:]), true
	default:
		return describeFrame(opcode, payload), 0, true
	}
}

// fenceID is the request id of a message whose answer shows that all that came before it has been heard.
const fenceID = 1 << 31

// drain notes all that the socket hears by now, and reports whether it may hear more.
func (t *talker) drain(name string) bool {
	if t.sockets[name] == nil {
		return false
	}
	t.write(name, frame(binaryFrame, btp(btpMessage, fenceID)))
	for {
		line, id, more := t.listen(name)
		if more && id == fenceID && !strings.HasPrefix(line, "message") {
			return true
		}
		t.heard(name, line, id, more)
		if !more {
			return false
		}
	}
}

// receive waits until one of the sockets has a request, and notes all that they hear by then, socket by socket.
func (t *talker) receive(names []string) {
	clear(t.requests)
	before := len(t.reply.Frames)
	for deadline := time.Now().Add(patience); len(t.requests) == 0; {
		open := false
		for _, name := range names {
			open = t.drain(name) || open
		}
		if !open || time.Now().After(deadline) {
			t.b.t.Fatalf("%s: no socket of %q hears a request after %q", t.s.name, names, t.reply.Frames)
		}
	}
	for _, name := range names { // a request goes to all of them at once
		t.drain(name)
	}
	slices.SortStableFunc(t.reply.Frames[before:], func(a, b string) int {
		nameOfA, _, _ := strings.Cut(a, ":")
		nameOfB, _, _ := strings.Cut(b, ":")
		return strings.Compare(nameOfA, nameOfB)
	})
}
