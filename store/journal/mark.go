package journal

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ilp-go/connector/store"
)

// Key is the key of the mark in the base. No user of the store can see or write a key that
// begins with [Reserved].
const (
	Reserved = "\x00journal/"
	Key      = Reserved + "mark"
)

// mark is what the base stores about the journal. It changes in one batch with the changes
// from the journal.
type mark struct {
	id   uint64 // id of the journal
	last uint64 // the base has every frame up to this number
	// open says that the journal may have more, so that the base must not be used
	// without it.
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

// parseMark reads a mark. The text is empty for a base that never had a journal.
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
		return mark{}, fmt.Errorf("what is kept about the journal is %w: it is %q; restore a backup", store.ErrDamaged, text)
	}
	return m, nil
}

// readMark reads the mark of a base.
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

// validate refuses a batch that no store takes, or that has a reserved key.
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
