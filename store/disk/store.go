package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/journal"
)

// JournalName is the name of the journal in the directory of a store.
const JournalName = "store.journal"

// Options says how to open a store. The zero value is valid.
type Options struct {
	// Durability says when a change is on the disk.
	Durability store.Durability
	// Version is the version of the program, which a new store records.
	Version string
	// Log gets a warning if changes were lost. It may be nil.
	Log *slog.Logger

	halfBytes int64 // of the journal, small in tests
}

// Store keeps pairs in two files. It implements store.Store. Each method may wait for the
// disk.
type Store struct {
	dir     string
	made    bool // Open has made the store
	db      *bolt.Store
	journal *journal.Store

	// closing is read-locked by snapshot, whose checkpoint must not come after the last one.
	closing sync.RWMutex
	closed  bool // guarded by closing
}

// Open opens the store in a directory, and makes both if they are not there. It returns an
// error, and does not change the contents, if another process has the store open
// (store.ErrInUse), or if the store is damaged or incomplete (store.ErrDamaged), of a later
// version (store.ErrNewer), or not writable.
func Open(dir string, o Options) (*Store, error) {
	if err := o.Durability.Validate(); err != nil {
		return nil, err
	}
	if err := complete(dir); err != nil {
		return nil, err
	}
	_, errThere := os.Stat(filepath.Join(dir, bolt.FileName))
	db, err := bolt.Open(dir, bolt.Options{Version: o.Version})
	if err != nil {
		return nil, err
	}
	name := filepath.Join(filepath.Dir(db.Path()), JournalName)
	j, err := journal.Open(name, db, journal.Options{Durability: o.Durability, HalfBytes: o.halfBytes})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.Upgrade(o.Version); err != nil {
		return nil, errors.Join(err, j.Close(), db.Close())
	}
	if o.Log != nil {
		report(o.Log, j.Recovered)
	}
	return &Store{dir: filepath.Dir(name), made: errThere != nil, db: db, journal: j}, nil
}

// Recovered describes what Open found.
type Recovered struct {
	New bool // Open found no store and made one
	journal.Recovered
}

// Recovered returns what Open found.
func (s *Store) Recovered() Recovered { return Recovered{s.made, s.journal.Recovered} }

// Dir returns the absolute path of the directory.
func (s *Store) Dir() string { return s.dir }

// complete refuses a journal without its database: Open would make an empty database
// beside it. It also refuses the LevelDB of another program in place of a store.
func complete(dir string) error {
	_, err := os.Stat(filepath.Join(dir, bolt.FileName))
	if errors.Is(err, fs.ErrNotExist) && isLevelDB(dir) {
		return fmt.Errorf("%s holds a LevelDB, as stores of the JavaScript connector do, and we read none: use another directory; "+
			"that store has no balances that we could take over", dir)
	}
	_, errJournal := os.Stat(filepath.Join(dir, JournalName))
	if errors.Is(err, fs.ErrNotExist) && errJournal == nil {
		return fmt.Errorf("%s has a %s but no %s, so that the store is %w: put that back, or restore a backup and move the journal away",
			dir, JournalName, bolt.FileName, store.ErrDamaged)
	}
	return nil
}

// isLevelDB reports whether a directory has the files that each LevelDB has.
func isLevelDB(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "CURRENT"))
	entries, _ := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasPrefix(e.Name(), "MANIFEST-") })
}

// report logs that changes are lost.
func report(log *slog.Logger, r journal.Recovered) {
	if r.DroppedFrames > 0 {
		log.Warn("the store was not closed, and its last changes were never synced: some are lost",
			"frames", r.Frames, "changes", r.Changes, "droppedFrames", r.DroppedFrames, "droppedBytes", r.DroppedBytes)
	}
}

// Load visits every key that begins with prefix. It first reads them all, so that visit
// may be slow and may call the store.
func (s *Store) Load(prefix string, visit func(key string, value []byte) error) error {
	return s.journal.Load(prefix, visit)
}

// Apply makes all changes of the batch, as durable as [store.Durability] says. Concurrent
// batches share a sync. A batch that is not valid and a full disk change nothing. After
// any other error the contents of the disk are unknown: this and every later Apply and
// Load returns a store.ErrFailed, until the store is opened again.
func (s *Store) Apply(batch store.Batch) error { return s.journal.Apply(batch) }

// Backup writes a copy of the store as it is now: a store.db that needs no journal. Reads
// and writes go on meanwhile. Only Close waits for it, and an Apply that fills the journal
// when the database grows beyond a multiple of 1 GiB.
func (s *Store) Backup(w io.Writer) error {
	now, err := s.snapshot()
	if err != nil {
		if now != nil {
			err = errors.Join(err, now.Close())
		}
		return fmt.Errorf("backup of %s: %w", s.dir, err)
	}
	return now.Write(w)
}

// snapshot returns a snapshot of the database after it has the whole store.
func (s *Store) snapshot() (now *bolt.Snapshot, err error) {
	s.closing.RLock()
	defer s.closing.RUnlock()
	if s.closed {
		return nil, fs.ErrClosed
	}
	err = s.journal.Checkpoint(func() (err error) {
		now, err = s.db.Snapshot()
		return err
	})
	return now, err
}

// Close makes everything durable and releases the files. It returns a failure, also one
// that no Apply has returned. It waits for a Backup under way, and refuses a later one.
func (s *Store) Close() error {
	s.closing.Lock()
	s.closed = true
	s.closing.Unlock()
	return errors.Join(s.journal.Close(), s.db.Close())
}

var _ store.Store = (*Store)(nil)
