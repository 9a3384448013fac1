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

// Neighbor speaks CCP. It fulfills the route control that asks for its routes. It then sends its
// updates one at a time, each when the one before was fulfilled. It also receives the packets that
// its routes attract.
type Neighbor struct {
	receiver
	asked   bool
	updates [][]byte // Prepares to send
	waiting bool     // an update has no answer yet
	id      uint32   // of that update
	since   int64    // when Tell was called last
	until   int64    // when the last update was fulfilled
}

// errNoControl says that the process under test did not ask for routes.
var errNoControl = errors.New("the process under test never asked its neighbor for routes (peer.route.control)")

// AwaitAsked waits until the process has asked the neighbor for its routes.
func (l *Load) AwaitAsked(ctx context.Context, n *Neighbor, patience time.Duration) error {
	err := l.await(ctx, patience, "a route control", func() bool { return n.asked })
	if errors.Is(err, errPatience) {
		return errNoControl
	}
	return err
}

// Tell queues updates, which are encoded Prepares.
func (n *Neighbor) Tell(updates [][]byte) error {
	n.updates = append(n.updates, updates...)
	n.since = n.load.clock()
	if n.waiting {
		return nil
	}
	n.tellNext()
	return n.flush()
}

// Told reports whether the process has fulfilled all updates.
func (n *Neighbor) Told() bool { return !n.waiting && len(n.updates) == 0 }

// Took returns the time from the last Tell until all its updates were fulfilled.
func (n *Neighbor) Took() time.Duration { return time.Duration(n.until - n.since) }

// AwaitTold waits until the process has fulfilled all updates.
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

// receive handles a route request, a packet, or the answer to an update.
func (n *Neighbor) receive(message []byte, now int64) error {
	p, err := btp.Parse(message)
	if err != nil {
		return err
	}
	if p.Type != btp.TypeMessage {
		return n.answered(&p, now)
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
		n.accept(p.RequestID)
	case ccp.UpdateDestination:
		n.accept(p.RequestID)
	default:
		return n.answer(n.client, p.RequestID, &prepare)
	}
	return nil
}

// accept answers a request of CCP.
func (n *Neighbor) accept(id uint32) {
	frame := btp.AppendILP(nil, btp.TypeResponse, id, ccp.AppendResponse(nil))
	n.out = websocket.AppendFrame(n.out, websocket.Client, websocket.Binary, frame)
}

// answered handles the answer to an update.
func (n *Neighbor) answered(p *btp.Packet, now int64) error {
	if !n.waiting || p.RequestID != n.id {
		return errNoRequest
	}
	entry, _ := p.First(btp.ILP)
	reply, err := ilp.ParseReply(entry.Data)
	if err == nil {
		err = ccp.CheckResponse(reply)
	}
	if err != nil {
		return fmt.Errorf("the process did not take a route update: %w", err)
	}
	n.waiting, n.until = false, now
	n.tellNext()
	return nil
}

var _ actor = (*Neighbor)(nil)
