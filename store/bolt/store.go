package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"

	"go.etcd.io/bbolt"

	"github.com/ilp-go/connector/store"
)

// Options says how to open a store. The zero value is valid.
type Options struct {
	// Version is the version of the program, which a new store records.
	Version string
}

// Store keeps pairs in a database file. It implements store.Store. Each method may wait
// for the disk.
type Store struct {
	dir  string
	path string
	made fs.FileInfo // the file that was opened
	db   *bbolt.DB

	// writing is held for a whole Apply. So nothing is written after a failure, and
	// no reader begins between the write and the sync of a batch, which bbolt would
	// show already.
	writing sync.Mutex
	failure store.Failure

	close func() error
}

// Open opens the store in a directory, and makes both if they are not there. It reads
// every page in use. It returns an error, with the files untouched, if another process
// has the store open (store.ErrInUse), or if the store is damaged (store.ErrDamaged), of
// a later version (store.ErrNewer), or not writable.
func Open(dir string, o Options) (*Store, error) {
	path, err := prepare(dir, o.Version)
	if err != nil {
		return nil, err
	}
	if _, err := examine(path, nil, nil); err != nil {
		return nil, err
	}
	db, file, err := open(path, bbolt.Options{
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: mapBytes(),
		NoStatistics:    true,
	})
	if err != nil {
		return nil, err
	}
	db.AllocSize = growBytes
	s := &Store{dir: filepath.Dir(path), path: path, db: db}
	s.close = sync.OnceValue(s.end)
	if s.made, err = file.Stat(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

// growBytes is the number of bytes by which the file grows.
const growBytes = 1 << 20

// mapBytes returns how much of the address space to reserve for the file at once. To map
// more, bbolt waits for all readers, so that a slow backup would delay the writers.
// Windows would make the file itself that large.
func mapBytes() int {
	switch {
	case runtime.GOOS == "windows":
		return 0
	case strconv.IntSize < 64:
		return 128 << 20
	}
	return 1 << 30
}

// Apply makes all changes of the batch, which are then on the disk. A batch that is not
// valid and a full disk change nothing. After any other error the contents of the disk
// are unknown: this and every later Apply and Load returns a store.ErrFailed, until the
// store is opened again.
func (s *Store) Apply(batch store.Batch) error {
	if err := batch.Validate(); err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.failure.Err(); err != nil || len(batch) == 0 {
		return err
	}
	if err := s.inPlace(); err != nil {
		return s.failure.Set(s.dir, err)
	}
	var id int
	err := s.db.Update(func(tx *bbolt.Tx) error {
		id = tx.ID()
		return write(tx.Bucket([]byte(dataBucket)), batch)
	})
	if isFull(err) && s.last() < id {
		return fmt.Errorf("%s: %w", s.dir, store.Explain(err))
	}
	if err != nil {
		return s.failure.Set(s.dir, err)
	}
	return nil
}

func write(bucket *bbolt.Bucket, batch store.Batch) error {
	size := 0
	for _, c := range batch {
		size += sealSize + len(c.Value)
	}
	sealed := make([]byte, 0, size) // bbolt borrows the values until the end
	for _, c := range batch {
		key := []byte(c.Key)
		if c.Value == nil {
			if err := bucket.Delete(key); err != nil {
				return err
			}
			continue
		}
		from := len(sealed)
		sealed = appendSealed(sealed, key, c.Value)
		if err := bucket.Put(key, sealed[from:]); err != nil {
			return err
		}
	}
	return nil
}

// last returns the number of the transaction that readers see. The write of a meta page
// can fail after the bytes that count.
func (s *Store) last() (id int) {
	err := s.db.View(func(tx *bbolt.Tx) error {
		id = tx.ID()
		return nil
	})
	if err != nil {
		return math.MaxInt
	}
	return id
}

// inPlace returns an error unless the open file is still the file at its path. A write to
// a file that was removed, or replaced by a backup, would be lost.
func (s *Store) inPlace() error {
	now, err := os.Stat(s.path)
	if err == nil && !os.SameFile(now, s.made) {
		err = fmt.Errorf("%s was replaced while it was in use", s.path)
	}
	return err
}

// Load visits every key that begins with prefix. It first reads them all, so that visit
// may be slow and may call the store.
func (s *Store) Load(prefix string, visit func(key string, value []byte) error) error {
	pairs, err := s.read(prefix)
	if err != nil {
		return err
	}
	return pairs.Visit(visit)
}

func (s *Store) read(prefix string) (pairs store.Batch, err error) {
	tx, err := s.begin()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, tx.Rollback()) }()
	cursor := tx.Bucket([]byte(dataBucket)).Cursor()
	for k, v := cursor.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = cursor.Next() {
		value, ok := unseal(k, v)
		if !ok {
			return nil, fmt.Errorf("%s is %w: the checksum of %q is wrong", s.path, store.ErrDamaged, k)
		}
		pairs = append(pairs, store.Change{Key: string(k), Value: append([]byte{}, value...)})
	}
	return pairs, nil
}

// begin begins a transaction that reads.
func (s *Store) begin() (*bbolt.Tx, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.failure.Err(); err != nil {
		return nil, err
	}
	return s.db.Begin(false)
}

// Path returns the absolute path of the database file.
func (s *Store) Path() string { return s.path }

// Close releases the file. It returns the failure of an earlier write, if there was one.
func (s *Store) Close() error { return s.close() }

func (s *Store) end() error {
	return errors.Join(s.failure.Err(), s.db.Close())
}

var _ store.Store = (*Store)(nil)
