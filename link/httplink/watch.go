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
	alertRefusedUs = "the server that the account sends to takes none of our packets: %v; " +
		"ask its operator which URL, and which token or certificate, belong into options.outgoing"
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

// reportUntaken reports that the peer does not take a packet. A refused token is a problem at once.
// Other answers may be about one packet, so they are a problem if the peer takes none of many.
func (l *Link) reportUntaken(what string, err error, always bool) {
	l.reportFailure(what, err)
	h := &l.health
	n := h.untaken.Add(1)
	if !always && (n < failuresMax || l.opts.Multi != nil) { // with Multi it may be another peer each time
		return
	}
	h.telling.Lock()
	defer h.telling.Unlock()
	if !h.told {
		h.told = true
		l.status.RefuseUs(err.Error())
		l.alerts.Raise(kindRefusedUs, fmt.Sprintf(alertRefusedUs, err))
	}
}

// succeeded notes that the peer has answered with a packet.
func (l *Link) succeeded() {
	h := &l.health
	if h.untaken.Load() == 0 {
		return
	}
	h.untaken.Store(0)
	h.telling.Lock()
	defer h.telling.Unlock()
	if h.told {
		h.told = false
		l.status.RefuseUs("")
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
