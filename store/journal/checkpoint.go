package journal

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/store"
)

// checkpoint writes frozen changes to the base.
type checkpoint struct {
	changes overlay
	last    uint64       // number of the last frame of the changes
	then    func() error // see Checkpoint

	ended chan struct{} // closed when the fields below are set
	moved bool          // the base has the changes
	err   error
}

// Checkpoint writes the changes in the journal to the base. If then is not nil, it calls
// then while the base is complete and does not change. Other calls go on meanwhile, unless
// they fill the other half of the journal. So then must be quick and not wait for an Apply.
func (s *Store) Checkpoint(then func() error) error {
	s.writing.Lock()
	err := s.failure.Err()
	if err == nil {
		err = s.rotate(then)
	}
	c := s.checkpoint
	s.writing.Unlock()
	if err != nil {
		return err
	}
	<-c.ended
	return c.err
}

// rotate switches to the other half, and starts the checkpoint of this half.
func (s *Store) rotate(then func() error) error {
	if err := s.drain(); err != nil {
		return err
	}
	if s.synced < s.sequence {
		if err := s.syncFile(); err != nil {
			return s.fail(err)
		}
	}
	s.mu.Lock()
	s.frozen, s.active = s.active, make(overlay)
	s.mu.Unlock()
	s.half, s.offset = 1-s.half, 0
	s.checkpoint = &checkpoint{changes: s.frozen, last: s.sequence, then: then, ended: make(chan struct{})}
	go s.run(s.checkpoint)
	return nil
}

func (s *Store) run(c *checkpoint) {
	defer close(c.ended)
	if c.err = s.move(c, c.then == nil); c.err != nil || c.then == nil {
		return
	}
	c.err = errors.Join(c.then(), s.write(nil, c.last, true))
}

// drain waits for the checkpoint under way. If the disk was full, drain tries it again: the
// half must not be written until the base has its changes.
func (s *Store) drain() error {
	c := s.checkpoint
	if c == nil {
		return s.failure.Err()
	}
	<-c.ended
	if !c.moved && s.failure.Err() == nil {
		if err := s.move(c, true); err != nil {
			return err
		}
	}
	s.checkpoint = nil
	return s.failure.Err()
}

// move writes the changes of a checkpoint to the base.
func (s *Store) move(c *checkpoint, open bool) error {
	if err := s.write(c.changes.changes(), c.last, open); err != nil {
		return err
	}
	s.mu.Lock()
	s.frozen, c.moved = nil, true
	s.mu.Unlock()
	return nil
}

// write applies changes to the base, which then has every frame up to last.
func (s *Store) write(changes store.Batch, last uint64, open bool) error {
	s.basing.Lock()
	defer s.basing.Unlock()
	return s.writeLocked(changes, last, open)
}

// writeLocked fails the store for good unless the disk was full, which changes nothing.
func (s *Store) writeLocked(changes store.Batch, last uint64, open bool) error {
	err := s.base.Apply(append(changes, mark{s.head.id, last, open}.change()))
	if err != nil && (!store.IsFull(err) || errors.Is(err, store.ErrFailed)) {
		return s.fail(err)
	}
	return err
}

// spill writes batches that are larger than a half to the base, with all changes before
// them. Readers wait until the base has both and the overlay is empty.
func (s *Store) spill(batches []store.Batch) error {
	if err := s.drain(); err != nil {
		return err
	}
	changes := s.active.changes()
	for _, batch := range batches {
		changes = append(changes, batch...)
	}
	s.basing.Lock()
	defer s.basing.Unlock()
	if err := s.writeLocked(changes, s.sequence+1, true); err != nil {
		return err
	}
	s.restart(s.sequence + 1)
	return nil
}

// restart begins an empty journal. The base has every frame up to last.
func (s *Store) restart(last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.active)
	s.offset, s.sequence, s.synced = 0, last, last
}

// finish writes the last changes to the base, after which the journal is empty.
func (s *Store) finish() error {
	if err := s.failure.Err(); err != nil {
		return err
	}
	if s.synced < s.sequence {
		if err := s.syncFile(); err != nil {
			return s.fail(err)
		}
	}
	err := s.drain()
	if err == nil {
		err = s.write(s.active.changes(), s.sequence, false)
	}
	if err != nil && !errors.Is(err, store.ErrFailed) {
		err = fmt.Errorf("%s keeps the last changes until there is room: %w", s.name, err)
	}
	return err
}
