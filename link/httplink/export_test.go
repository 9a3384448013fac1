package httplink

import (
	"time"

	"github.com/ilp-go/connector/clock"
)

// ServingMax is how many requests of an account may be under way.
const ServingMax = servingMax

// RequestsAt returns how many requests a link remembers at a time, to forward none twice.
func RequestsAt(l *Link, now time.Time) int {
	l.outbox.forget(l.opts.Async, clock.Now().Steady+int64(time.Until(now)))
	l.outbox.mu.Lock()
	defer l.outbox.mu.Unlock()
	return len(l.outbox.seen)
}
