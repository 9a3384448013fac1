package disk

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/journal"
)

// Summary describes what a store holds. The format, the time, the version and the bytes
// are those of the database.
type Summary struct {
	bolt.Summary
	// Recovered counts what only the journal has. It is zero if the store was closed.
	Recovered journal.Recovered
}

// Verify reads a whole store that no process has open, or a backup, and returns what it
// holds, or all that is wrong with it: the faults that bolt.Verify finds, and those of the
// journal. It changes nothing. path is a directory or a database file.
func Verify(path string) (Summary, error) { return Read(path, nil) }

// Read does what Verify does, and shows each pair that can be read to visit, in the order
// of the keys. The value is borrowed.
func Read(path string, visit func(key string, value []byte)) (Summary, error) {
	summary, pairs, err := read(path)
	summary.Keys = len(pairs)
	for _, p := range pairs {
		if visit != nil {
			visit(p.Key, p.Value)
		}
	}
	return summary, err
}

// Dump writes the pairs of a store that no process has open, or of a backup, as lines of
// JSON in the order of the keys. A line has "key", and "value" or, if the value is not
// UTF-8, "base64". It has "hidden" instead if hide, which may be nil, returns true for the
// key. Of a damaged store Dump writes what can be read, and then returns what is wrong.
func Dump(path string, w io.Writer, hide func(key string) bool) error {
	_, pairs, err := read(path)
	out := bufio.NewWriter(w) // remembers an error
	lines := json.NewEncoder(out)
	lines.SetEscapeHTML(false)
	for _, p := range pairs {
		l := newLine(p.Key, p.Value)
		if hide != nil && hide(p.Key) {
			l = line{Key: p.Key, Hidden: true}
		}
		_ = lines.Encode(l)
	}
	return errors.Join(err, out.Flush())
}

// read reads the database, and then the journal while the lock is still held.
func read(path string) (s Summary, pairs []store.Change, err error) {
	if err := look(path); err != nil {
		return s, nil, err
	}
	var mark string
	var changes store.Batch
	s.Summary, err = bolt.Verify(path, func(key string, value []byte) {
		if key == journal.Key {
			mark = string(value)
		}
		pairs = append(pairs, store.Change{Key: key, Value: append([]byte{}, value...)})
	}, func() (err error) {
		changes, s.Recovered, err = journal.Read(journalOf(path), mark)
		return err
	})
	return s, journal.Merge(pairs, changes), err
}

// look returns an error that says what is missing if there is no store at path.
func look(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no store at %s: name the storePath of a connector, or a backup", path)
	case err != nil:
		return store.Explain(err)
	case !info.IsDir():
		return nil
	}
	if err := complete(path); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(path, bolt.FileName)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no store in %s: it has no %s", path, bolt.FileName)
	}
	return nil
}

// journalOf returns the path of the journal of a store. A backup has none.
func journalOf(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, JournalName)
	}
	if dir, file := filepath.Split(path); file == bolt.FileName {
		return filepath.Join(dir, JournalName)
	}
	return ""
}

// line is a pair as it is dumped.
type line struct {
	Key    string  `json:"key"`
	Value  *string `json:"value,omitempty"`
	Base64 []byte  `json:"base64,omitempty"`
	Hidden bool    `json:"hidden,omitempty"`
}

func newLine(key string, value []byte) line {
	if !utf8.Valid(value) {
		return line{Key: key, Base64: value}
	}
	text := string(value)
	return line{Key: key, Value: &text}
}
