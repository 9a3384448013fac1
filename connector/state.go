package connector

import (
	"cmp"
	"sync/atomic"
	"time"

	"github.com/ilp-go/connector/account"
	"github.com/ilp-go/connector/admin"
	"github.com/ilp-go/connector/link"
	"github.com/ilp-go/connector/route/speaker"
)

// facts are what the state of an account follows from.
type facts struct {
	link     link.Status
	comes    bool      // it connects to a listener of many by itself
	failure  string    // why it takes no packets until it is added anew, empty if it does
	failed   time.Time // when that began
	draining time.Time // since when it takes no new packets because it changes or goes, zero if it does
	drains   bool
	paused   time.Time       // since when an operator wants it to take none, zero if it does
	pausedBy []admin.PauseOf // the pauses because of which it is to take none, the widest first
	invited  bool            // its peer has not accepted its invitation yet
	blocked  bool            // an operator keeps the client out
	asking   bool            // it is the parent that has not told us our address over this connection
	routes   speaker.Session
	problems []admin.Problem
}

// state returns the state of an account, when it began, and what is wrong with the account. It is
// the only place that decides this: what operators see of an account comes from here.
func (f *facts) state() (state string, since time.Time, problems []admin.Problem) {
	problems = f.problems
	problem := func(reason string, since time.Time) {
		problems = append([]admin.Problem{{Reason: reason, Since: admin.Time{Time: since}}}, problems...)
	}
	switch { // what we want of it
	case f.failure != "":
		problem(f.failure, f.failed)
		return admin.Disabled, f.failed, problems
	case f.drains:
		return admin.Draining, f.draining, problems
	case !f.paused.IsZero():
		return admin.Paused, f.paused, problems
	case f.blocked:
		problem(reasonBlocked, time.Time{})
		return admin.Disabled, f.link.Since, problems
	}
	up := f.link.State == link.Established
	if fault := f.routes.Fault; up && fault != "" && f.routes.State != speaker.Declined {
		problem("the exchange of routes fails: "+fault, f.routes.Since)
	}
	if up && f.link.RefusedUs != "" {
		problem("the peer takes none of our packets: "+f.link.RefusedUs, f.link.RefusedUsSince)
	}
	switch { // what becomes of it
	case f.link.State == link.Disabled:
		problem(reasonNotRunning, f.link.Since)
		return admin.Disabled, f.link.Since, problems
	case f.link.State == link.Degraded:
		problem(f.link.LastError, f.link.Since)
		return admin.Degraded, f.link.Since, problems
	case !up && f.invited:
		return admin.Invited, f.link.Since, problems
	case !up && (f.comes || f.link.Closed != ""):
		return admin.Disconnected, f.link.Since, problems
	case !up:
		return string(f.link.State), f.link.Since, problems
	case len(problems) > 0:
		return admin.Degraded, beginning(f.link.Since, problems), problems
	case f.asking, f.routes.Awaited():
		return admin.Configuring, f.link.Since, problems
	}
	return admin.Established, f.link.Since, problems
}

// Reasons of states that are no fault of the account.
const (
	reasonBlocked    = "an operator has blocked the client: 'ilp-connector children unblock' lets it in"
	reasonNotRunning = "its link does not run: the connector starts or stops"
)

// beginning returns when the first of the problems of a connection began.
func beginning(connected time.Time, problems []admin.Problem) (first time.Time) {
	for _, p := range problems {
		if first.IsZero() || !p.Since.IsZero() && p.Since.Before(first) {
			first = p.Since.Time
		}
	}
	if first.Before(connected) {
		return connected
	}
	return first
}

// factsOf returns the facts about an account that is a member. The link is asked once.
func (c *Connector) factsOf(m *member) facts {
	f := facts{link: c.status(m), comes: m.host != nil, invited: m.now().config.Invitation.Open()}
	if failure := m.failure.Load(); failure != nil {
		f.failure, f.failed = *failure, m.failed.time()
	}
	host := m
	if m.host != nil {
		host = m.host.parent
		f.blocked = m.host.blocks(m.id)
	}
	f.heldBy(c, host)
	if m.draining.holds() {
		f.drains, f.draining = true, m.draining.time()
	}
	text, since, asking := m.check.problem()
	if f.asking = asking || m.check != nil && c.Address() == ""; text != "" {
		f.problems = append(f.problems, admin.Problem{Reason: text, Since: admin.Time{Time: since}})
	}
	if _, serves := c.shared.entranceOf(m.link); serves {
		if err := c.shared.failure(); err != nil {
			f.problems = append(f.problems, admin.Problem{Reason: "the shared listener cannot listen: " + err.Error()})
		}
	}
	f.routes = c.speaker.Session(m.id)
	f.problems = append(f.problems, c.troubles(m.now().account)...)
	return f
}

// factsOfClient returns the facts about a client that is no member: it has no connection.
func (c *Connector) factsOfClient(a *account.Account) facts {
	f := facts{link: link.Status{State: link.Connecting}, comes: true, problems: c.troubles(a)}
	if host := c.member(a.Host); host != nil && host.children != nil {
		f.blocked = host.children.blocks(a.ID)
		f.heldBy(c, host)
	}
	return f
}

// heldBy takes from the account of the listener what holds for its clients too.
func (f *facts) heldBy(c *Connector, host *member) {
	f.paused = host.paused.time()
	f.pausedBy = c.pausesOf(host.now().account)
	switch {
	case c.life.has(draining):
		f.drains, f.draining = true, c.life.since(draining)
	case host.draining.holds():
		f.drains, f.draining = true, host.draining.time()
	}
}

// troubles returns what is wrong with an account beside its link: its limits, its settlements and
// its asset.
func (c *Connector) troubles(a *account.Account) (problems []admin.Problem) {
	add := func(reason string, since time.Time) {
		if reason != "" {
			problems = append(problems, admin.Problem{Reason: reason, Since: admin.Time{Time: since}})
		}
	}
	add(c.unpriced.of(cmp.Or(a.Host, a.ID)))
	add(c.payer.Trouble(a.ID))
	for _, s := range c.limits.stuckAt(a) {
		add(s.message, s.since)
	}
	return problems
}

// blocks reports whether an operator keeps out the client of an account.
func (k *children) blocks(id string) bool {
	host, ok := k.parent.link.(provisioner)
	if !ok {
		return false
	}
	known, _ := host.Find(id[len(k.parent.id)+1:])
	return known.Blocked
}

// moment is when something of an account began. The zero value says that it has not, or has ended.
type moment struct{ at atomic.Int64 } // Unix time in nanoseconds

// begin notes that it has begun, unless it had before.
func (m *moment) begin(at time.Time) { m.at.CompareAndSwap(0, at.UnixNano()) }

// end notes that it has ended.
func (m *moment) end() { m.at.Store(0) }

// holds reports whether it has begun, and not ended.
func (m *moment) holds() bool { return m.at.Load() != 0 }

// time returns when it began, the zero time if it has not.
func (m *moment) time() time.Time {
	if at := m.at.Load(); at != 0 {
		return time.Unix(0, at).UTC()
	}
	return time.Time{}
}
