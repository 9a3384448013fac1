package journal

import (
	"errors"
	"fmt"
	"os"

	"github.com/ilp-go/connector/store"
)

// Recovered counts what Open found in a journal and not in the base.
type Recovered struct {
	// Unclosed says that the last process did not close the journal.
	Unclosed bool

	Frames, Changes int // applied to the base
	// Dropped frames were never synced: torn frames, and all frames behind a gap.
	// Bytes that look like an earlier round are not counted.
	DroppedFrames int
	DroppedBytes  int64
}

// prepare returns the mark of a base. It makes a journal if there is none, unless the mark
// says that there must be one.
func prepare(name string, base store.Store, half int64) (m mark, err error) {
	if m, err = readMark(base); err != nil {
		return mark{}, err
	}
	there, err := exists(name)
	if err != nil || there {
		return m, err
	}
	if m.open {
		return mark{}, missing(name)
	}
	// The base gets the new id first. Otherwise a journal that was made and then never
	// used would look like the journal of another base.
	h := newHeader(half)
	m = mark{id: h.id, last: m.last}
	if err := base.Apply(store.Batch{m.change()}); err != nil {
		return mark{}, err
	}
	if err := create(name, h); err != nil {
		return mark{}, fmt.Errorf("make %s, of %d MiB: %w", name, h.at(2)>>20, store.Explain(err))
	}
	return m, nil
}

func missing(name string) error {
	return fmt.Errorf("%s is missing, and the store is %w without it: the last changes are there; put it back, or restore a backup",
		name, store.ErrDamaged)
}

// Read returns the changes in the named journal that its base does not have, in the order
// of the keys. text is the value of Key in the base. An empty name stands for no journal,
// as with a backup. No process may have the journal open. Read changes nothing.
func Read(name, text string) (changes store.Batch, r Recovered, err error) {
	m, err := parseMark(text)
	if err != nil {
		return nil, r, err
	}
	if name == "" && m.open {
		return nil, r, fmt.Errorf("it is no backup, and %w without the journal that its last changes are in: put that beside it", store.ErrDamaged)
	}
	there, err := exists(name)
	switch {
	case err != nil:
		return nil, r, err
	case !there && m.open:
		return nil, r, missing(name)
	case !there:
		return nil, r, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, r, store.Explain(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h, err := readHeader(name, f)
	if err != nil {
		return nil, r, err
	}
	read, err := readFrames(name, f, h, m)
	if err != nil {
		return nil, r, err
	}
	read.Unclosed = m.open
	return read.changes.changes(), read.Recovered, nil
}

// start applies the changes in the journal to the base, and begins an empty journal.
func (s *Store) start(m mark) (err error) {
	if s.head, err = readHeader(s.name, s.file); err != nil {
		return err
	}
	s.seed = s.head.seed()
	r, err := readFrames(s.name, s.file, s.head, m)
	if err != nil {
		return err
	}
	s.Recovered = r.Recovered
	s.Recovered.Unclosed = m.open
	// Numbers of frames that were dropped are not used again.
	if err := s.write(r.changes.changes(), r.last, true); err != nil {
		return err
	}
	s.restart(r.last)
	return nil
}
