package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

func TestOpenMakesADirectoryForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "var", "lib", "connector")
	s := mustOpen(t, dir, Options{})
	storetest.MustClose(t, s)
	for name, want := range map[string]string{dir: "drwx------", s.path: "-rw-------"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().String() != want {
			t.Errorf("%s is %s: %v", name, info.Mode(), err)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("in the directory there is %v: %v", entries, err)
	}
}

func TestOpenLeavesWhatElseIsThere(t *testing.T) {
	dir := t.TempDir()
	token := filepath.Join(dir, "admin-token")
	if err := os.WriteFile(token, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	storetest.MustClose(t, mustOpen(t, dir, Options{}))
	if text, err := os.ReadFile(token); err != nil || string(text) != "x" {
		t.Errorf("it is %q: %v", text, err)
	}
}

// Open and Load change nothing.
func TestOpenWritesNothingOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir)
	before := snapshot(t, dir)
	s := mustOpen(t, dir, Options{Version: "2.0.0"})
	mustLoad(t, s)
	storetest.MustClose(t, s)
	if snapshot(t, dir) != before {
		t.Error("something in the directory has changed")
	}
}

func TestRelativePathIsTakenOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	s := mustOpen(t, "store", Options{})
	t.Chdir("/")
	storetest.MustApply(t, s, put("a", "1"))
	storetest.MustClose(t, s)
}

// edit changes a store behind its back.
func edit(change func(meta, data *bbolt.Bucket) error) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		db, err := bbolt.Open(path, fileMode, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			return change(tx.Bucket([]byte(metaBucket)), tx.Bucket([]byte(dataBucket)))
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// overwrite writes over a part of the file.
func overwrite(from, bytes int) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = file.WriteAt([]byte(strings.Repeat("\xa5", bytes)), int64(from))
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// replace makes another file of it.
func replace(text string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		if err := os.WriteFile(path, []byte(text), fileMode); err != nil {
			t.Fatal(err)
		}
	}
}

// What cannot be opened is refused with the reason and what to do, and not changed.
func TestRefusedStoreIsNotChanged(t *testing.T) {
	page := os.Getpagesize()
	for name, c := range map[string]struct {
		harm func(t *testing.T, path string)
		want error
		says []string
	}{
		"empty":     {replace(""), store.ErrDamaged, []string{"it is empty", "restore a backup"}},
		"cut short": {replace("x"), store.ErrDamaged, []string{"only 1 bytes", "restore a backup"}},
		"text":      {replace(strings.Repeat("balance: 5\n", 10_000)), store.ErrDamaged, []string{"neither of its first two pages"}},
		"zeros":     {replace(strings.Repeat("\x00", 1<<16)), store.ErrDamaged, []string{"neither of its first two pages"}},
		"a page":    {replace(strings.Repeat("\x00", page)), store.ErrDamaged, nil},
		"no meta":   {overwrite(0, 2*page), store.ErrDamaged, []string{"restore a backup"}},
		"half of it": {func(t *testing.T, path string) {
			if err := os.Truncate(path, int64(4*page)); err != nil {
				t.Fatal(err)
			}
		}, store.ErrDamaged, []string{"pages are missing at the end", "restore a backup"}},
		"no pages": {overwrite(2*page, 20*page), store.ErrDamaged, []string{"says that it is page", "restore a backup"}},
		"a changed value": {edit(func(_, data *bbolt.Bucket) error {
			return data.Put([]byte("balance/001"), []byte("\x00\x00\x00\x001000000"))
		}), store.ErrDamaged, []string{`the checksum of "balance/001" is wrong`}},
		"a moved value": {edit(func(_, data *bbolt.Bucket) error {
			return data.Put([]byte("balance/002"), data.Get([]byte("balance/001")))
		}), store.ErrDamaged, []string{`the checksum of "balance/002" is wrong`}},
		"a short value": {edit(func(_, data *bbolt.Bucket) error { return data.Put([]byte("x"), []byte("1")) }),
			store.ErrDamaged, []string{`the checksum of "x" is wrong`}},
		"a strange key": {edit(func(_, data *bbolt.Bucket) error {
			return data.Put([]byte("\xff"), appendSealed(nil, []byte("\xff"), nil))
		}), store.ErrDamaged, []string{`"\xff" is not UTF-8`}},
		"a bucket among the values": {edit(func(_, data *bbolt.Bucket) error {
			_, err := data.CreateBucket([]byte("x"))
			return err
		}), store.ErrDamaged, []string{`"x"`}},
		"an unknown bucket": {edit(func(meta, _ *bbolt.Bucket) error {
			_, err := meta.Tx().CreateBucket([]byte("routes"))
			return err
		}), store.ErrDamaged, []string{`unknown bucket "routes"`}},
		"no data": {edit(func(meta, _ *bbolt.Bucket) error { return meta.Tx().DeleteBucket([]byte(dataBucket)) }),
			store.ErrDamaged, []string{`no bucket "data"`}},
		"nothing": {edit(func(meta, _ *bbolt.Bucket) error {
			return errors.Join(meta.Tx().DeleteBucket([]byte(dataBucket)), meta.Tx().DeleteBucket([]byte(metaBucket)))
		}), store.ErrDamaged, []string{`no bucket "meta"`, `no bucket "data"`}},
		"no format": {edit(func(meta, _ *bbolt.Bucket) error { return meta.Delete([]byte(formatKey)) }), store.ErrDamaged, []string{"format"}},
		"format 0":  {edit(func(meta, _ *bbolt.Bucket) error { return putSealed(meta, formatKey, "0") }), store.ErrDamaged, []string{"format"}},
		"no date":   {edit(func(meta, _ *bbolt.Bucket) error { return putSealed(meta, createdKey, "") }), store.ErrDamaged, []string{"made at"}},
		"later": {edit(func(meta, data *bbolt.Bucket) error {
			return errors.Join(putSealed(meta, formatKey, "3"), putSealed(meta, versionKey, "9.8.7"), data.Put([]byte("x"), nil))
		}), store.ErrNewer, []string{"format 3", `"9.8.7"`, "knows format 2", "use that version"}},
		"another program's": {edit(func(meta, _ *bbolt.Bucket) error {
			_, err := meta.Tx().CreateBucket([]byte("photos"))
			return errors.Join(err, meta.Tx().DeleteBucket([]byte(dataBucket)), meta.Tx().DeleteBucket([]byte(metaBucket)))
		}), nil, []string{"not a connector's", "storePath"}},
		"a directory": {func(t *testing.T, path string) {
			if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, nil, []string{"is not a file"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir)
			path := filepath.Join(dir, FileName)
			c.harm(t, path)
			before := snapshot(t, dir)
			for what, err := range map[string]error{"Open": openFails(t, dir), "Verify": verifyFails(dir)} {
				if c.want != nil && !errors.Is(err, c.want) || err == nil || !strings.HasPrefix(err.Error(), dir) {
					t.Errorf("%s returned %v", what, err)
				}
				for _, text := range c.says {
					if err != nil && !strings.Contains(err.Error(), text) {
						t.Errorf("%s says %q and nothing of %q", what, err, text)
					}
				}
			}
			if snapshot(t, dir) != before {
				t.Error("something in the directory has changed")
			}
		})
	}
}

func openFails(t *testing.T, dir string) error {
	s, err := Open(dir, Options{})
	if err == nil {
		storetest.MustClose(t, s)
	}
	return err
}

func verifyFails(path string) error {
	_, err := Verify(path, nil, nil)
	return err
}

func TestPathThatIsNoDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		file:                         "storePath names the directory",
		filepath.Join(file, "store"): "not a directory",
		"":                           "set storePath",
	} {
		if err := openFails(t, path); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", path, err)
		}
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "text" {
		t.Errorf("the file is %q: %v", text, err)
	}
}
