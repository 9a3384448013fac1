//go:build unix

package test

import (
	"encoding/binary"
	"sync"
	"time"
)

// stopEnd is the connection of an account. Any goroutine may send.
type stopEnd struct {
	*crashClient
	busy [slotsMax]bool // guarded by stopWorld.mu

	sending sync.Mutex
	asked   map[uint32]chan<- []byte // guarded by sending
}

// dialStop connects an account, for as long as it takes.
func dialStop(port int, id string) (*stopEnd, error) {
	c, err := dialCrash(port, id)
	if err != nil {
		return nil, err
	}
	return &stopEnd{crashClient: c, asked: make(map[uint32]chan<- []byte)}, c.conn.SetDeadline(time.Time{})
}

// send sends a message now. That the connection is gone its reader will hear.
func (e *stopEnd) send(message []byte) {
	e.sending.Lock()
	defer e.sending.Unlock()
	e.crashClient.send(message)
	_ = e.out.Flush()
}

// pong answers a ping.
func (e *stopEnd) pong(payload []byte) {
	e.sending.Lock()
	defer e.sending.Unlock()
	_, _ = e.out.Write(frame(pongFrame, payload))
	_ = e.out.Flush()
}

// ask sends a request, whose answer goes to the channel.
func (e *stopEnd) ask(message []byte, answers chan<- []byte) {
	e.sending.Lock()
	e.asked[binary.BigEndian.Uint32(message[1:])] = answers
	e.sending.Unlock()
	e.send(message)
}

// asker returns who asked what a message answers, nil for nobody.
func (e *stopEnd) asker(message []byte) chan<- []byte {
	if len(message) < 5 || message[0] != btpResponse {
		return nil
	}
	e.sending.Lock()
	defer e.sending.Unlock()
	id := binary.BigEndian.Uint32(message[1:])
	answers := e.asked[id]
	delete(e.asked, id)
	return answers
}

// read gives messages to those who wait for them until the connection ends.
func (w *stopWorld) read(id string, e *stopEnd, take func([]byte) error) {
	for {
		opcode, message, err := e.read()
		switch {
		case err != nil, opcode == closeFrame:
			return
		case opcode == pingFrame:
			e.pong(message)
			continue
		case opcode != binaryFrame:
			continue
		}
		if answers := e.asker(message); answers != nil {
			answers <- message
		} else if take != nil {
			if err := take(message); err != nil {
				w.mu.Lock()
				w.fault("%s: %v", id, err)
				w.mu.Unlock()
			}
		}
	}
}
