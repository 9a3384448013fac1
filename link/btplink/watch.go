package btplink

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/link"
)

// Kinds of alerts. The store keeps them, so they stay the same over versions.
const (
	kindListener = "listener"
	kindRivals   = "clients with one token"
)

// What alerts say.
const (
	alertListener = "the account cannot listen, so its peer cannot connect: %v; " +
		"stop the program that has the port, or give the account another listener.port or listener.host"
	alertRivals = "%d connections of the account were replaced by new ones within %v, the last one from %s by one from %s: " +
		"two clients use one token; give each of them an account of its own"
)

// Alert makes the link raise its alerts with to. It is called at most once, before Run.
func (l *Link) Alert(to link.Alerts) { l.alerts = to }

// reportListening reports why we cannot listen, or with nil that we do. The peer cannot
// connect until then. Further attempts that fail for the same reason raise no alert, so
// that an operator can dismiss it.
func (l *Link) reportListening(err error) {
	before := l.status.Status().ListenError
	l.status.Listen(err)
	switch {
	case err == nil:
		l.alerts.Resolve(kindListener)
		return
	case err.Error() == before:
		return
	}
	l.alerts.Raise(kindListener, fmt.Sprintf(alertListener, err))
}

// refusalsPause is the shortest time between two warnings of refused logins of an account:
// strangers can cause any number of them.
const refusalsPause = 10 * time.Second

// reportRefused reports a peer that was not let in. Whoever speaks BTP is a peer with a
// wrong token, perhaps, and worth a warning. All others are strangers.
func (l *Link) reportRefused(remote string, err error) {
	var reason Refusal
	if !errors.As(err, &reason) {
		l.log.Debug("connection refused before it was authenticated", "remote", remote, "error", err)
		return
	}
	n := l.status.Refuse()
	now, last := clock.Now().Steady, l.warned.Load()
	if last != 0 && now-last < int64(refusalsPause) || !l.warned.CompareAndSwap(last, now) {
		l.log.Debug("login refused", "remote", remote, "error", reason)
		return
	}
	l.log.Warn("login refused", "remote", remote, "error", reason, "sinceStart", n)
}

// Replacements that are an alert: so many within a time. It is resolved when there was none
// for longer.
const (
	rivalsMin   = 5
	rivalsTime  = time.Minute
	rivalsQuiet = 10 * time.Minute
)

// rivals watches for clients with one token that replace each other's connections.
type rivals struct {
	mu     sync.Mutex
	times  []time.Time // of the latest replacements, oldest first, at most rivalsMin
	raised bool        // the alert is, and operators may have dismissed it
	quiet  *time.Timer // resolves the alert, nil if none was raised
}

// reportReplaced reports that a new connection of the peer has replaced an old one.
func (l *Link) reportReplaced(old, by string) {
	l.status.Replacements.Add(1)
	l.logConnection("connection replaced", "remote", old, "by", by)
	r := &l.rivals
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	r.times = append(r.times, now)
	if n := len(r.times); n > rivalsMin {
		r.times = append(r.times[:0], r.times[n-rivalsMin:]...)
	}
	if len(r.times) < rivalsMin || now.Sub(r.times[0]) > rivalsTime {
		if r.quiet != nil {
			r.quiet.Reset(rivalsQuiet)
		}
		return
	}
	r.times = r.times[:0]
	if r.raised { // once is enough, however long they go on
		r.quiet.Reset(rivalsQuiet)
		return
	}
	r.raised = true
	l.alerts.Raise(kindRivals, fmt.Sprintf(alertRivals, rivalsMin, rivalsTime, old, by))
	if r.quiet == nil {
		r.quiet = time.AfterFunc(rivalsQuiet, l.guarded(l.endRivals))
	}
	r.quiet.Reset(rivalsQuiet)
}

// endRivals ends the alert.
func (l *Link) endRivals() {
	l.rivals.mu.Lock()
	l.rivals.raised = false
	l.rivals.mu.Unlock()
	l.alerts.Resolve(kindRivals)
}

// connectionsMax bounds the lines about connections of one account in a second: a peer may
// connect again thousands of times.
const connectionsMax = 5

// logConnection logs that a connection has come or gone.
func (l *Link) logConnection(message string, args ...any) {
	pass, held := l.connections.Pass(connectionsMax)
	if !pass {
		return
	}
	if held > 0 {
		args = append(args, "notLogged", held)
	}
	l.log.Info(message, args...)
}

// stop stops the timer of the alert.
func (r *rivals) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.quiet != nil {
		r.quiet.Stop()
	}
}
