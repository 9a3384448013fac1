package journal

import "github.com/ilp-go/connector/store"

// group holds the batches of all callers that wait for the same sync.
type group struct {
	batches   []store.Batch // guarded by Store.queue until it is taken
	members   int           // guarded by Store.queue until it is taken, then by Store.writing
	committed bool
	err       error
}

// join adds a batch to the next group.
func (s *Store) join(batch store.Batch) *group {
	s.queue.Lock()
	defer s.queue.Unlock()
	g := s.next
	g.batches = append(g.batches, batch)
	g.members++
	return g
}

// take takes the next group. Later batches join another group.
func (s *Store) take(g *group) {
	other := s.spare
	if s.spare = nil; other == nil {
		other = new(group)
	}
	s.queue.Lock()
	defer s.queue.Unlock()
	if s.next != g {
		panic("journal: a group is committed out of turn")
	}
	s.next = other
}

// leave returns the error of the group. The last member to leave clears the group.
func (s *Store) leave(g *group) error {
	err := g.err
	if g.members--; g.members == 0 {
		clear(g.batches)
		*g = group{batches: g.batches[:0]}
		s.spare = g
	}
	return err
}
