package speaker

import (
	"errors"
	"time"
)

// ErrNoNeighbor says that an account does not announce routes to us.
var ErrNoNeighbor = errors.New("the account announces no routes to us")

// Resumed says what Resume has ended.
type Resumed struct {
	Suspended bool // the neighbor was suspended, and is asked for its routes
	Damped    int  // its routes that were suppressed, and are used again
}

// Resume ends the suspension of a neighbor, and the damping of its routes, for an operator who
// knows that their cause is gone. Its flaps until now do not count any more. If the neighbor
// still announces too many prefixes, it is suspended again. Resume does not wait for the routes.
func (s *Speaker) Resume(account string) (Resumed, error) {
	s.lock()
	defer s.mu.Unlock()
	n := s.neighbors[account]
	if n == nil || n.receiver == nil {
		return Resumed{}, ErrNoNeighbor
	}
	r := Resumed{Suspended: n.receiver.Resume(time.Now()), Damped: n.importer.damping.Forgive()}
	if r.Damped > 0 {
		s.postpone(n, action{Release: true})
	}
	s.inbox.wake()
	return r, nil
}
