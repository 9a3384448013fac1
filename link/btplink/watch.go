package btplink

import (
	"errors"
	"fmt"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/link"
)

// Kinds of alerts. The store keeps them, so they stay the same over versions.
const (
	kindListener  = "listener"
	kindRivals    = "clients with one token"
	kindRefused   = "refused logins"
	kindRefusedUs = "login at the server"
	kindOldToken  = "old token"
)

// What alerts say.
const (
	alertListener = "the account cannot listen, so its peer cannot connect: %v; " +
		"stop the program that has the port, or give the account another listener.port or listener.host"
	alertRivals = "%d connections of the account were replaced by new ones within %v, the last one from %s by one from %s: " +
		"two clients use one token; give each of them an account of its own"
	alertRefused = "%d logins at the account's listener were refused within %v, the last one from %s: %s; " +
		"give the peer the token that the account expects, or keep strangers from the port"
	alertRefusedUs = "the server that the account dials refuses our login: %v; " +
		"ask its operator which account and token belong into options.server"
	alertOldToken = "the server that the account dials refuses the new token, and has taken the old one, which we try until %s: " +
		"give its operator the new token"
)

// Alert makes the link raise its alerts with to. It is called at most once, before Run.
func (l *Link) Alert(to link.Alerts) { l.alerts = to }

// Tried returns a channel that is closed when the link listens, has no Listener, or could not
// listen at its first try. Then Status says why. The link of one of many clients has none.
func (l *Link) Tried() <-chan struct{} {
	if l.runner == nil {
		return nil
	}
	return l.tried.channel()
}

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

// reportRefusedUs reports that the server refuses our login, or with nil that it has let us in.
// Only the goroutine that dials calls it. Further attempts that are refused for the same reason
// raise no alert, so that an operator can dismiss it.
func (l *Link) reportRefusedUs(err error) {
	switch {
	case err == nil:
		l.alerts.Resolve(kindRefusedUs)
		l.refusedUs = nil
	case !refusesUs(err): // it may be away now, and refuse us later
	default:
		text := fmt.Sprintf(alertRefusedUs, err)
		if l.refusedUs == nil || text != *l.refusedUs {
			l.alerts.Raise(kindRefusedUs, text)
		}
		l.refusedUs = &text
	}
}

// reportToken reports with which token the server has let us in.
func (l *Link) reportToken(token string) {
	tokens, _ := l.keys.read()
	if !tokens.isOld(token) {
		l.alerts.Resolve(kindOldToken)
		return
	}
	l.log.Warn("the server has refused the new token and taken the old one", "until", tokens.old.Until)
	l.alerts.Raise(kindOldToken, fmt.Sprintf(alertOldToken, tokens.old.Until.UTC().Format(time.RFC3339)))
}

// refusalsPause is the shortest time between two warnings of refused logins of an account:
// strangers can cause any number of them.
const refusalsPause = 10 * time.Second

// Refused logins that are an alert: so many within a time. It is resolved when there was none
// for that time. A peer with a wrong token tries again every half minute or so.
const (
	refusedMin  = 5
	refusedTime = 10 * time.Minute
)

// reportRefused reports a peer that was not let in. Whoever speaks BTP is a peer with a
// wrong token, perhaps, and worth a warning. All others are strangers.
func (l *Link) reportRefused(remote string, err error) {
	var reason Refusal
	if !errors.As(err, &reason) {
		l.log.Debug("connection refused before it was authenticated", "remote", remote, "error", err)
		return
	}
	n := l.status.Refuse(remote)
	l.refused.Again(link.Rule{Often: refusedMin, Within: refusedTime, Quiet: refusedTime}, func() {
		l.alerts.RaiseStrangers(kindRefused, fmt.Sprintf(alertRefused, refusedMin, refusedTime, remote, reason))
	}, l.guarded(func() { l.alerts.Resolve(kindRefused) }))
	now, last := clock.Now().Steady, l.warned.Load()
	if last != 0 && now-last < int64(refusalsPause) || !l.warned.CompareAndSwap(last, now) {
		l.log.Debug("login refused", "remote", remote, "error", reason)
		return
	}
	l.log.Warn("login refused", "remote", remote, "error", reason, "sinceStart", n)
}

// reportAmbiguous reports a login that is refused because it could belong to several links. It is a
// mistake of operators, which the refusal does not show to the peer.
func (l *Link) reportAmbiguous(remote string, err error) {
	if pass, held := l.connections.Pass(connectionsMax); pass {
		l.log.Warn("login refused", "remote", remote, "error", err, "notLogged", held)
	}
}

// Replacements that are an alert: so many within a time. It is resolved when there was none
// for longer.
const (
	rivalsMin   = 5
	rivalsTime  = time.Minute
	rivalsQuiet = 10 * time.Minute
)

// reportReplaced reports that a new connection of the peer has replaced an old one.
func (l *Link) reportReplaced(old, by string, lines *clock.Limiter) {
	l.status.Replacements.Add(1)
	l.logConnection(lines, "connection replaced", "remote", old, "by", by)
	l.rivals.Again(link.Rule{Often: rivalsMin, Within: rivalsTime, Quiet: rivalsQuiet}, func() {
		l.alerts.Raise(kindRivals, fmt.Sprintf(alertRivals, rivalsMin, rivalsTime, old, by))
	}, l.guarded(func() { l.alerts.Resolve(kindRivals) }))
}

// connectionsMax bounds the lines about connections of one account in a second, those of all its
// clients together: a peer may connect again thousands of times.
const connectionsMax = 5

// logConnection logs that a connection has come or gone, if lines lets it pass.
func (l *Link) logConnection(lines *clock.Limiter, message string, args ...any) {
	pass, held := lines.Pass(connectionsMax)
	if !pass {
		return
	}
	if held > 0 {
		args = append(args, "notLogged", held)
	}
	if l.name != "" {
		args = append([]any{"client", l.name}, args...)
	}
	l.log.Info(message, args...)
}
