package speaker

import (
	"errors"
	"time"

	"github.com/ilp-go/connector/ilp/ccp"
)

// receiver is the half of a session in which a neighbor announces its routes. It is
// a pure state machine without a clock and without connections: each method takes an
// event and its time, and returns the action to perform. Its states are drawn at State.
type receiver struct {
	timers    Timers
	connected bool
	state     State
	since     time.Time

	// What we have received.
	tableID [16]byte
	speaker string // the address that announces the table, empty while we have none
	epoch   uint32 // of the first update that we lack

	expires   time.Time // when the routes are too old, zero before the first update
	estimated bool      // expires is our own estimate, until the neighbor announces it
	dropAt    time.Time // when the routes are dropped unless the neighbor confirms them, or zero
	silences  int       // how often it was silent since it last kept its hold-down time
	resumeAt  time.Time // when the suspension ends

	request  exchange  // the open control
	asked    bool      // a control was sent on this connection
	askAt    time.Time // when to send the next control, zero for never
	idle     bool      // the next control says that we want no updates
	failures int       // controls refused in a row, and gaps
	declined int       // controls that were declined on this connection
	fault    string    // the last error
	failing  bool      // fault is of this connection
	whole    bool      // we have had all of its routes on this connection
}

// action is what to do after an event of a receiver, in this order.
type action struct {
	// Drop: drop all routes of the neighbor.
	Drop bool
	// Demote: prefer the routes of all others. Restore: give the neighbor's routes their
	// preference again.
	Demote, Restore bool
	// Apply: learn the routes of the update.
	Apply bool
	// Release: learn the routes that damping does not hold back any more.
	Release bool
	// Control: send it, and pass the answer to Answered under ID.
	Control *ccp.RouteControl
	ID      uint32
}

// Errors about an update, for the neighbor.
var (
	// errEpochs says that the epochs of an update contradict each other.
	errEpochs = errors.New("route update has impossible epochs")
	// errSpeaker says that the speaker of an update has an address that the neighbor may
	// not have.
	errSpeaker = errors.New("route update has the wrong speaker")
	// errSuspended says that the neighbor announced too many prefixes.
	errSuspended = errors.New("routes are suspended after too many prefixes")
	// errTimeout says that a request was not answered.
	errTimeout = errors.New("no answer")
	// errSilent says that the hold-down time has passed without an update.
	errSilent = errors.New("silent for longer than its hold-down time")
)

// newReceiver returns a receiver of a neighbor that is not connected.
func newReceiver(timers Timers, now time.Time) *receiver {
	return &receiver{timers: timers, since: now}
}

// Connect says that the neighbor is connected, or connected anew. Its routes stay the last
// resort until it confirms them: it may have been restarted and have no routes yet.
func (r *receiver) Connect(now time.Time) (a action) {
	r.connected = true
	if r.hasTable() {
		a.Demote = r.dropAt.IsZero()
		r.dropAt = now.Add(r.timers.grace())
	}
	r.failures, r.asked, r.declined, r.failing, r.whole = 0, false, 0, false, false
	r.request.cancel()
	if r.state != Suspended {
		r.enter(Requested, now)
		r.ask(now.Add(controlDelay))
	}
	return a
}

// Disconnect says that the neighbor is disconnected. Its routes stay for a moment, as the
// last resort.
func (r *receiver) Disconnect(now time.Time) (a action) {
	if !r.connected {
		return a
	}
	r.connected = false
	r.request.cancel()
	r.askAt = time.Time{}
	switch {
	case r.state == Suspended:
	case !r.hasTable():
		r.enter(Idle, now)
	default:
		r.enter(Stale, now)
		r.dropAt, a.Demote = now.Add(r.timers.grace()), true
	}
	return a
}

// Update handles an update of the neighbor. After an error, which is for the neighbor,
// nothing has changed.
func (r *receiver) Update(u *ccp.RouteUpdate, now time.Time) (a action, err error) {
	known := r.hasTable() && u.RoutingTableID == r.tableID
	renamed := known && u.Speaker != r.speaker // interledger-rs keeps its table when it learns its address
	switch {
	case r.state == Suspended:
		return a, errSuspended
	case u.FromEpoch > u.ToEpoch || u.ToEpoch > u.CurrentEpoch:
		return a, errEpochs
	case !known || renamed: // a new table replaces all routes of the old one
		a.Drop = r.hasTable()
		r.tableID, r.speaker, r.epoch = u.RoutingTableID, u.Speaker, 0
	}
	if expires := now.Add(r.timers.holdDown(u.HoldDownTime)); r.estimated || expires.After(r.expires) {
		r.expires, r.estimated = expires, false
	}
	switch {
	case u.FromEpoch > r.epoch: // a gap: we have missed an update
		r.enter(Requested, now)
		r.askAgain(now)
		if renamed && r.failures <= 1 {
			r.ask(now) // it is no fault, so do not wait
		}
	case u.ToEpoch < r.epoch: // older than what we have
	default:
		a.Apply = true
		a.Restore = r.connected && !r.dropAt.IsZero()
		if r.connected {
			r.dropAt = time.Time{}
		}
		if r.state == Established {
			r.silences = 0
		}
		r.epoch, r.failures = u.ToEpoch, 0
		if r.silences <= 1 {
			r.fail("")
		}
		if r.asked {
			r.askAt = time.Time{} // it sends all updates by itself
		}
		if u.ToEpoch == u.CurrentEpoch {
			r.enter(Established, now)
		} else {
			r.enter(Syncing, now)
		}
	}
	return a, nil
}

// Restarted says that the neighbor asked for our routes from the beginning, so it has
// probably been restarted and does not know that we want its routes.
func (r *receiver) Restarted(now time.Time) {
	if r.connected && (r.state == Established || r.state == Syncing || r.state == Declined) {
		r.ask(now.Add(controlDelay))
	}
}

// Reset drops the table of the neighbor, because our address has changed.
func (r *receiver) Reset() action {
	r.forget()
	return action{Drop: true}
}

// Answered handles the answer to the control of id: nil if the neighbor agreed.
func (r *receiver) Answered(id uint32, err error, now time.Time) {
	if !r.request.end(id) {
		return
	}
	switch {
	case err == nil && (r.state == Requested || r.state == Stale || r.state == Declined):
		r.enter(Syncing, now)
		r.fail("")
		if expires := now.Add(r.timers.expiry()); expires.After(r.expires) {
			r.expires, r.estimated = expires, true // if no update comes, we ask again
		}
	case err != nil && r.state != Suspended:
		r.fail(explain(err))
		if declines(err) {
			r.enter(Declined, now)
			r.askDeclined(err, now)
			return
		}
		if r.state == Declined {
			r.enter(Requested, now)
		}
		r.askAgain(now)
	}
}

// Suspend says that the neighbor announced too many prefixes.
func (r *receiver) Suspend(now time.Time) (a action) {
	r.enter(Suspended, now)
	r.forget()
	r.fail(errSuspended.Error())
	r.resumeAt = now.Add(suspension)
	r.request.cancel()
	r.askAt, r.idle = now, true
	return action{Drop: true}
}

// Resume lets the suspension end at the next Tick, and reports whether there is one.
func (r *receiver) Resume(now time.Time) bool {
	if r.state != Suspended {
		return false
	}
	r.request.cancel() // that says we want no updates; its answer must not count for the next one
	r.resumeAt = now
	return true
}

// Tick does what is due. Call it when Deadline has come; it does no harm at other times.
func (r *receiver) Tick(now time.Time) (a action) {
	if due(r.dropAt, now) {
		a.Drop = true
		r.forget()
		if !r.connected {
			r.enter(Idle, now)
		}
	}
	if due(r.resumeAt, now) {
		r.resumeAt, r.idle = time.Time{}, false
		r.fail("")
		r.enter(Idle, now)
		if r.connected {
			r.enter(Requested, now)
			r.ask(now)
		}
	}
	if r.request.late(now) {
		r.Answered(r.request.id, errTimeout, now)
	}
	if r.connected && !r.request.open && due(r.askAt, now) {
		a.Control, a.ID = r.control(now)
	}
	return a
}

// Clean drops the routes of a neighbor that has been silent for too long, and asks
// for them again. Call it once in every routeCleanupInterval.
func (r *receiver) Clean(now time.Time) (a action) {
	if !due(r.expires, now) || !r.connected {
		return a // without a connection, dropAt decides
	}
	a.Drop = r.hasTable()
	r.forget()
	r.enter(Stale, now)
	r.fail(errSilent.Error())
	if r.silences++; !r.request.open { // a hold-down time that is too short makes it silent again and again
		r.ask(now.Add(r.timers.retry(r.silences, retryMax) - r.timers.retry(1, retryMax)))
	}
	return a
}

// Deadline returns when to call Tick, zero for never.
func (r *receiver) Deadline() time.Time {
	askAt := r.askAt
	if r.request.open || !r.connected {
		askAt = time.Time{}
	}
	return earliest(r.dropAt, r.resumeAt, r.request.deadline(), askAt)
}

// control returns the control to send now, and its id.
func (r *receiver) control(now time.Time) (*ccp.RouteControl, uint32) {
	r.askAt, r.asked = time.Time{}, true
	c := &ccp.RouteControl{Mode: ccp.Sync, LastKnownRoutingTableID: r.tableID, LastKnownEpoch: r.epoch, Features: []string{featureBulk}}
	if r.idle {
		c.Mode, r.idle = ccp.Idle, false
	}
	return c, r.request.begin(now, r.timers.timeout())
}

// ask plans a control, unless one is planned for an earlier time.
func (r *receiver) ask(at time.Time) { r.askAt = earliest(r.askAt, at) }

// askAgain plans another control after one that failed.
func (r *receiver) askAgain(now time.Time) {
	if !r.askAt.IsZero() {
		return
	}
	r.failures++
	r.ask(now.Add(r.timers.retry(r.failures, retryMax)))
}

// askDeclined plans another control after one that was declined, unless one is planned. A
// JavaScript connector that is not ready says that we are no peer, too. So it is asked a few
// times more on a connection before we believe it.
func (r *receiver) askDeclined(err error, now time.Time) {
	wait := declinedWait
	switch {
	case !saysNoPeer(err): // it is certain
		r.declined = len(declinedDoubts)
	case r.declined < len(declinedDoubts):
		wait = declinedDoubts[r.declined]
		r.declined++
	}
	r.failures = 0
	if r.askAt.IsZero() {
		r.ask(now.Add(r.timers.jittered(wait)))
	}
}

// declines reports whether a neighbor refuses a control because of its configuration, in the
// words of the reference.
func declines(err error) bool {
	r, ok := errors.AsType[*ccp.RejectedError](err)
	return ok && r.Message == string(notSending) || saysNoPeer(err)
}

// saysNoPeer reports whether a neighbor refuses a control because we are no peer of it.
func saysNoPeer(err error) bool {
	r, ok := errors.AsType[*ccp.RejectedError](err)
	return ok && r.Message == string(controlFromNonPeer)
}

// fail records the last error of this connection, or with an empty text that it is over.
func (r *receiver) fail(fault string) { r.fault, r.failing = fault, fault != "" }

// explain returns the text of an error for operators. The most frequent one comes from
// a parent that exchanges routes with its peers, but not with its children.
func explain(err error) string {
	if saysNoPeer(err) {
		return "it does not exchange routes with us: " + err.Error()
	}
	return err.Error()
}

// Stuck reports whether the session has had an error for some seconds.
func (r *receiver) Stuck(now time.Time) bool {
	trying := r.state == Requested || r.state == Syncing || r.state == Stale || r.state == Declined
	return r.connected && trying && r.fault != "" && now.Sub(r.since) >= stuckTime
}

func (r *receiver) forget() {
	r.estimated, r.dropAt = false, time.Time{}
	r.tableID, r.speaker, r.epoch, r.expires = [16]byte{}, "", 0, time.Time{}
}

// hasTable reports whether we have received anything of the neighbor's table.
func (r *receiver) hasTable() bool { return r.speaker != "" }

// enter changes the state. A disconnected neighbor stays Stale, even if late updates arrive.
func (r *receiver) enter(s State, now time.Time) {
	if !r.connected && s != Idle && s != Suspended && s != Stale {
		return
	}
	r.whole = r.whole || s == Established
	if r.state != s {
		r.state, r.since = s, now
	}
}
