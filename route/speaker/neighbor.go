package speaker

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// Neighbor is an account that speaks the routing protocol with us.
type Neighbor struct {
	Account  string
	Relation route.Relation
	// Link takes our requests to it. Its HandlePrepare must not block.
	Link ilp.Handler
	// Send and Receive say whether it is told our routes, and whether we want its.
	Send, Receive bool
	Policy        route.Policy
	// Segment makes the address of a child; see route.ChildAddress.
	Segment string
}

// neighbor is one with its session.
type neighbor struct {
	Neighbor
	place    route.Neighbor
	receiver *Receiver // nil if we do not want its routes
	sender   *Sender   // nil if it is not told ours
	intake   intake
	told     told
	spoke    string       // the address it speaks for, empty while it has not spoken
	up       bool         // its link is connected
	queued   atomic.Int32 // requests of it that wait for the goroutine of the RIB
	log      *slog.Logger
	logged   State // the last one that the log was told
	reported State // and told at a level that is shown
	stuck    bool  // it was told that nothing happens
}

func newNeighbor(n Neighbor, terms Terms, now time.Time, log *slog.Logger) *neighbor {
	nb := &neighbor{Neighbor: n, place: n.Policy.Neighbor(n.Account, n.Relation), log: log.With("account", n.Account)}
	nb.intake.quota.Max = n.Policy.PrefixesMax
	if n.Receive {
		nb.receiver = NewReceiver(terms, now)
	}
	if n.Send {
		nb.sender = NewSender(terms)
	}
	return nb
}

// connect says that the neighbor's link is up, or gone. While our own address is not
// known we do not ask for routes: we could not tell which of them lead through us.
func (s *Speaker) connect(n *neighbor, up bool, now time.Time) {
	n.up = up
	if n.sender != nil {
		if up {
			n.sender.Connect()
		} else {
			n.sender.Disconnect()
		}
	}
	switch {
	case n.receiver == nil:
	case !up:
		s.obey(n, n.receiver.Disconnect(now), nil, now)
	case s.home.Address != "":
		s.obey(n, n.receiver.Connect(now), nil, now)
	}
}

// control takes what a neighbor wants of us.
func (s *Speaker) control(n *neighbor, c *ccp.RouteControl, now time.Time) error {
	if n.sender == nil {
		return notSending
	}
	if n.sender.Control(c, &s.table) && n.receiver != nil {
		n.receiver.Restarted(now)
	}
	n.log.Debug("route control", "mode", c.Mode, "epoch", c.LastKnownEpoch)
	return nil
}

// update takes what a neighbor tells us.
func (s *Speaker) update(n *neighbor, u *ccp.RouteUpdate, now time.Time) error {
	if n.receiver == nil {
		return notReceiving
	}
	if !s.maySpeak(n, u.Speaker) {
		n.receiver.fault = ErrSpeaker.Error() + ": " + u.Speaker
		return ErrSpeaker
	}
	o, err := n.receiver.Update(u, now)
	if err != nil {
		n.receiver.fault = err.Error()
		return err
	}
	if s.options.Spoke != nil && n.spoke != u.Speaker {
		n.spoke = u.Speaker
		s.options.Spoke(n.Account, u.Speaker)
	}
	s.obey(n, o, u, now)
	return nil
}

// maySpeak reports whether a neighbor may have an address. We do not know those of
// most neighbors; but nobody may have ours, and nobody but a child its own.
func (s *Speaker) maySpeak(n *neighbor, address string) bool {
	own := s.table.Address
	if own == "" || !ilp.UnderPrefix(address, own) {
		return true
	}
	return n.Relation == route.ChildRelation && ilp.UnderPrefix(address, route.ChildAddress(own, n.Account, n.Segment))
}

// tick does what is due for a neighbor.
func (s *Speaker) tick(n *neighbor, now time.Time) {
	if n.receiver != nil {
		s.obey(n, n.receiver.Tick(now), nil, now)
	}
	if n.sender != nil {
		allows := func(r *route.Route) bool { return n.Policy.Export(r, n.place) }
		if u, id := n.sender.Next(&s.table, allows, now); u != nil {
			s.send(n, u.Append(nil, s.expiry(now)), answer{speaker: s, neighbor: n, id: id, ofUpdate: true})
		}
	}
}

// clean does for a neighbor what is to be done once in every routeCleanupInterval.
func (s *Speaker) clean(n *neighbor, now time.Time) {
	if n.receiver == nil {
		return
	}
	s.obey(n, n.receiver.Clean(now), nil, now)
	s.changed(n.intake.release(s.rib, n.place, now))
	for r := range n.intake.damping.Kept() {
		if !n.intake.damped {
			n.log.Info("routes that come and go are kept back", "prefix", r.Prefix)
		}
		n.intake.damped = true
		return
	}
	n.intake.damped = false
}

// obey does what a receiver wants done.
func (s *Speaker) obey(n *neighbor, o Order, u *ccp.RouteUpdate, now time.Time) {
	if o.Drop {
		s.changed(n.intake.drop(s.rib, n.Account))
	}
	if o.Demote || o.Restore {
		place := n.place
		if o.Demote {
			place.LocalPreference = lastResort
		}
		s.changed(s.rib.Adjust(place))
	}
	if o.Apply {
		changes, usage := n.intake.apply(s, n, u, now)
		s.changed(changes)
		s.watch(n, usage, now)
	}
	if o.Control != nil {
		s.send(n, o.Control.Append(nil, s.expiry(now)), answer{speaker: s, neighbor: n, id: o.ID})
	}
	n.report(now)
}

// watch tells the operator of a neighbor with many prefixes, and suspends it if they
// are too many.
func (s *Speaker) watch(n *neighbor, usage route.Usage, now time.Time) {
	switch usage {
	case route.Warn:
		s.options.Alert(n.Account, "neighbor tells nearly as many prefixes as routing.maxPrefixes allows")
	case route.Exceeded:
		s.options.Alert(n.Account, "neighbor tells more prefixes than routing.maxPrefixes allows: its routes are suspended")
		s.obey(n, n.receiver.Suspend(now), nil, now)
	}
}

// report tells the log of a state that operators care for, and once of one in which
// nothing happens.
func (n *neighbor) report(now time.Time) {
	state := n.receiver.state
	if n.receiver.Stuck(now) && !n.stuck {
		n.log.Info("route session does not come up", "state", state.String(), "lastError", n.receiver.fault)
		n.stuck = true
	}
	if state == n.logged {
		return
	}
	level := slog.LevelDebug
	switch {
	case state == Established && n.logged == Syncing && n.reported == Established:
		// news have come in two pieces
	case state == Established, state == Stale, state == Suspended, state == Idle && n.logged != Requested:
		level, n.reported, n.stuck = slog.LevelInfo, state, false
	}
	n.log.Log(context.Background(), level, "route session", "state", state.String(), "was", n.logged.String(), "lastError", n.receiver.fault)
	n.logged = state
}

func (n *neighbor) deadline(t *Table) (at time.Time) {
	if n.receiver != nil {
		at = n.receiver.Deadline()
	}
	if n.sender != nil {
		at = earliest(at, n.sender.Deadline(t))
	}
	return at
}
