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

// Summary is what a store holds.
type Summary struct {
	Format  int
	Created time.Time
	Version string // of the program that made it
	Keys    int
	Bytes   int64 // that are in use, of the file
}

// examine reads a database that is open nowhere else, visits every pair that can be
// read, in order, and returns what is wrong with it. The value is borrowed. further may
// then look at the database as well.
func examine(path string, visit func(key string, value []byte), further func(*bbolt.DB, *damage) error) (s Summary, err error) {
	db, file, err := open(path, bbolt.Options{ReadOnly: true, NoStatistics: true})
	if err != nil {
		return Summary{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	t, err := newTree(file, db.Info().PageSize)
	switch {
	case errors.Is(err, store.ErrDamaged):
		return Summary{}, fmt.Errorf("%s is %w; it was not changed: restore a backup", path, err)
	case err != nil:
		return Summary{}, fmt.Errorf("%s: %w", path, store.Explain(err))
	}
	meta, data, ok := t.buckets()
	if !ok {
		return Summary{}, fmt.Errorf("%s is a bbolt database, but not a connector's: give the connector a storePath of its own", path)
	}
	if s, err = t.summary(meta); err != nil {
		return Summary{}, fmt.Errorf("%s %w", path, err)
	}
	t.pairs(dataBucket, data, func(key string, value []byte) {
		s.Keys++
		if visit != nil {
			visit(key, value)
		}
	})
	t.rest()
	if further != nil {
		err = further(db, &t.damage)
	}
	return s, errors.Join(t.damage.err(path), err)
}

// buckets finds the two buckets. It reports false if there are others instead.
func (t *tree) buckets() (meta, data element, ok bool) {
	var names []string
	t.root(func(e element) {
		switch name := string(e.key); {
		case !e.bucket:
			t.damage.add("%q is not a bucket", e.key)
		case name == metaBucket:
			meta = e
		case name == dataBucket:
			data = e
		default:
			names = append(names, name)
		}
	})
	if len(t.damage.found) == 0 && meta.key == nil && data.key == nil && names != nil {
		return meta, data, false
	}
	for _, name := range names {
		t.damage.add("there is an unknown bucket %q", name)
	}
	return meta, data, true
}

// summary reads the meta bucket. A format that is not known is an error, and the end.
func (t *tree) summary(bucket element) (s Summary, err error) {
	values := make(map[string]string)
	t.pairs(metaBucket, bucket, func(key string, value []byte) { values[key] = string(value) })
	s = Summary{Version: values[versionKey], Bytes: int64(t.meta.pages) * int64(t.pageSize)}
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

// pairs visits the pairs of a bucket that are what was written.
func (t *tree) pairs(name string, bucket element, visit func(key string, value []byte)) {
	t.bucket(name, bucket, func(e element) {
		value, ok := unseal(e.key, e.value)
		if !ok || e.bucket {
			t.damage.add("the checksum of %q is wrong", e.key)
			return
		}
		key := string(e.key)
		if err := (store.Batch{{Key: key}}).Validate(); err != nil {
			t.damage.add("%v", err)
			return
		}
		visit(key, value)
	})
}

// damage is what is wrong with a file.
type damage struct {
	found []string
	more  int
}

// damageMax is how much of it is told.
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

// filePath is the database file of a store, or path itself if it is a file.
func filePath(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return filepath.Join(path, FileName)
	}
	return path
}
