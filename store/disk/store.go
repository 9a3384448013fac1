package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/journal"
)

// JournalName is what the journal in the directory of a store is called.
const JournalName = "store.journal"

// Options is how a store is opened. The zero value is valid.
type Options struct {
	// Durability is when a change is on the disk.
	Durability store.Durability
	// Version names the program, for whoever finds the store later.
	Version string
	// Log is told if changes are lost. It may be nil.
	Log *slog.Logger

	halfBytes int64 // of the journal, small in tests
}

// Store keeps pairs in two files. It implements store.Store; each method may wait for
// the disk.
type Store struct {
	dir     string
	made    bool // by Open
	db      *bolt.Store
	journal *journal.Store

	// closing is shared by who makes a checkpoint, which must not come after the last.
	closing sync.RWMutex
	closed  bool // guarded by closing
}

// Open opens the store in a directory, and makes both if they are not there. It
// returns an error, with nothing changed of what was kept, if the store is open
// elsewhere (store.ErrInUse), damaged or incomplete (store.ErrDamaged), of a later
// version (store.ErrNewer), or not to be written.
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

// Recovered is what Open found.
type Recovered struct {
	New bool // nothing: it has made the store
	journal.Recovered
}

// Recovered says what Open found.
func (s *Store) Recovered() Recovered { return Recovered{s.made, s.journal.Recovered} }

// Dir is the directory, as an absolute path.
func (s *Store) Dir() string { return s.dir }

// complete refuses a journal without its database, in place of which an empty one
// would be made.
func complete(dir string) error {
	_, err := os.Stat(filepath.Join(dir, bolt.FileName))
	_, errJournal := os.Stat(filepath.Join(dir, JournalName))
	if errors.Is(err, fs.ErrNotExist) && errJournal == nil {
		return fmt.Errorf("%s has a %s but no %s, so that the store is %w: put that back, or restore a backup and move the journal away",
			dir, JournalName, bolt.FileName, store.ErrDamaged)
	}
	return nil
}

// report says that changes are lost.
func report(log *slog.Logger, r journal.Recovered) {
	if r.DroppedFrames > 0 {
		log.Warn("the store was not closed, and its last changes were never synced: some are lost",
			"frames", r.Frames, "changes", r.Changes, "droppedFrames", r.DroppedFrames, "droppedBytes", r.DroppedBytes)
	}
}

// Load visits every key that begins with prefix. It first reads them all: visit may
// take its time and call the store.
func (s *Store) Load(prefix string, visit func(key string, value []byte) error) error {
	return s.journal.Load(prefix, visit)
}

// Apply makes all changes of the batch, durably as [store.Durability] has it. Batches
// that are applied at the same time share a sync. After an error other than of a batch
// that is not valid or a disk that is full, which change nothing, it is not known what
// the disk holds: then this and every later Apply and Load returns a store.ErrFailed,
// until the store is opened again.
func (s *Store) Apply(batch store.Batch) error { return s.journal.Apply(batch) }

// Backup writes a copy of the store as it is now, which is a store.db that needs no
// journal. Others go on reading and writing meanwhile; only Close waits for it, and so
// does what fills the journal once the database grows beyond a gibibyte.
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

// snapshot is the whole store in the database.
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

// Close makes everything durable and releases the files. It returns the failure, if
// there was one: it may not have come up in an Apply. A Backup that is under way is
// waited for, and one that comes later is refused.
func (s *Store) Close() error {
	s.closing.Lock()
	s.closed = true
	s.closing.Unlock()
	return errors.Join(s.journal.Close(), s.db.Close())
}

var _ store.Store = (*Store)(nil)
