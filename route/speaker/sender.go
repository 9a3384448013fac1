package speaker

import (
	"time"

	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// featureBulk is the feature of a route control that asks for updates as large as a packet
// may be, each as soon as the one before was answered. So a table of 100,000 routes takes
// a second or two instead of five minutes. The JavaScript reference does not ask for
// it, and gets updates as it would send them itself.
const featureBulk = "ilp-go/bulk"

// updateEntries bounds the entries of an update, as in the reference.
const updateEntries = 50

// sender is the half of a session in which we advertise our routes to a neighbor. Like
// receiver, it is a pure state machine without a clock and without connections.
//
// It sends nothing until the neighbor asks with a route control, unless it is unasked. From
// then on one update is open at most, and the next one begins where the last accepted one
// ended. So an update that is refused or lost is sent again.
type sender struct {
	timers    Timers
	unasked   bool // begin as soon as the neighbor is connected
	connected bool
	mode      ccp.Mode
	bulk      bool

	// How far the neighbor has received our routes.
	started bool
	known   bool // it has asked, or accepted an update
	tableID [16]byte
	cursor  route.Cursor

	wanted   bool         // an update is due even without changes
	request  exchange     // the open update
	next     route.Cursor // after the open update
	sentAt   time.Time    // when the last one was sent
	retryAt  time.Time    // when to try again, zero after a success
	failures int
	fault    string // the last error
}

// ribOut holds the routes that we advertise to all neighbors, before the policy of each
// (BGP's Adj-RIB-Out).
type ribOut struct {
	// ID is the table id of the log. Neighbors that must begin anew have ids of their own.
	ID [16]byte
	// NewID makes another id.
	NewID func() [16]byte
	// Reused says that a former run used the id: updates that a neighbor received under
	// it then are not in the log.
	Reused bool

	Log  *route.Log
	View *route.View
	// Address is our own. While it is unknown it is empty, and we advertise nothing.
	Address string
}

// newSender returns a sender to a neighbor that is not connected.
func newSender(timers Timers) *sender { return &sender{timers: timers} }

// Connect says that the neighbor is connected. It may have asked for routes already.
func (s *sender) Connect(out *ribOut) {
	s.connected = true
	if !s.unasked || s.mode == ccp.Sync {
		return
	}
	s.mode, s.wanted = ccp.Sync, true
	switch {
	case s.started:
	case out.Reused:
		s.begin(out, out.NewID())
	default:
		s.begin(out, out.ID)
	}
}

// Disconnect says that the neighbor is disconnected. Its cursor stays, but the neighbor has
// to ask again.
func (s *sender) Disconnect() {
	s.connected, s.mode = false, ccp.Idle
	s.request.cancel()
}

// Control handles a route control of the neighbor. restarted is true if the neighbor does
// not have the table that we sent it before.
func (s *sender) Control(c *ccp.RouteControl, out *ribOut) (restarted bool) {
	s.mode, s.bulk = c.Mode, false
	for _, f := range c.Features {
		s.bulk = s.bulk || f == featureBulk
	}
	s.request.cancel()
	s.wanted, s.retryAt, s.failures, s.fault = true, time.Time{}, 0, ""
	switch id := c.LastKnownRoutingTableID; {
	case s.started && id == s.tableID:
		s.cursor.Epoch = c.LastKnownEpoch
	case id == out.ID && out.Reused:
		s.begin(out, out.NewID())
	case id == out.ID:
		s.started, s.tableID, s.cursor = true, id, out.Log.Join(c.LastKnownEpoch)
	default:
		restarted = s.known
		s.begin(out, out.ID)
	}
	s.known = true
	return restarted
}

// Reset begins anew, under the present id: our address has changed.
func (s *sender) Reset(out *ribOut) {
	if s.started {
		s.request.cancel()
		s.begin(out, out.ID)
	}
}

// Next returns the update to send now, nil if none is due. Pass the answer to Answered
// under id. exports decides which routes the neighbor may have; the update lists the
// others as withdrawn.
func (s *sender) Next(out *ribOut, exports func(*route.Route) bool, now time.Time) (u *ccp.RouteUpdate, id uint32) {
	if s.request.late(now) {
		s.Answered(s.request.id, errTimeout, now)
	}
	if s.request.open || !due(s.Deadline(out), now) {
		return nil, 0
	}
	u = s.compose(out, exports)
	s.sentAt, s.wanted = now, false
	return u, s.request.begin(now, s.timers.timeout())
}

// Answered handles the answer to the update of id: nil if the neighbor accepted it.
func (s *sender) Answered(id uint32, err error, now time.Time) {
	if !s.request.end(id) {
		return
	}
	if err == nil {
		s.known = true
		s.cursor, s.retryAt, s.failures, s.fault = s.next, time.Time{}, 0, ""
		return
	}
	s.failures++
	s.retryAt, s.fault = now.Add(s.timers.retry(s.failures, s.timers.heartbeat())), err.Error()
}

// Deadline returns when to call Next, zero for never.
func (s *sender) Deadline(out *ribOut) time.Time {
	switch {
	case s.request.open:
		return s.request.deadline()
	case s.mode != ccp.Sync || !s.connected || out.Address == "":
		return time.Time{}
	case !s.retryAt.IsZero():
		return s.retryAt
	case s.wanted:
	case s.cursor.Epoch == out.Log.Epoch():
		return s.sentAt.Add(s.timers.heartbeat())
	case s.bulk:
		return s.sentAt.Add(1) // not zero, which is never
	}
	return s.sentAt.Add(updateSpacing)
}

// Follows reports whether the neighbor receives our changes, and returns its epoch in the
// log.
func (s *sender) Follows() (epoch uint32, ok bool) {
	return s.cursor.Epoch, s.connected && s.mode == ccp.Sync && s.started
}

// compose returns the next update, and sets s.next to the cursor after it.
func (s *sender) compose(out *ribOut, exports func(*route.Route) bool) *ccp.RouteUpdate {
	most := updateEntries
	if s.bulk {
		most = ccp.RoutesMax
	}
	updates, next, ok := out.Log.Since(s.cursor, most)
	if !ok { // the log lacks withdrawals that the neighbor needs
		s.begin(out, out.NewID())
		updates, next, _ = out.Log.Since(s.cursor, most)
	}
	b := ccp.NewUpdateBuilder(ccp.RouteUpdate{
		RoutingTableID: s.tableID,
		CurrentEpoch:   out.Log.Epoch(),
		FromEpoch:      s.cursor.Epoch,
		HoldDownTime:   milliseconds(s.timers.Expiry),
		Speaker:        out.Address,
	})
	for _, u := range updates {
		if !s.add(b, out, u, exports) {
			next.Epoch = u.Epoch // the rest is for the next update
			break
		}
	}
	s.next = next
	b.ToEpoch = next.Epoch
	return &b.RouteUpdate
}

// add adds an entry to an update. It reports false if there is no room.
func (s *sender) add(b *ccp.UpdateBuilder, out *ribOut, u route.Update, exports func(*route.Route) bool) bool {
	if u.Route != nil && exports(u.Route) {
		r := out.View.Announcement(u.Route)
		if b.Announce(ccp.Route{Prefix: r.Prefix, Path: r.Path, Auth: r.Auth}) {
			return true
		}
		if !b.Empty() {
			return false
		} // the path alone is too long for a packet
	}
	return b.Withdraw(u.Prefix)
}

func (s *sender) begin(out *ribOut, id [16]byte) {
	s.started, s.tableID, s.cursor = true, id, out.Log.Begin()
}

func milliseconds(d time.Duration) uint32 {
	return uint32(min(max(d.Milliseconds(), 0), 1<<32-1))
}
