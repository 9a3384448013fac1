package journal

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/store"
)

// Key is what the base keeps about the journal: under it is the mark. No user of the
// store sees a key that begins with [Reserved], nor can write one.
const (
	Reserved = "\x00journal/"
	Key      = Reserved + "mark"
)

// mark is what the base knows about the journal. It changes in one batch with
// whatever comes from there.
type mark struct {
	id   uint64 // of the journal
	last uint64 // the last frame of which the base has everything
	// open says that there may be more in the journal, so that the base must not be
	// used without it.
	open bool
}

func (m mark) String() string {
	state := "complete"
	if m.open {
		state = "open"
	}
	return fmt.Sprintf("%d %016x %d %s", format, m.id, m.last, state)
}

func (m mark) change() store.Change { return store.Change{Key: Key, Value: []byte(m.String())} }

// parseMark reads a mark. That of a base that never had a journal is empty.
func parseMark(text string) (m mark, err error) {
	if text == "" {
		return mark{}, nil
	}
	number, _, _ := strings.Cut(text, " ")
	if version, err := strconv.Atoi(number); err == nil && version > format {
		return mark{}, fmt.Errorf("the journal %w, with format %d, and this version knows format %d: use that version", store.ErrNewer, version, format)
	}
	var state string
	_, _ = fmt.Sscanf(text, "1 %x %d %s", &m.id, &m.last, &state)
	m.open = state == "open"
	if m.String() != text {
		return mark{}, fmt.Errorf("what is kept about the journal is %w: it is %q", store.ErrDamaged, text)
	}
	return m, nil
}

// readMark finds the mark in a base.
func readMark(base store.Store) (m mark, err error) {
	var text string
	err = base.Load(Key, func(key string, value []byte) error {
		if key == Key {
			text = string(value)
		}
		return nil
	})
	if err != nil {
		return mark{}, err
	}
	return parseMark(text)
}

// validate refuses what no store takes, and what is ours.
func validate(batch store.Batch) error {
	if err := batch.Validate(); err != nil {
		return err
	}
	for i := range batch {
		if strings.HasPrefix(batch[i].Key, Reserved) {
			return fmt.Errorf("the key %q begins with %q, which is reserved", batch[i].Key, Reserved)
		}
	}
	return nil
}
