package connector

import (
	"sync"

	"github.com/ilp-go/connector/account"
)

// alike lets accounts share settings that are equal. There may be very many accounts, most of which
// differ in their ids and secrets alone. It knows the latest that differ.
type alike struct {
	mu     sync.Mutex
	latest [8]*account.Settings
	next   int // the place of the next one
}

// share returns settings that are equal to s but for the segment, which is empty.
func (x *alike) share(s account.Settings) *account.Settings {
	s.Segment = ""
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, known := range x.latest {
		if known != nil && equal(*known, s) {
			return known
		}
	}
	x.latest[x.next] = &s
	x.next = (x.next + 1) % len(x.latest)
	return &s
}

// equal reports whether two settings are equal, with what they point at.
func equal(a, b account.Settings) bool {
	same := pointsAtEqual(a.Limits, b.Limits) && pointsAtEqual(a.Settle, b.Settle)
	a.Limits, a.Settle, b.Limits, b.Settle = nil, nil, nil, nil
	return same && a == b
}

func pointsAtEqual[T comparable](a, b *T) bool {
	return a == b || a != nil && b != nil && *a == *b
}
