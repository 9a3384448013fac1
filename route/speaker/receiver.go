package speaker

import (
	"errors"
	"time"

	"github.com/ilp-go/connector/ilp/ccp"
)

// Receiver is the half of a session in which a neighbor tells us its routes. It is
// a machine without a clock and without connections: what happens and when it is
// comes in, what is to be done goes out, as an Order. Its states are drawn at State.
type Receiver struct {
	terms     Terms
	connected bool
	state     State
	since     time.Time

	// What we have of it.
	tableID [16]byte
	speaker string // whose table it is
	epoch   uint32 // the first one of the table that we lack

	expires time.Time // when its routes are too old, zero if it has said nothing
	guessed bool      // expires is our own guess, until it says
	leaves  time.Time // when its routes go unless it confirms them, zero if it has
	silent  int       // how often it fell silent since it last kept its time
	resumes time.Time // when its suspension ends

	asking  exchange  // the control that is on its way
	asked   bool      // there was one since it connected
	asks    time.Time // when to send the next one, zero for never
	dismiss bool      // the next one says that we want no updates
	fails   int       // controls refused in a row, and gaps
	fault   string
}

// Order is what a Receiver wants done, in this order.
type Order struct {
	// Drop says that all routes of the neighbor are to be forgotten.
	Drop bool
	// Demote and Restore say that its routes come after those of all others, or in
	// their place again.
	Demote, Restore bool
	// Apply says that the routes of the update are to be taken over.
	Apply bool
	// Control is to be sent; its answer, or that there was none, is for Answered
	// under ID.
	Control *ccp.RouteControl
	ID      uint32
}

// Errors about an update, for the neighbor.
var (
	// ErrEpochs says that an update is about epochs that cannot be.
	ErrEpochs = errors.New("route update has impossible epochs")
	// ErrSpeaker says that the speaker of an update is not whom we have been
	// listening to, or is not who it may be.
	ErrSpeaker = errors.New("route update has the wrong speaker")
	// ErrSuspended says that a neighbor has told too many prefixes.
	ErrSuspended = errors.New("routes are suspended after too many prefixes")
	// errTimeout says that a request was not answered.
	errTimeout = errors.New("no answer")
	// errSilent says that the hold-down time has passed without an update.
	errSilent = errors.New("silent for longer than its hold-down time")
)

// NewReceiver is a receiver whose neighbor is not connected.
func NewReceiver(terms Terms, now time.Time) *Receiver { return &Receiver{terms: terms, since: now} }

// Connect says that the neighbor is there, or is there anew. Its routes stay the last
// resort until it confirms them: it may have been started again, and know nothing yet.
func (r *Receiver) Connect(now time.Time) (o Order) {
	r.connected = true
	if r.tableID != [16]byte{} {
		o.Demote = r.leaves.IsZero()
		r.leaves = now.Add(r.terms.grace())
	}
	r.fails, r.asked = 0, false
	r.asking.cancel()
	if r.state != Suspended {
		r.enter(Requested, now)
		r.ask(now.Add(controlDelay))
	}
	return o
}

// Disconnect says that the neighbor is gone. Its routes stay for a moment, as the
// last resort.
func (r *Receiver) Disconnect(now time.Time) (o Order) {
	if !r.connected {
		return o
	}
	r.connected = false
	r.asking.cancel()
	r.asks = time.Time{}
	switch {
	case r.state == Suspended:
	case r.tableID == [16]byte{}:
		r.enter(Idle, now)
	default:
		r.enter(Stale, now)
		r.leaves, o.Demote = now.Add(r.terms.grace()), true
	}
	return o
}

// Update says that the neighbor sent an update. An error is for the neighbor, and
// changes nothing.
func (r *Receiver) Update(u *ccp.RouteUpdate, now time.Time) (o Order, err error) {
	switch known := u.RoutingTableID == r.tableID; {
	case r.state == Suspended:
		return o, ErrSuspended
	case u.FromEpoch > u.ToEpoch || u.ToEpoch > u.CurrentEpoch:
		return o, ErrEpochs
	case known && u.Speaker != r.speaker:
		return o, ErrSpeaker
	case !known: // what the old table said does not hold any more
		o.Drop = r.tableID != [16]byte{}
		r.tableID, r.speaker, r.epoch = u.RoutingTableID, u.Speaker, 0
	}
	if expires := now.Add(r.terms.holdDown(u.HoldDownTime)); r.guessed || expires.After(r.expires) {
		r.expires, r.guessed = expires, false
	}
	switch {
	case u.FromEpoch > r.epoch: // a gap: we have missed something
		r.enter(Requested, now)
		r.askAgain(now)
	case u.ToEpoch < r.epoch: // older than what we have
	default:
		o.Apply = true
		o.Restore = r.connected && !r.leaves.IsZero()
		if r.connected {
			r.leaves = time.Time{}
		}
		if r.state == Established {
			r.silent = 0
		}
		r.epoch, r.fails = u.ToEpoch, 0
		if r.silent <= 1 {
			r.fault = ""
		}
		if r.asked {
			r.asks = time.Time{} // it tells us all by itself
		}
		if u.ToEpoch == u.CurrentEpoch {
			r.enter(Established, now)
		} else {
			r.enter(Syncing, now)
		}
	}
	return o, nil
}

// Restarted says that the neighbor has asked for our routes from the beginning, so
// it has probably forgotten that we want its own.
func (r *Receiver) Restarted(now time.Time) {
	if r.connected && (r.state == Established || r.state == Syncing) {
		r.ask(now.Add(controlDelay))
	}
}

// Renew forgets all that the neighbor has said.
func (r *Receiver) Renew() Order {
	r.forget()
	return Order{Drop: true}
}

// Answered says how the control of id was answered: nil for a yes.
func (r *Receiver) Answered(id uint32, err error, now time.Time) {
	if !r.asking.ends(id) {
		return
	}
	switch {
	case err == nil && (r.state == Requested || r.state == Stale):
		r.enter(Syncing, now)
		r.fault = ""
		if expires := now.Add(r.terms.patience()); expires.After(r.expires) {
			r.expires, r.guessed = expires, true // if nothing comes, we ask again
		}
	case err != nil && r.state != Suspended:
		r.fault = refused(err)
		r.askAgain(now)
	}
}

// Suspend says that the neighbor has told too many prefixes.
func (r *Receiver) Suspend(now time.Time) (o Order) {
	r.enter(Suspended, now)
	r.forget()
	r.fault = ErrSuspended.Error()
	r.resumes = now.Add(suspension)
	r.asking.cancel()
	r.asks, r.dismiss = now, true
	return Order{Drop: true}
}

// Tick says that time has passed. It is called when Deadline has come, and may be at
// any other time.
func (r *Receiver) Tick(now time.Time) (o Order) {
	if due(r.leaves, now) {
		o.Drop = true
		r.forget()
		if !r.connected {
			r.enter(Idle, now)
		}
	}
	if due(r.resumes, now) {
		r.resumes, r.dismiss, r.fault = time.Time{}, false, ""
		r.enter(Idle, now)
		if r.connected {
			r.enter(Requested, now)
			r.ask(now)
		}
	}
	if r.asking.late(now) {
		r.Answered(r.asking.id, errTimeout, now)
	}
	if r.connected && !r.asking.open && due(r.asks, now) {
		o.Control, o.ID = r.control(now)
	}
	return o
}

// Clean drops the routes of a neighbor that has been silent for too long, and asks
// for them again. It is called once in every routeCleanupInterval.
func (r *Receiver) Clean(now time.Time) (o Order) {
	if !due(r.expires, now) || !r.connected {
		return o // one that is not connected leaves in its own time
	}
	o.Drop = r.tableID != [16]byte{}
	r.forget()
	r.enter(Stale, now)
	r.fault = errSilent.Error()
	if r.silent++; !r.asking.open { // one whose hold-down is too short is silent again and again
		r.ask(now.Add(r.terms.retry(r.silent, retryMax) - r.terms.retry(1, retryMax)))
	}
	return o
}

// Deadline is when to call Tick, zero for never.
func (r *Receiver) Deadline() time.Time {
	asks := r.asks
	if r.asking.open || !r.connected {
		asks = time.Time{}
	}
	return earliest(r.leaves, r.resumes, r.asking.deadline(), asks)
}

// control is the control to send now.
func (r *Receiver) control(now time.Time) (*ccp.RouteControl, uint32) {
	r.asks, r.asked = time.Time{}, true
	c := &ccp.RouteControl{Mode: ccp.Sync, LastKnownRoutingTableID: r.tableID, LastKnownEpoch: r.epoch, Features: []string{FeatureBulk}}
	if r.dismiss {
		c.Mode, r.dismiss = ccp.Idle, false
	}
	return c, r.asking.begin(now, r.terms.answer())
}

// ask plans a control, unless one is planned for an earlier time.
func (r *Receiver) ask(at time.Time) { r.asks = earliest(r.asks, at) }

// askAgain plans one more after one that was in vain.
func (r *Receiver) askAgain(now time.Time) {
	if r.asks.IsZero() {
		r.fails++
		r.ask(now.Add(r.terms.retry(r.fails, retryMax)))
	}
}

// refused is an error for operators. The commonest is of a parent that speaks of
// routes with its peers and not with its children.
func refused(err error) string {
	if r := new(ccp.RejectedError); errors.As(err, &r) && r.Message == string(controlOfStranger) {
		return "it does not exchange routes with us: " + err.Error()
	}
	return err.Error()
}

// Stuck reports whether the session has been in trouble for some seconds.
func (r *Receiver) Stuck(now time.Time) bool {
	trying := r.state == Requested || r.state == Syncing || r.state == Stale
	return r.connected && trying && r.fault != "" && now.Sub(r.since) >= stuckTime
}

func (r *Receiver) forget() {
	r.guessed, r.leaves = false, time.Time{}
	r.tableID, r.speaker, r.epoch, r.expires = [16]byte{}, "", 0, time.Time{}
}

// enter changes the state. One that is gone stays Stale whatever it has still sent.
func (r *Receiver) enter(s State, now time.Time) {
	if !r.connected && s != Idle && s != Suspended && s != Stale {
		return
	}
	if r.state != s {
		r.state, r.since = s, now
	}
}
