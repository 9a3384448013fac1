package speaker

import (
	"time"

	"github.com/ilp-go/connector/ilp/ccp"
	"github.com/ilp-go/connector/route"
)

// FeatureBulk is the feature by which a neighbor says that it wants updates as large
// as a packet may be, each as soon as the one before was answered. So a table of
// 100,000 routes is told in a second or two rather than in five minutes. The
// JavaScript reference does not ask for it, and gets what it would send itself.
const FeatureBulk = "ilp-go/bulk"

// updateEntries is the most entries of an update, as in the reference.
const updateEntries = 50

// Sender is the half of a session in which a neighbor is told our routes. Like
// Receiver, it is a machine without a clock and without connections.
//
// It tells nothing until the neighbor asks with a route control. From then on there
// is one update under way at most; its next one begins where the last one that was
// answered with a yes ended. So an update that is refused or lost is told again.
type Sender struct {
	terms     Terms
	connected bool
	mode      ccp.Mode
	bulk      bool

	// How far the neighbor is.
	began   bool
	tableID [16]byte
	cursor  route.Cursor

	asked   bool     // an update is due even without news
	telling exchange // the update that is on its way
	after   route.Cursor
	told    time.Time // when the last one was sent
	retries time.Time // when to try again, zero after a success
	fails   int
	fault   string
}

// Table is what neighbors are told.
type Table struct {
	// ID is the id under which they know the log, unless they had to begin anew.
	ID [16]byte
	// Fresh makes another one.
	Fresh func() [16]byte
	// Foreign says that the id is from a former run: what a neighbor has of it is
	// not in the log.
	Foreign bool

	Log  *route.Log
	View *route.View
	// Address is our own, empty while it is not known and nothing can be told.
	Address string
}

// NewSender is a sender whose neighbor is not connected.
func NewSender(terms Terms) *Sender { return &Sender{terms: terms} }

// Connect says that the neighbor is there. It is told what it asked for, which it may
// have done already.
func (s *Sender) Connect() { s.connected = true }

// Disconnect says that the neighbor is gone. How far it was is remembered, but it has
// to ask again.
func (s *Sender) Disconnect() {
	s.connected, s.mode = false, ccp.Idle
	s.telling.cancel()
}

// Control says what the neighbor wants. anew is true if it has not, or no longer,
// what it got from us.
func (s *Sender) Control(c *ccp.RouteControl, t *Table) (anew bool) {
	s.mode, s.bulk = c.Mode, false
	for _, f := range c.Features {
		s.bulk = s.bulk || f == FeatureBulk
	}
	s.telling.cancel()
	s.asked, s.retries, s.fails, s.fault = true, time.Time{}, 0, ""
	switch id := c.LastKnownRoutingTableID; {
	case s.began && id == s.tableID:
		s.cursor.Epoch = c.LastKnownEpoch
	case id == t.ID && t.Foreign:
		s.begin(t, t.Fresh())
	case id == t.ID:
		s.began, s.tableID, s.cursor = true, id, t.Log.Join(c.LastKnownEpoch)
	default:
		anew = s.began
		s.begin(t, t.ID)
	}
	return anew
}

// Reset begins anew, under the id that the table has now: our address is another one.
func (s *Sender) Reset(t *Table) {
	if s.began {
		s.telling.cancel()
		s.begin(t, t.ID)
	}
}

// Next is the update to send now, nil if there is none to send. Its answer, or that
// there was none, is for Answered under id. allows decides what the neighbor may
// know; what it may not is listed as withdrawn.
func (s *Sender) Next(t *Table, allows func(*route.Route) bool, now time.Time) (u *ccp.RouteUpdate, id uint32) {
	if s.telling.late(now) {
		s.Answered(s.telling.id, errTimeout, now)
	}
	if s.telling.open || !due(s.Deadline(t), now) {
		return nil, 0
	}
	u = s.compose(t, allows)
	s.told, s.asked = now, false
	return u, s.telling.begin(now, s.terms.answer())
}

// Answered says how the update of id was answered: nil for a yes.
func (s *Sender) Answered(id uint32, err error, now time.Time) {
	if !s.telling.ends(id) {
		return
	}
	if err == nil {
		s.cursor, s.retries, s.fails, s.fault = s.after, time.Time{}, 0, ""
		return
	}
	s.fails++
	s.retries, s.fault = now.Add(s.terms.retry(s.fails, s.terms.heartbeat())), err.Error()
}

// Deadline is when to call Next, zero for never.
func (s *Sender) Deadline(t *Table) time.Time {
	switch {
	case s.telling.open:
		return s.telling.deadline()
	case s.mode != ccp.Sync || !s.connected || t.Address == "":
		return time.Time{}
	case !s.retries.IsZero():
		return s.retries
	case s.asked:
	case s.cursor.Epoch == t.Log.Epoch():
		return s.told.Add(s.terms.heartbeat())
	case s.bulk:
		return s.told.Add(1) // not zero, which is never
	}
	return s.told.Add(updateSpacing)
}

// Follows reports whether the neighbor is told what is new, and up to which epoch of
// the log it is.
func (s *Sender) Follows() (epoch uint32, ok bool) {
	return s.cursor.Epoch, s.connected && s.mode == ccp.Sync && s.began
}

// compose is the next update, and sets after to where it ends.
func (s *Sender) compose(t *Table, allows func(*route.Route) bool) *ccp.RouteUpdate {
	most := updateEntries
	if s.bulk {
		most = ccp.RoutesMax
	}
	updates, next, ok := t.Log.Since(s.cursor, most)
	if !ok { // we cannot tell any more what it should forget
		s.begin(t, t.Fresh())
		updates, next, _ = t.Log.Since(s.cursor, most)
	}
	b := ccp.NewUpdateBuilder(ccp.RouteUpdate{
		RoutingTableID: s.tableID,
		CurrentEpoch:   t.Log.Epoch(),
		FromEpoch:      s.cursor.Epoch,
		HoldDownTime:   milliseconds(s.terms.Expiry),
		Speaker:        t.Address,
	})
	for _, u := range updates {
		if !s.tell(b, t, u, allows) {
			next.Epoch = u.Epoch // the rest is for the next update
			break
		}
	}
	s.after = next
	b.ToEpoch = next.Epoch
	return &b.RouteUpdate
}

// tell adds a word to an update. It reports false if there is no room.
func (s *Sender) tell(b *ccp.UpdateBuilder, t *Table, u route.Update, allows func(*route.Route) bool) bool {
	if u.Route != nil && allows(u.Route) {
		r := t.View.Announcement(u.Route)
		if b.Announce(ccp.Route{Prefix: r.Prefix, Path: r.Path, Auth: r.Auth}) {
			return true
		}
		if !b.Empty() {
			return false
		} // its path alone is too long for a packet
	}
	return b.Withdraw(u.Prefix)
}

func (s *Sender) begin(t *Table, id [16]byte) {
	s.began, s.tableID, s.cursor = true, id, t.Log.Begin()
}

func milliseconds(d time.Duration) uint32 {
	return uint32(min(max(d.Milliseconds(), 0), 1<<32-1))
}
