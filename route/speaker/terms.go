package speaker

import "time"

// Terms is how long everything takes.
type Terms struct {
	// Broadcast is how often a neighbor hears from us if there is nothing new:
	// routeBroadcastInterval.
	Broadcast time.Duration
	// Expiry is how long a neighbor may use our routes after it last heard from us,
	// routeExpiry; and how long we wait for a neighbor that does not say.
	Expiry time.Duration
	// Jitter changes a wait a little, so that many connectors do not speak at once.
	// Nil leaves waits as they are.
	Jitter func(time.Duration) time.Duration
}

const (
	// controlDelay is how long we wait before we ask a neighbor that has just come:
	// a JavaScript one is not ready at once, and would refuse.
	controlDelay = 50 * time.Millisecond
	// retryMin and retryMax bound the waits between attempts, which double.
	retryMin = 100 * time.Millisecond
	retryMax = 30 * time.Second
	// answerMin and answerMax bound how long a request may be without an answer, which
	// is otherwise the time between two heartbeats.
	answerMin = time.Second
	answerMax = 10 * time.Second
	// stuckTime is how long a session is in trouble before the log is told.
	stuckTime = 3 * time.Second
	// updateSpacing is the least time between two updates to a neighbor. The
	// reference keeps it too.
	updateSpacing = 150 * time.Millisecond
	// cleanupMin is how often old routes are looked for at most.
	cleanupMin = 10 * time.Millisecond
	// patienceMin is how long we wait at least for a neighbor that does not say.
	patienceMin = time.Second
	// graceMax is how long the routes of a neighbor that is gone are kept at most,
	// so that a connection that breaks and comes back does not shake the network.
	graceMax = 2 * time.Second
	// holdDownMax bounds the hold-down time that a neighbor may ask for.
	holdDownMax = time.Hour
	// suspension is how long a neighbor with too many prefixes is left alone.
	suspension = 5 * time.Minute
)

// retry is the wait after some failures in a row.
func (t *Terms) retry(failures int, most time.Duration) time.Duration {
	wait := most
	if failures < 16 {
		wait = min(most, retryMin<<(failures-1))
	}
	if t.Jitter != nil {
		wait = t.Jitter(wait)
	}
	return wait
}

// heartbeat is Broadcast, as far as updates may follow each other.
func (t *Terms) heartbeat() time.Duration { return max(t.Broadcast, updateSpacing) }

// answer is how long a request may be without an answer.
func (t *Terms) answer() time.Duration { return min(max(t.Broadcast, answerMin), answerMax) }

// patience is how long we wait for a neighbor that does not say.
func (t *Terms) patience() time.Duration { return max(t.Expiry, patienceMin) }

// grace is how long the routes of a neighbor that is gone are kept: half an
// interval at most, as it must have reached everybody within two.
func (t *Terms) grace() time.Duration { return min(graceMax, t.heartbeat()/2) }

// holdDown is for how long an update keeps its speaker's routes.
func (t *Terms) holdDown(ms uint32) time.Duration {
	if ms == 0 {
		return t.patience()
	}
	return min(time.Duration(ms)*time.Millisecond, holdDownMax)
}

// earliest is the earliest of the times that are not zero, zero if all are.
func earliest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if first.IsZero() || !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	return first
}

// due reports whether a time that is planned has come.
func due(t, now time.Time) bool { return !t.IsZero() && !now.Before(t) }
