//go:build linux

package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/btp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/link/websocket"
)

// Neighbor speaks CCP: it fulfills the route control that asks for its routes, and
// sends its updates one at a time, each when the one before was fulfilled. It is a
// receiver as well, of the packets that its routes attract.
type Neighbor struct {
	receiver
	asked   bool
	updates [][]byte // Prepares that wait to be sent
	waiting bool     // for the answer to one
	id      uint32
	since   int64 // when Tell was called last, and
	until   int64 // when the last update was fulfilled
}

// ErrUnasked says that the process under test did not ask for routes.
var ErrUnasked = errors.New("the process under test never asked its neighbor for routes (peer.route.control)")

// AwaitAsked waits until the neighbor was asked for its routes.
func (l *Load) AwaitAsked(ctx context.Context, n *Neighbor, patience time.Duration) error {
	err := l.await(ctx, patience, "a route control", func() bool { return n.asked })
	if errors.Is(err, errPatience) {
		return ErrUnasked
	}
	return err
}

// Tell sends updates, encoded Prepares, behind those that wait.
func (n *Neighbor) Tell(updates [][]byte) error {
	n.updates = append(n.updates, updates...)
	n.since = n.load.clock()
	if n.waiting {
		return nil
	}
	n.tellNext()
	return n.flush()
}

// Told reports whether all updates were sent and fulfilled.
func (n *Neighbor) Told() bool { return !n.waiting && len(n.updates) == 0 }

// Took is how long the updates of the last Tell took until all were fulfilled.
func (n *Neighbor) Took() time.Duration { return time.Duration(n.until - n.since) }

// AwaitTold waits until all updates were fulfilled.
func (l *Load) AwaitTold(ctx context.Context, n *Neighbor, patience time.Duration) error {
	return l.await(ctx, patience, "the route updates to be fulfilled", n.Told)
}

func (n *Neighbor) tellNext() {
	if len(n.updates) == 0 {
		return
	}
	n.id++
	n.waiting = true
	frame := btp.AppendILP(nil, btp.TypeMessage, n.id, n.updates[0])
	n.out = websocket.AppendFrame(n.out, websocket.Client, websocket.Binary, frame)
	n.updates = n.updates[1:]
}

// receive takes a request, a packet, or the answer to an update.
func (n *Neighbor) receive(message []byte, now int64) error {
	p, err := btp.Parse(message)
	if err != nil {
		return err
	}
	if p.Type != btp.TypeMessage {
		return n.heard(&p, now)
	}
	entry, _ := p.Last(btp.ILP)
	prepare, err := ilp.ParsePrepare(entry.Data)
	if err != nil {
		return err
	}
	switch string(prepare.Destination()) {
	case ccp.ControlDestination:
		control, err := ccp.ParseRouteControl(&prepare, n.load.wall())
		if err != nil {
			return err
		}
		n.asked = control.Mode == ccp.Sync
		n.fulfill(p.RequestID)
	case ccp.UpdateDestination:
		n.fulfill(p.RequestID)
	default:
		return n.answer(p.RequestID, &prepare)
	}
	return nil
}

// fulfill answers a request of the protocol.
func (n *Neighbor) fulfill(id uint32) {
	frame := btp.AppendILP(nil, btp.TypeResponse, id, ccp.AppendResponse(nil))
	n.out = websocket.AppendFrame(n.out, websocket.Client, websocket.Binary, frame)
}

// heard takes the answer to an update.
func (n *Neighbor) heard(p *btp.Packet, now int64) error {
	if !n.waiting || p.RequestID != n.id {
		return errUnasked
	}
	entry, _ := p.First(btp.ILP)
	reply, err := ilp.ParseReply(entry.Data)
	if err == nil {
		err = ccp.CheckResponse(reply)
	}
	if err != nil {
		return fmt.Errorf("a route update was not taken: %w", err)
	}
	n.waiting, n.until = false, now
	n.tellNext()
	return nil
}

var _ actor = (*Neighbor)(nil)
