package speaker

import "github.com/ilp-go/connector/route"

// This file holds the long work of a Speaker: all that may take as long as there are
// routes. It is done in slices, with mu released between them.

// lock locks mu.
func (s *Speaker) lock() {
	s.mu.Lock()
	s.pacer.begin(s.pacer.now())
}

// pause is called after each step of long work. When a slice is done, it releases mu for
// the pause, so the state may be another one when it returns.
func (s *Speaker) pause() {
	if !s.running || !s.pacer.due(s.pacer.now()) {
		return
	}
	s.mu.Unlock()
	s.pacer.sleep(pauseTime)
	s.mu.Lock()
	s.pacer.resume(s.pacer.now())
}

// stepper returns a function to call after each route. It pauses after each step of work.
func (s *Speaker) stepper() func() {
	routes := 0
	return func() {
		if routes++; routes%s.pacer.routes == 0 {
			s.pause()
		}
	}
}

// follow does long work on the RIB. The FIB follows each change before mu is released.
func (s *Speaker) follow(work route.Changes) {
	var changes []route.Change
	routes := 0
	for c, changed := range work {
		if changed {
			changes = append(changes, c)
		}
		if routes++; routes%s.pacer.routes == 0 {
			s.commit(changes)
			changes = changes[:0]
			s.pause()
		}
	}
	s.commit(changes)
}

// commit makes changes of the RIB in the FIB, and keeps them for the view.
func (s *Speaker) commit(changes []route.Change) {
	s.publish(s.fib.Follow(changes, s.options.Number))
	if s.nextFIB != nil {
		s.nextFIB = s.nextFIB.Follow(changes, s.options.Number)
	}
	s.pending = append(s.pending, changes...)
}

// publish makes packets use a FIB.
func (s *Speaker) publish(t *route.Table) {
	if t != s.fib {
		s.fib = t
		s.options.Publish(t)
	}
}

// rebuild builds the FIB anew and publishes it. commit keeps the new one up to date in the
// pauses.
func (s *Speaker) rebuild() {
	s.nextFIB = route.RoomFor(s.rib.Len())
	step := s.stepper()
	for r := range s.rib.All() {
		s.nextFIB = s.nextFIB.Set(r, s.options.Number)
		step()
	}
	s.publish(s.nextFIB)
	s.nextFIB = nil
}

// advertise brings the view up to date: what we advertise. Only Run calls it, before it
// answers a neighbor and before it sends updates.
func (s *Speaker) advertise() {
	for s.stale || len(s.pending) > 0 {
		if s.stale {
			s.stale = false
			s.out.View.Reset(s.self, s.hidden(), s.stepper())
			continue
		}
		changes := s.pending[:min(s.pacer.routes, len(s.pending))]
		s.pending = s.pending[len(changes):]
		s.out.View.Apply(changes)
		s.pause()
	}
	s.pending = nil
}

// hidden returns a function that reports whether any neighbor's policy hides a prefix from
// it, nil if no policy hides any.
func (s *Speaker) hidden() func(prefix string) bool {
	var policies []route.Policy
	for _, n := range s.neighbors {
		if n.hides() {
			policies = append(policies, n.Policy)
		}
	}
	if len(policies) == 0 {
		return nil
	}
	return func(prefix string) bool {
		for i := range policies {
			if policies[i].Hides(prefix) {
				return true
			}
		}
		return false
	}
}
