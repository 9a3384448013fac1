package httplink

import (
	"context"
	"time"

	"github.com/ilp-go/connector/clock"
	"github.com/ilp-go/connector/uuid"
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

// DialForCallback connects to an address as for a callback URL with a host.
func DialForCallback(ctx context.Context, host, address string) error {
	conn, err := newDialer().DialContext(context.WithValue(ctx, callbackKey{}, host), "tcp", address)
	if err == nil {
		_ = conn.Close()
	}
	return err
}

// CheckCallback returns why a callback URL with a host may not lead to an address. It makes no connection.
func CheckCallback(host, address string) error {
	return checkCallback(context.WithValue(context.Background(), callbackKey{}, host), address)
}

// RememberedFor returns how long a request is still remembered.
func RememberedFor(l *Link, id uuid.UUID) time.Duration {
	l.outbox.mu.Lock()
	defer l.outbox.mu.Unlock()
	return time.Duration(l.outbox.seen[id].until - clock.Now().Steady)
}
