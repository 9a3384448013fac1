package rspeer

import (
	"slices"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/ilp/ildcp"
)

// Times of the messages about routes.
const (
	holdDown = 30 * time.Second // how long our routes are valid
	lifetime = 30 * time.Second // of a message, which the node shortens to this
)

// configure answers IL-DCP: each account has an address, whatever its relation is.
func (n *Node) configure() ilp.Reply {
	response := ildcp.Response{ClientAddress: n.o.PeerAddress, AssetCode: "XRP", AssetScale: 9}
	return parsed(response.Append(nil))
}

// control answers a request for our routes, and tells them.
func (n *Node) control(prepare ilp.Prepare) ilp.Reply {
	control, err := ccp.ParseRouteControl(&prepare, time.Now().UnixMilli())
	if err != nil {
		return n.reject(ilp.F00, "Invalid route control request")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if control.Mode == ccp.Sync && !n.stopping {
		n.running.Go(func() { n.tell(0) })
	}
	return parsed(ccp.AppendResponse(nil))
}

// update takes the routes of the peer. It takes none of a child.
func (n *Node) update(prepare ilp.Prepare) ilp.Reply {
	if n.o.Relation == Child {
		return n.reject(ilp.F00, "Your route broadcasts are not accepted here")
	}
	update, err := ccp.ParseRouteUpdate(&prepare, time.Now().UnixMilli())
	if err != nil {
		return n.reject(ilp.F00, "Invalid route update request")
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, prefix := range update.WithdrawnRoutes {
		delete(n.learned, prefix)
	}
	for _, r := range update.NewRoutes {
		n.learned[r.Prefix] = slices.Clone(r.Path)
	}
	return parsed(ccp.AppendResponse(nil))
}

// Route returns the path of a route that the peer has told, and whether it has.
func (n *Node) Route(prefix string) (path []string, known bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	path, known = n.learned[prefix]
	return path, known
}

// broadcast asks the peer for its routes once, and tells it ours again and again.
func (n *Node) broadcast() {
	if n.o.Relation != Child {
		control := ccp.RouteControl{Mode: ccp.Sync}
		n.say(control.Append(nil, time.Now().Add(lifetime).UnixMilli()))
	}
	tick := time.NewTicker(n.o.Broadcast)
	defer tick.Stop()
	for from := uint32(0); ; from = 1 {
		n.tell(from)
		select {
		case <-tick.C:
		case <-n.stopped:
			return
		}
	}
}

// tell sends our routes since an epoch. Our own address has an empty path, and the account of the
// peer is a route too.
func (n *Node) tell(from uint32) {
	update := ccp.RouteUpdate{
		RoutingTableID: n.tableID, CurrentEpoch: 1, FromEpoch: from, ToEpoch: 1,
		HoldDownTime: uint32(holdDown.Milliseconds()), Speaker: n.o.Address,
	}
	if from == 0 {
		update.NewRoutes = []ccp.Route{{Prefix: n.o.Address}, {Prefix: n.o.PeerAddress, Path: []string{n.o.Address}}}
	}
	n.say(update.Append(nil, time.Now().Add(lifetime).UnixMilli()))
}

// say sends a message about routes. What the peer answers changes nothing.
func (n *Node) say(packet []byte) {
	prepare, err := ilp.ParsePrepare(packet)
	if err != nil {
		panic("rspeer: " + err.Error())
	}
	_ = n.Pay(prepare)
}

// parsed returns an answer that the node has made.
func parsed(packet []byte) ilp.Reply {
	reply, err := ilp.ParseReply(packet)
	if err != nil {
		panic("rspeer: " + err.Error())
	}
	return reply
}
