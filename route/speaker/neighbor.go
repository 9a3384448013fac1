package speaker

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/ilp"
	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// Neighbor is an account that exchanges routes with us.
type Neighbor struct {
	Account  string
	Relation account.Relation
	// Link takes our requests to it. Its HandlePrepare must not block.
	Link ilp.Handler
	// Send and Receive say whether we advertise our routes to it, and whether we accept
	// its routes.
	Send, Receive bool
	// Unasked says that its link has no connection, as over HTTP. The neighbor does not see
	// when we restart or cannot be reached, so it asks for our routes only when it starts
	// itself. We send them as soon as its link is up.
	Unasked bool
	Policy  route.Policy
	// Segment is a part of the address of a child; see route.ChildAddress.
	Segment string
}

// neighbor is a Neighbor with its session.
type neighbor struct {
	Neighbor
	inRIB      route.Neighbor
	receiver   *receiver // nil if we do not accept its routes
	sender     *sender   // nil if we do not advertise ours
	importer   importer
	advertised advertised
	postponed  action       // for Run
	address    string       // the last speaker of its updates, empty before the first
	connected  bool         // its link is up
	queued     atomic.Int32 // its requests in the inbox
	log        *slog.Logger
	logged     State     // the last state in the log
	shown      State     // the last one at level info
	stuck      bool      // the log says that the session does not come up
	quietUntil time.Time // until then, logState tells operators less
	alerted    bool      // there may be an alert about its prefixes, of a former run too
}

func newNeighbor(n Neighbor, timers Timers, now time.Time, log *slog.Logger) *neighbor {
	nb := &neighbor{Neighbor: n, inRIB: n.Policy.Neighbor(n.Account, n.Relation), log: log.With("account", n.Account), alerted: true}
	nb.importer.quota.Max, nb.importer.damping.Off = n.Policy.PrefixesMax, n.Policy.Undamped
	if n.Receive {
		nb.receiver = newReceiver(timers, now)
	}
	if n.Send {
		nb.sender = newSender(timers)
		nb.sender.unasked = n.Unasked
	}
	return nb
}

// hides reports whether the neighbor's policy hides any prefix from it.
func (n *neighbor) hides() bool {
	return n.sender != nil && len(n.Policy.ExportAllow)+len(n.Policy.ExportDeny) > 0
}

// control handles a route control of a neighbor.
func (s *Speaker) control(n *neighbor, c *ccp.RouteControl, now time.Time) error {
	if n.sender == nil {
		return notSending
	}
	if n.sender.Control(c, &s.out) && n.receiver != nil {
		n.receiver.Restarted(now)
	}
	n.log.Debug("route control", "mode", c.Mode, "epoch", c.LastKnownEpoch)
	return nil
}

// update handles a route update of a neighbor.
func (s *Speaker) update(n *neighbor, u *ccp.RouteUpdate, now time.Time) error {
	if n.receiver == nil {
		return notReceiving
	}
	if !s.maySpeak(n, u.Speaker) {
		n.receiver.fail(errSpeaker.Error() + ": " + u.Speaker)
		return errSpeaker
	}
	a, err := n.receiver.Update(u, now)
	if err != nil {
		n.receiver.fail(err.Error())
		return err
	}
	if s.options.SetAddress != nil && n.address != u.Speaker {
		n.address = u.Speaker
		s.options.SetAddress(n.Account, u.Speaker)
	}
	s.perform(n, a, u, now)
	return nil
}

// maySpeak reports whether a neighbor may have an address. We do not know the addresses of
// most neighbors, but none may have ours, and only a child may have one below ours: its own.
func (s *Speaker) maySpeak(n *neighbor, address string) bool {
	own := s.out.Address
	if own == "" || !ilp.UnderPrefix(address, own) {
		return true
	}
	return n.Relation == account.Child && ilp.UnderPrefix(address, route.ChildAddress(own, n.Account, n.Segment))
}

// runReceiver does what is due for the routes of a neighbor. clean is true once in every
// routeCleanupInterval.
func (s *Speaker) runReceiver(n *neighbor, clean bool) {
	now := time.Now()
	if clean {
		s.perform(n, n.receiver.Clean(now), nil, now)
		s.follow(n.importer.release(s, n, now))
		n.logDamping()
	}
	if s.current(n) && due(n.receiver.Deadline(), now) {
		s.perform(n, n.receiver.Tick(now), nil, now)
	}
}

// runSender sends a neighbor the update that is due.
func (s *Speaker) runSender(n *neighbor) {
	now := time.Now()
	if !due(n.sender.Deadline(&s.out), now) {
		return
	}
	exports := func(r *route.Route) bool { return n.Policy.Export(r, n.inRIB) }
	if u, id := n.sender.Next(&s.out, exports, now); u != nil {
		s.send(n, u.Append(nil, expiry(now)), answer{speaker: s, neighbor: n, id: id, ofUpdate: true})
	}
}

// perform performs the action that a receiver returned, for the update u if it applies one.
// Only Run calls it. The neighbor may be removed in a pause; then the rest is left out.
func (s *Speaker) perform(n *neighbor, a action, u *ccp.RouteUpdate, now time.Time) {
	if a.Drop {
		n.importer.clear()
		s.follow(s.rib.Drop(n.Account))
	}
	if (a.Demote || a.Restore) && s.current(n) {
		adjusted := n.inRIB
		if a.Demote {
			adjusted.LocalPreference = lastResort
		}
		s.follow(s.rib.Adjust(adjusted))
	}
	if a.Apply && s.current(n) {
		s.follow(n.importer.learn(s, n, u, now))
	}
	if a.Release && s.current(n) {
		s.follow(n.importer.release(s, n, now))
		n.logDamping()
	}
	if !s.current(n) {
		return
	}
	if a.Apply {
		s.enforceQuota(n, now)
	}
	if a.Control != nil {
		s.send(n, a.Control.Append(nil, expiry(now)), answer{speaker: s, neighbor: n, id: a.ID})
	}
	s.resolveQuota(n)
	n.logState(now)
}

// KindPrefixes is the kind of the alerts about the prefixes of a neighbor.
const KindPrefixes = "prefixes"

// What those alerts say.
const (
	alertPrefixesMany    = "neighbor announces nearly as many prefixes as routing.maxPrefixes allows"
	alertPrefixesTooMany = "neighbor announces more prefixes than routing.maxPrefixes allows: its routes are suspended"
)

// enforceQuota warns the operator of a neighbor with many prefixes, and suspends a neighbor
// with too many.
func (s *Speaker) enforceQuota(n *neighbor, now time.Time) {
	switch n.importer.usage {
	case route.Warn:
		s.alertQuota(n, alertPrefixesMany)
	case route.Exceeded:
		s.alertQuota(n, alertPrefixesTooMany)
		s.perform(n, n.receiver.Suspend(now), nil, now)
	}
}

func (s *Speaker) alertQuota(n *neighbor, message string) {
	n.alerted = true
	s.options.Alert(n.Account, KindPrefixes, message)
}

// resolveQuota ends the alert about the prefixes of a neighbor once it announces fewer, or
// none. After a suspension that is known when the whole table has come again.
func (s *Speaker) resolveQuota(n *neighbor) {
	over := false
	switch n.receiver.state {
	case Established:
		n.importer.quota.Note(s.rib.Learned(n.Account)) // withdrawals count
		over = !n.importer.quota.Warned()
	case Idle, Declined:
		over = true
	}
	if over && n.alerted {
		n.alerted = false
		s.options.Resolved(n.Account, KindPrefixes)
	}
}

// stateQuiet is for how long a session that comes back is not logged at level info again: a
// neighbor can lose an update, or say so, thousands of times.
const stateQuiet = 10 * time.Second

// logState logs a change of the state, at level info if it concerns operators. It also
// logs once that a session does not come up.
func (n *neighbor) logState(now time.Time) {
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
	case state == Established && n.logged == Syncing && n.shown == Established:
		// an update came in two parts
	case state == Established && n.logged == Requested && now.Before(n.quietUntil):
		// the neighbor makes us ask again and again
	case state == Established, state == Stale, state == Suspended, state == Idle && n.logged != Requested:
		level, n.shown, n.stuck = slog.LevelInfo, state, false
		n.quietUntil = now.Add(stateQuiet)
	}
	n.log.Log(context.Background(), level, "route session", "state", state.String(), "was", n.logged.String(), "lastError", n.receiver.fault)
	n.logged = state
}

// logDamping logs once that routes are suppressed.
func (n *neighbor) logDamping() {
	damped := false
	for r := range n.importer.damping.Suppressed() {
		if damped = true; !n.importer.damped {
			n.log.Info("flapping routes are suppressed", "prefix", r.Prefix)
		}
		break
	}
	n.importer.damped = damped
}

func (n *neighbor) deadline(out *ribOut) (at time.Time) {
	if n.receiver != nil {
		at = n.receiver.Deadline()
	}
	if n.sender != nil {
		at = earliest(at, n.sender.Deadline(out))
	}
	return at
}
