package test

import (
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// open connects a socket.
func (c *talk) open(name string) *talk { return c.openAt(name, "/") }

// openAt connects a socket with a path, and with more lines of the header if there are any.
func (c *talk) openAt(name, path string, header ...string) *talk {
	return c.then(func(t *talker) { t.open(name, path, header...) })
}

// login connects a socket and logs in with a user name and the secret of that name.
func (c *talk) login(name, user string) *talk {
	return c.open(name).say(name, credentials(user, secretOf(user))...).hear(name)
}

// enter connects a socket, logs in, and asks for an address; or it hears why not.
func (c *talk) enter(name string, entries ...entry) *talk {
	return c.open(name).say(name, entries...).settle(name)
}

// settle hears what comes of a login.
func (c *talk) settle(name string) *talk {
	return c.then(func(t *talker) {
		if !t.hear(name) {
			return
		}
		if strings.HasPrefix(t.last, "response") {
			t.say(name, btpMessage, ilp(t.config().bytes()))
		}
		t.hear(name)
	})
}

// credentials are the entries of a login.
func credentials(user, token string) []entry {
	return authEntries(user, entry{Name: "auth_token", Type: text, Hex: hexOf([]byte(token))})
}

// config is a request for an address.
func (t *talker) config() packet {
	p := t.b.good(t.s)
	p.amount, p.destination, p.condition, p.data = 0, "peer.config", peerCondition, ""
	return p
}

// config asks for an address.
func (c *talk) config(name string) *talk {
	return c.then(func(t *talker) { t.say(name, btpMessage, ilp(t.config().bytes())) })
}

// say writes a Message.
func (c *talk) say(name string, entries ...entry) *talk {
	return c.then(func(t *talker) { t.say(name, btpMessage, entries...) })
}

// send writes a Prepare.
func (c *talk) send(name, to string) *talk {
	return c.then(func(t *talker) {
		p := t.b.good(t.s)
		p.destination = to
		t.say(name, btpMessage, ilp(p.bytes()))
	})
}

// write writes a message in a frame.
func (c *talk) write(name string, message []byte) *talk {
	return c.writeFrames(name, frame(binaryFrame, message))
}

func (c *talk) writeFrames(name string, frames ...[]byte) *talk {
	return c.then(func(t *talker) {
		for _, f := range frames {
			t.write(name, f)
		}
	})
}

// hear hears a frame on each of these sockets.
func (c *talk) hear(names ...string) *talk {
	return c.then(func(t *talker) {
		for _, name := range names {
			t.hear(name)
		}
	})
}

// drain hears all that there is to hear by now on each of these sockets.
func (c *talk) drain(names ...string) *talk {
	return c.then(func(t *talker) {
		for _, name := range names {
			if t.drain(name) {
				t.note(name, "no more")
			}
		}
	})
}

// receive waits until one of these sockets has a request, and hears all that there is to hear by then.
func (c *talk) receive(names ...string) *talk { return c.then(func(t *talker) { t.receive(names) }) }

// begin has another account send a packet.
func (c *talk) begin(p prepare) *talk {
	return c.then(func(t *talker) {
		s := t.s
		s.label += ", for raw sockets"
		t.preimage, t.sender, t.begun = preimageOf(s.label), p.from, make(chan verdict, 1)
		t.b.peers.begin(t.b.t, "prepare", p.from, map[string]any{"packet": p.packet(t.b, s)}, t.begun)
	})
}

// end waits for what came of that packet.
func (c *talk) end() *talk {
	return c.then(func(t *talker) {
		var r reply
		t.b.peers.end(t.b.t, t.begun, &r)
		t.reply.Entries = append(t.reply.Entries, replyEntry{Name: t.sender, Reply: t.b.normalizeReply(r, t.preimage)})
	})
}

// fulfill answers the last request that the socket heard.
func (c *talk) fulfill(name string) *talk { return c.fulfillOf(name, name) }

// fulfillOf answers on one socket the last request that another one heard.
func (c *talk) fulfillOf(name, other string) *talk {
	return c.respond(name, other, func(t *talker) []byte {
		return envelope(13, append(unhex(t.preimage), octetString(nil)...))
	})
}

// reject rejects the last request that the socket heard.
func (c *talk) reject(name string) *talk { return c.rejectOf(name, name) }

// rejectOf rejects on one socket the last request that another one heard.
func (c *talk) rejectOf(name, other string) *talk {
	return c.respond(name, other, func(*talker) []byte {
		return envelope(14, []byte("F99\x06test.x\x02no\x00"))
	})
}

func (c *talk) respond(name, other string, packet func(t *talker) []byte) *talk {
	return c.then(func(t *talker) {
		id, ok := t.requests[other]
		if !ok {
			t.note(name, "has no request to answer")
			return
		}
		t.write(name, frame(binaryFrame, btp(btpResponse, id, ilp(packet(t)))))
	})
}

// leave closes the WebSocket, with a code if it is not 0, and then the connection.
func (c *talk) leave(name string, code uint16) *talk {
	return c.then(func(t *talker) {
		var payload []byte
		if code != 0 {
			payload = binary.BigEndian.AppendUint16(nil, code)
		}
		t.write(name, frame(closeFrame, payload))
		for t.hear(name) {
		}
		t.gone(name)
	})
}

// drop closes the connection without a word.
func (c *talk) drop(name string) *talk { return c.then(func(t *talker) { t.gone(name) }) }

// gone closes the connection of a socket, and has the connector take notice: it knows of the end before it gets the
// requests that follow, since it has closed its side too.
func (t *talker) gone(name string) {
	if s := t.sockets[name]; s != nil {
		if half, ok := s.conn.(*net.TCPConn); ok && half.CloseWrite() == nil {
			_ = half.SetReadDeadline(time.Now().Add(10 * time.Second))
			_, _ = io.Copy(io.Discard, half)
		}
		s.conn.Close()
		delete(t.sockets, name)
	}
	for range 2 {
		t.b.connector.Admin.exchange(t.b.t, http.MethodGet, "/status", "")
	}
}

// await waits until another account has a request.
func (c *talk) await(account string) *talk {
	return c.then(func(t *talker) { t.b.peers.ask(t.b.t, "awaited", account, map[string]any{"count": 1}, nil) })
}

// release has another account fulfill what it holds back, and waits until its balance has moved.
func (c *talk) release(account string) *talk {
	return c.then(func(t *talker) {
		before := t.b.connector.Admin.balances(t.b.t)[account]
		t.b.peers.ask(t.b.t, "release", account, nil, nil)
		poll(t.b.t, "the fulfillment of "+account, t.b.connector.exited, func() bool {
			return t.b.connector.Admin.balances(t.b.t)[account] != before
		})
	})
}
