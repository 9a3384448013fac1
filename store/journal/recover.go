package journal

import (
	"errors"
	"fmt"
	"os"

	"github.com/ilp-go/connector/store"
)

// Recovered is what Open found in a journal, which the base did not have.
type Recovered struct {
	// Unclosed says that whoever had the journal open has not closed it.
	Unclosed bool

	Frames, Changes int // that were applied to the base
	// What was dropped because it was never synced: a frame that is torn, and those
	// behind a gap. Bytes that cannot be told from what was there before are not
	// counted.
	DroppedFrames int
	DroppedBytes  int64
}

// prepare makes the journal of a base if there is none. Otherwise it finds out whether
// there should be one.
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
	// First the base learns of the new id. So a journal that was made and then left
	// alone is not taken for one of another base.
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

// Read returns what the journal in the file of that name has that its base has not, in
// the order of the keys. The text is what the base has under Key. Without a name there
// is no journal, as with a backup. Nobody may have the journal open. It changes nothing.
func Read(name, text string) (changes store.Batch, r Recovered, err error) {
	m, err := parseMark(text)
	if err != nil {
		return nil, r, err
	}
	if name == "" && m.open {
		return nil, r, fmt.Errorf("it is no backup, and %w without the journal that its last changes are in", store.ErrDamaged)
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

// start applies to the base what the journal has, and begins an empty one.
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
