package test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"testing"
	"time"
)

// attack is what a stranger, or an account gone mad, does to a listener. What it leaves open stays so until the end.
type attack struct {
	t      *testing.T
	port   int
	token  string
	random *rand.Rand
	open   []net.Conn
}

func newAttack(t *testing.T, c *Connector, id string) *attack {
	a := &attack{t: t, port: c.ports[id], token: secretOf(id), random: rand.New(rand.NewPCG(1, 2))}
	t.Cleanup(a.close)
	return a
}

// close closes what the attack has left open.
func (a *attack) close() {
	for _, conn := range a.open {
		conn.Close()
	}
	a.open = nil
}

// noise is n random bytes.
func (a *attack) noise(n int) []byte { return noise(a.random, n) }

// noise is n random bytes.
func noise(random *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// dial opens a WebSocket, with a login or without.
func (a *attack) dial(loggedIn bool) *socket {
	a.t.Helper()
	s, err := dialSocket(a.port, "/")
	if err != nil {
		a.t.Fatalf("dial: %v", err)
	}
	if !loggedIn {
		return s
	}
	if _, err := s.conn.Write(frame(binaryFrame, login(1, a.token))); err != nil {
		a.t.Fatalf("login: %v", err)
	}
	if heard := s.hear(); heard != "response to 1 with []" {
		a.t.Fatalf("login: %s", heard)
	}
	return s
}

// tcp opens a connection and writes bytes that are no WebSocket.
func (a *attack) tcp(b []byte) net.Conn {
	a.t.Helper()
	conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", a.port), patience)
	if err != nil {
		a.t.Fatalf("dial: %v", err)
	}
	if _, err := conn.Write(b); err != nil {
		a.t.Fatalf("write: %v", err)
	}
	return conn
}

// garbageFrames sends count messages of noise over as many connections as there are fifties, every other one of
// them logged in. The connector closes each.
func (a *attack) garbageFrames(count int) {
	a.t.Helper()
	const each = 50
	for i := range count / each {
		s := a.dial(i%2 == 0)
		var burst []byte
		for range each {
			burst = append(burst, frame(binaryFrame, a.noise(a.random.IntN(400)))...)
		}
		_, _ = s.conn.Write(burst) // which may be cut short, as the connector closes
		for heard := s.hear(); heard != "closed"; heard = s.hear() {
			if heard == "nothing" {
				a.t.Fatalf("garbage on connection %d did not close it", i)
			}
		}
		s.conn.Close()
	}
}

// malformedPackets sends count spoilt packets in good messages over one connection. Each is answered.
func (a *attack) malformedPackets(count int, good packet) {
	a.t.Helper()
	s := a.dial(true)
	defer s.conn.Close()
	go func() {
		for i := range count {
			b := btp(btpMessage, uint32(1000+i), ilp(a.spoil(good.bytes())))
			if _, err := s.conn.Write(frame(binaryFrame, b)); err != nil {
				return // and the answers will be missed
			}
		}
	}()
	answered := make(map[uint32]bool)
	for len(answered) < count {
		opcode, b, err := s.read()
		if err != nil {
			a.t.Fatalf("%d of %d malformed packets were answered: %v", len(answered), count, err)
		}
		if opcode == binaryFrame && len(b) > 5 && (b[0] == btpResponse || b[0] == btpError) {
			answered[binary.BigEndian.Uint32(b[1:])] = true
		}
	}
}

// spoil changes a good packet in one of many ways.
func (a *attack) spoil(b []byte) []byte {
	at := a.random.IntN(len(b))
	switch a.random.IntN(6) {
	case 0:
		return b[:at]
	case 1:
		b[at] ^= byte(1 + a.random.IntN(255))
		return b
	case 2:
		return slices.Insert(b, at, a.noise(1+a.random.IntN(8))...)
	case 3:
		return slices.Delete(b, at, min(at+1+a.random.IntN(8), len(b)))
	case 4: // a length of everything
		return slices.Concat(b[:at], []byte{0x88}, bytes.Repeat([]byte{0xff}, 8), b[at:])
	default:
		return append([]byte{12}, a.noise(a.random.IntN(200))...)
	}
}

// giants announces more than it sends, on every layer, and leaves the connections open.
func (a *attack) giants() {
	a.t.Helper()
	webSocket := func(length uint64) []byte {
		return binary.BigEndian.AppendUint64([]byte{0x80 | binaryFrame, 0xff}, length)
	}
	message := login(1, a.token)
	announcements := [][]byte{
		webSocket(1 << 26), webSocket(1 << 30), webSocket(1 << 32), webSocket(1 << 40), webSocket(1<<63 - 1), webSocket(1<<64 - 1),
		frameOf(false, binaryFrame, true, message), // and never the rest
		frame(binaryFrame, append(message[:5:5], longLength(1<<31-1, 4)...)),
		frame(binaryFrame, append(message[:5:5], longLength(1<<62, 8)...)),
		frame(binaryFrame, btpOf(btpMessage, 1, []byte{4, 0x7f, 0xff, 0xff, 0xff})),
		frame(binaryFrame, btpOf(btpMessage, 1, []byte{8, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})),
		frame(binaryFrame, btpOf(btpMessage, 1, append([]byte{1, 1}, longLength(1<<31-1, 4)...))),
		frame(binaryFrame, btp(btpMessage, 1, ilp(append([]byte{12}, longLength(1<<40, 6)...)))),
	}
	for _, announcement := range announcements {
		for _, loggedIn := range []bool{false, true} {
			s := a.dial(loggedIn)
			if _, err := s.conn.Write(announcement); err != nil {
				a.t.Fatalf("write: %v", err)
			}
			a.open = append(a.open, s.conn)
		}
	}
}

// halfOpen opens count connections that stay at some point of the way in.
func (a *attack) halfOpen(count int) {
	a.t.Helper()
	for i := range count {
		switch i % 4 {
		case 0:
			a.open = append(a.open, a.tcp(nil))
		case 1:
			a.open = append(a.open, a.tcp([]byte("GET / HTTP/1.1\r\nHost: ")))
		case 2:
			a.open = append(a.open, a.dial(false).conn)
		default: // half of a login
			s := a.dial(false)
			whole := frame(binaryFrame, login(1, a.token))
			if _, err := s.conn.Write(whole[:len(whole)/2]); err != nil {
				a.t.Fatalf("write: %v", err)
			}
			a.open = append(a.open, s.conn)
		}
	}
}

// foreign speaks other protocols to the listener, and expects an answer of some kind, or none, but an end.
func (a *attack) foreign() {
	a.t.Helper()
	for _, b := range [][]byte{
		[]byte("GET / HTTP/1.0\r\n\r\n"),
		[]byte("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"),
		[]byte("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
		[]byte("SSH-2.0-stranger\r\n"),
		slices.Concat([]byte{0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3}, a.noise(194)), // as TLS begins
		append(a.noise(1000), "\r\n\r\n"...),
	} {
		conn := a.tcp(b)
		if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
			a.t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			a.t.Errorf("%.20q was not answered and the connection not closed", b)
		}
		conn.Close()
	}
}
