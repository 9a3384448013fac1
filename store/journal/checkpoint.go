package journal

import (
	"errors"
	"fmt"

	"github.com/ilp-go/connector/store"
)

// checkpoint is the way of frozen changes into the base.
type checkpoint struct {
	changes overlay
	last    uint64       // the frame they end with
	then    func() error // see Checkpoint

	ended chan struct{} // closed when what follows is there
	moved bool          // the base has the changes
	err   error
}

// Checkpoint writes what the journal has to the base and calls then, if that is not
// nil, while the base is complete and does not change. Others go on meanwhile, unless
// they fill the half of the journal that is left to them: so then must be quick, and
// not wait for an Apply.
func (s *Store) Checkpoint(then func() error) error {
	s.writing.Lock()
	err := s.failed()
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

// rotate goes on in the other half, and starts the checkpoint of this one.
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
	s.frozen, s.active = s.active, make(overlay, len(s.active))
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

// drain waits for the checkpoint that is under way. If there was no room for it, it
// tries again: the half that it is of must not be written until the base has it.
func (s *Store) drain() error {
	c := s.checkpoint
	if c == nil {
		return s.failed()
	}
	<-c.ended
	if !c.moved && s.failed() == nil {
		if err := s.move(c, true); err != nil {
			return err
		}
	}
	s.checkpoint = nil
	return s.failed()
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

// write changes the base, which then has every frame to the last.
func (s *Store) write(changes store.Batch, last uint64, open bool) error {
	s.basing.Lock()
	defer s.basing.Unlock()
	return s.writeLocked(changes, last, open)
}

// writeLocked fails for good unless there was no room, which changes nothing.
func (s *Store) writeLocked(changes store.Batch, last uint64, open bool) error {
	err := s.base.Apply(append(changes, mark{s.head.id, last, open}.change()))
	if err != nil && (!store.IsFull(err) || errors.Is(err, store.ErrFailed)) {
		return s.fail(err)
	}
	return err
}

// spill writes batches that no half has room for to the base, with all that came
// before them. Whoever reads waits until the base has both and the overlay neither.
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

// restart begins an empty journal: the base has every frame to the last.
func (s *Store) restart(last uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.active)
	s.offset, s.sequence, s.synced = 0, last, last
}

// finish is the checkpoint at the end, which leaves nothing to the journal.
func (s *Store) finish() error {
	if err := s.failed(); err != nil {
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
