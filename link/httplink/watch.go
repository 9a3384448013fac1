package httplink

import (
	"fmt"
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/ilp-go/connector/link"
)

// Kinds of alerts. The store keeps them, so they stay the same over versions. They are those of
// links over BTP.
const (
	kindRefused   = "refused logins"
	kindRefusedUs = "login at the server"
)

// What alerts say.
const (
	alertRefused = "%d requests to the account were refused within %v, the last one from %s: %s; " +
		"give the peer the token that the account expects, or keep strangers from the port"
	alertRefusedUs = "the server that the account sends to refuses our token: %v; " +
		"ask its operator which URL and token belong into options.outgoing"
)

// Refused requests that are an alert: so many within a time. It is resolved when there was none
// for that time.
const (
	refusedMin  = 5
	refusedTime = 10 * time.Minute
)

// linesMax bounds the lines of each kind about one account in a second.
const linesMax = 1

// reportRefused reports a request that brought no packet.
func (l *Link) reportRefused(r *http.Request, reason *refusal, err error) {
	l.bad.count(reason.cause)
	if reason == errUnauthorized {
		l.status.Refuse(r.RemoteAddr)
		l.refused.Again(link.Rule{Often: refusedMin, Within: refusedTime, Quiet: refusedTime}, func() {
			l.alerts.RaiseStrangers(kindRefused, fmt.Sprintf(alertRefused, refusedMin, refusedTime, r.RemoteAddr, err))
		}, func() { l.alerts.Resolve(kindRefused) })
	}
	if pass, held := l.warned.Pass(linesMax); pass {
		l.log.Warn("request refused", "remote", r.RemoteAddr, "status", reason.status, "error", err, "notLogged", held)
	}
}

// reportFailure logs why a packet was not carried, at most so often.
func (l *Link) reportFailure(what string, err error) {
	if pass, held := l.failing.Pass(linesMax); pass {
		l.log.Warn(what, "peer", l.remote(), "error", err, "notLogged", held)
	}
}

// reportAway logs that the peer did not answer when it was asked, in the words of links over BTP.
func (l *Link) reportAway(err error, wait time.Duration) {
	if pass, held := l.failing.Pass(linesMax); pass {
		l.log.Warn("connection to server failed", "url", shown(l.opts.Outgoing.URL), "error", err,
			"retryIn", wait.Round(time.Millisecond), "notLogged", held)
	}
}

// reportRefusedUs reports that the peer refuses our token.
func (l *Link) reportRefusedUs(err error) {
	l.reportFailure("peer refuses our token", err)
	if !l.health.refused.Swap(true) {
		l.alerts.Raise(kindRefusedUs, fmt.Sprintf(alertRefusedUs, err))
	}
}

// succeeded notes that the peer has answered with a packet.
func (l *Link) succeeded() {
	if l.health.refused.Load() && l.health.refused.Swap(false) {
		l.alerts.Resolve(kindRefusedUs)
	}
}

// causes counts refused requests by their cause.
type causes struct {
	mu     sync.Mutex
	counts map[string]uint64
}

func (c *causes) count(cause string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[string]uint64)
	}
	c.counts[cause]++
}

func (c *causes) all() map[string]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}
