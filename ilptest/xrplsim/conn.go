package xrplsim

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/ilp-go/connector/settle/xrp/xrpl"
)

// writeTimeout bounds one write to a client that does not read.
const writeTimeout = 10 * time.Second

// client is a connection.
type client struct {
	l      *Ledger
	number int
	socket *websocket.Conn
	ended  context.Context
	end    context.CancelFunc
	wake   chan struct{} // has room for one: there is something to write

	mu      sync.Mutex // guards what follows
	waiting [][]byte
	closing bool // end after what waits

	// What l.mu guards: what the client subscribes to.
	streams  map[string]bool
	accounts map[xrpl.AccountID]bool
	version  int // of the messages
}

// run serves the connection until it ends.
func (c *client) run() {
	var writing sync.WaitGroup
	defer writing.Wait()
	writing.Go(c.write)
	defer c.end()
	for {
		_, text, err := c.socket.Read(c.ended)
		if err != nil {
			return
		}
		c.l.handle(c, text)
	}
}

// write writes what waits, in its order.
func (c *client) write() {
	defer c.end()
	for {
		select {
		case <-c.wake:
		case <-c.ended.Done():
			return
		}
		c.mu.Lock()
		waiting, closing := c.waiting, c.closing
		c.waiting = nil
		c.mu.Unlock()
		for _, text := range waiting {
			ctx, cancel := context.WithTimeout(c.ended, writeTimeout)
			err := c.socket.Write(ctx, websocket.MessageText, text)
			cancel()
			if err != nil {
				return
			}
		}
		if closing {
			return
		}
	}
}

// send appends a text to what waits. It never blocks.
func (c *client) send(text []byte) {
	c.mu.Lock()
	c.waiting = append(c.waiting, text)
	c.mu.Unlock()
	c.signal()
}

// finish ends the connection after what waits.
func (c *client) finish() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.signal()
}

func (c *client) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// sendJSON sends an object.
func (c *client) sendJSON(o object) {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err) // no amount is above all XRP
	}
	c.send(text)
}
