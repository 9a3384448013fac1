//go:build linux

package load

import (
	"context"

	"github.com/ilp-go/connector/ilp/btp"
)

// duplex is a client that sends packets and receives others.
type duplex struct {
	out *sender
	in  *receiver
}

// duplexReadBytes is the size of the read buffer of a client that is one of very many.
const duplexReadBytes = 4 << 10

// clientsAtOnce is the number of clients that connect before the load looks after those that are
// connected, so that their pings are answered in time.
const clientsAtOnce = 256

// connectBoth connects a client that is a sender and a receiver.
func (l *Load) connectBoth(ctx context.Context, name string, e Endpoint) error {
	d := &duplex{out: &sender{load: l}, in: l.newReceiver(len(l.receivers), false)}
	c, err := l.connectSized(ctx, name, e, d, duplexReadBytes)
	if err != nil {
		return err
	}
	d.out.client, d.in.client = c, c
	l.senders, l.receivers = append(l.senders, d.out), append(l.receivers, d.in)
	if len(l.senders)%clientsAtOnce == 0 {
		return l.turn(0)
	}
	return nil
}

// receive hands on a packet or an answer.
func (d *duplex) receive(message []byte, now int64) error {
	if len(message) > 0 && btp.Type(message[0]) == btp.TypeMessage {
		return d.in.receive(message, now)
	}
	return d.out.receive(message, now)
}

var _ actor = (*duplex)(nil)
