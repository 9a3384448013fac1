package speaker

import (
	"time"

	"github.com/ilp-go/connector/clock"
)

// Timers holds the configured times.
type Timers struct {
	// Broadcast is the time between two heartbeats to a neighbor:
	// routeBroadcastInterval.
	Broadcast time.Duration
	// Expiry is the hold-down time that we announce, routeExpiry. We also use it for a
	// neighbor that announces none.
	Expiry time.Duration
	// Jitter changes a wait a little, so that many connectors do not act at once.
	// Nil leaves waits as they are.
	Jitter func(time.Duration) time.Duration
}

const (
	// controlDelay is the wait before we ask a neighbor that has just connected:
	// a JavaScript connector is not ready at once, and would refuse.
	controlDelay = 50 * time.Millisecond
	// retryMin and retryMax bound the waits between attempts, which double.
	retryMin = 100 * time.Millisecond
	retryMax = 30 * time.Second
	// declinedWait is the wait before we ask a neighbor again that sends us no routes. If
	// it is configured anew, it connects anew, and then we ask at once.
	declinedWait = 5 * time.Minute
	// timeoutMin and timeoutMax bound the timeout of a request, which is otherwise the
	// time between two heartbeats.
	timeoutMin = time.Second
	timeoutMax = 10 * time.Second
	// stuckTime is how long a session is in trouble before the log says so.
	stuckTime = 3 * time.Second
	// updateSpacing is the least time between two updates to a neighbor, as in the
	// reference.
	updateSpacing = 150 * time.Millisecond
	// cleanupMin is the least time between two cleanups of old routes.
	cleanupMin = 10 * time.Millisecond
	// expiryMin is the least hold-down time for a neighbor that announces none.
	expiryMin = time.Second
	// graceMax is how long the routes of a disconnected neighbor stay at most, so that a
	// connection that breaks and comes back does not shake the network.
	graceMax = 2 * time.Second
	// holdDownMax bounds the hold-down time that a neighbor may announce.
	holdDownMax = time.Hour
	// suspension is how long a neighbor with too many prefixes is suspended.
	suspension = 5 * time.Minute
)

// declinedDoubts are the waits before we ask again a neighbor that says we are no peer of it: it
// may be about to be ready.
var declinedDoubts = [...]time.Duration{300 * time.Millisecond, time.Second, 5 * time.Second}

// retry returns the wait after some failures in a row.
func (t *Timers) retry(failures int, most time.Duration) time.Duration {
	steps := clock.Doubling(retryMin, most)
	return t.jittered(steps[min(failures, len(steps))-1])
}

// jittered returns a wait that Jitter has changed.
func (t *Timers) jittered(wait time.Duration) time.Duration {
	if t.Jitter != nil {
		wait = t.Jitter(wait)
	}
	return wait
}

// heartbeat returns the time between two heartbeats: Broadcast, but not less than the time
// between two updates.
func (t *Timers) heartbeat() time.Duration { return max(t.Broadcast, updateSpacing) }

// timeout returns how long we wait for the answer to a request.
func (t *Timers) timeout() time.Duration { return min(max(t.Broadcast, timeoutMin), timeoutMax) }

// expiry returns the hold-down time for a neighbor that announces none.
func (t *Timers) expiry() time.Duration { return max(t.Expiry, expiryMin) }

// grace returns how long the routes of a disconnected neighbor stay: half an interval at
// most, as the withdrawal must reach the whole network within two.
func (t *Timers) grace() time.Duration { return min(graceMax, t.heartbeat()/2) }

// holdDown returns how long the routes of a neighbor stay after an update that announces a
// hold-down time.
func (t *Timers) holdDown(ms uint32) time.Duration {
	if ms == 0 {
		return t.expiry()
	}
	return min(time.Duration(ms)*time.Millisecond, holdDownMax)
}

// earliest returns the earliest of the times that are not zero, zero if all are.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if first.IsZero() || !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	return first
}

// due reports whether a planned time has come. A zero time never comes.
func due(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }
