package bolt

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/ilp-go/connector/store"
)

// Summary describes what a store holds.
type Summary struct {
	Format  int
	Created time.Time
	Version string // version of the program that made the store
	Keys    int
	Bytes   int64 // bytes of the file that are in use
}

// examine reads a database that no process has open for writing, shows every pair that can
// be read to visit, in order, and returns what is wrong with it. The value is borrowed. At the
// end, while the lock is still held, it calls also. Both may be nil.
func examine(path string, visit func(key string, value []byte), also func() error) (s Summary, err error) {
	db, file, err := open(path, bbolt.Options{ReadOnly: true, NoStatistics: true})
	if err != nil {
		return Summary{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	err = db.View(func(tx *bbolt.Tx) error {
		t, err := newTree(tx, file)
		switch {
		case errors.Is(err, store.ErrDamaged):
			return fmt.Errorf("%s is %w; it was not changed: restore a backup", path, err)
		case err != nil:
			return fmt.Errorf("%s: %w", path, store.Explain(err))
		}
		buckets, ours := t.buckets()
		if !ours {
			return fmt.Errorf("%s is a bbolt database, but not a connector's: give the connector a storePath of its own", path)
		}
		if s, err = t.summary(buckets[metaBucket]); err != nil {
			return fmt.Errorf("%s %w", path, err)
		}
		t.pairs(dataBucket, buckets[dataBucket], func(key string, value []byte) {
			s.Keys++
			if visit != nil {
				visit(key, value)
			}
		})
		t.freeList()
		if len(t.damage.found) == 0 { // so that bbolt can follow the pages
			for err := range tx.Check() {
				t.damage.add("%v", err)
			}
		}
		if also != nil {
			err = also()
		}
		return errors.Join(t.damage.err(path), err)
	})
	return s, err
}

// buckets returns the values of the two buckets. It reports false if there are others instead.
func (t *tree) buckets() (values map[string][]byte, ours bool) {
	values = make(map[string][]byte)
	t.walk(t.root, nil, 0, bucketFlags, func(name, value []byte) { values[string(name)] = value })
	if len(t.damage.found) == 0 && len(values) > 0 && values[metaBucket] == nil && values[dataBucket] == nil {
		return nil, false
	}
	for name := range values {
		if name != metaBucket && name != dataBucket {
			t.damage.add("there is an unknown bucket %q", name)
		}
	}
	return values, true
}

// summary reads the meta bucket. It fails if the format is of a later version.
func (t *tree) summary(bucket []byte) (s Summary, err error) {
	values := make(map[string]string)
	t.pairs(metaBucket, bucket, func(key string, value []byte) { values[key] = string(value) })
	s = Summary{Version: values[versionKey], Bytes: int64(len(t.used)) * int64(t.pageSize)}
	if s.Format, err = strconv.Atoi(values[formatKey]); err != nil || s.Format < formatMin {
		t.damage.add("the format of the store is %q", values[formatKey])
	}
	if s.Format > format {
		return Summary{}, fmt.Errorf("%w: it has format %d, made by version %q, and this version knows format %d; "+
			"it was not changed: use that version, or restore a backup that this one has made", store.ErrNewer, s.Format, s.Version, format)
	}
	if s.Created, err = time.Parse(time.RFC3339, values[createdKey]); err != nil {
		t.damage.add("the store was made at %q", values[createdKey])
	}
	return s, nil
}

// pairs visits the pairs of a bucket that are as they were written.
func (t *tree) pairs(name string, bucket []byte, visit func(key string, value []byte)) {
	t.bucket(name, bucket, func(key, sealed []byte) {
		value, ok := unseal(key, sealed)
		if !ok {
			t.damage.add("the checksum of %q is wrong", key)
			return
		}
		if err := (store.Batch{{Key: string(key)}}).Validate(); err != nil {
			t.damage.add("%v", err)
			return
		}
		visit(string(key), value)
	})
}

// damage collects what is wrong with a file.
type damage struct {
	found []string
	more  int
}

// damageMax is the number of faults that an error lists.
const damageMax = 10

func (d *damage) add(f string, args ...any) {
	if len(d.found) == damageMax {
		d.more++
		return
	}
	d.found = append(d.found, fmt.Sprintf(f, args...))
}

func (d *damage) err(path string) error {
	if len(d.found) == 0 {
		return nil
	}
	how := strings.Join(d.found, ", ")
	if d.more > 0 {
		how += fmt.Sprintf(" and %d more", d.more)
	}
	return damaged(path, how)
}

// filePath returns the database file of a store, or path itself if it is a file.
func filePath(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, FileName)
	}
	return path
}
