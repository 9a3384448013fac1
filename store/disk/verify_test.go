package disk

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/bolt"
	"github.com/ilp-go/connector/store/journal"
	"github.com/ilp-go/connector/store/storetest"
)

// snapshot returns all bytes of a store.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var all bytes.Buffer
	for _, name := range []string{bolt.FileName, JournalName} {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

func mustDump(t *testing.T, path string) string {
	t.Helper()
	var out strings.Builder
	if err := Dump(path, &out, nil); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Both files are read, and neither is changed.
func TestVerifyAndDumpReadTheJournal(t *testing.T) {
	dir := killed(t, 20)
	before := snapshot(t, dir)
	paths := []string{dir, filepath.Join(dir, bolt.FileName)}
	for _, path := range paths {
		got, err := Verify(path)
		if err != nil {
			t.Fatal(err)
		}
		if got.Format != 2 || got.Version != "1.2.3" || got.Recovered.Frames == 0 || got.Keys != strings.Count(mustDump(t, path), "\n") {
			t.Errorf("%s is %+v", path, got)
		}
	}
	open := mustDump(t, dir)
	if snapshot(t, dir) != before {
		t.Error("the store has changed")
	}
	counted(t, dir)
	if closed := mustDump(t, dir); closed != open {
		t.Errorf("it shows\n%s\nand after it was closed\n%s", open, closed)
	}
	if got, err := Verify(dir); err != nil || got.Recovered != (journal.Recovered{}) {
		t.Errorf("after it was closed it is %+v: %v", got, err)
	}
}

func TestDumpIsOneLinePerPair(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, small)
	storetest.MustApply(t, s, store.Batch{
		{Key: "b/zwei", Value: []byte(`{"a":"<1 & 2>"}`)}, {Key: "a\n\"ä\"", Value: []byte("line\nline")},
		{Key: "b", Value: []byte{}}, {Key: "c", Value: []byte{0xff, 0x00}},
	})
	storetest.MustClose(t, s)
	const want = `{"key":"a\n\"ä\"","value":"line\nline"}
{"key":"b","value":""}
{"key":"b/zwei","value":"{\"a\":\"<1 & 2>\"}"}
{"key":"c","base64":"/wA="}
`
	if got := mustDump(t, dir); got != want {
		t.Errorf("dumped\n%s", got)
	}
}

// What is hidden is named, and nothing of it is told.
func TestDumpHidesWhatItIsTold(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, small)
	storetest.MustApply(t, s, store.Batch{{Key: "a", Value: []byte("1")}, {Key: "b", Value: []byte("s3cret")}})
	storetest.MustClose(t, s)
	var out strings.Builder
	if err := Dump(dir, &out, func(key string) bool { return key != "a" }); err != nil {
		t.Fatal(err)
	}
	if want := "{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":\"b\",\"hidden\":true}\n"; !strings.HasSuffix(out.String(), want) || strings.Contains(out.String(), "s3cret") {
		t.Errorf("dumped\n%s", out.String())
	}
}

// harm changes a byte of the frames in a journal, which are behind its header.
func harm(t *testing.T, dir string) {
	t.Helper()
	name := filepath.Join(dir, JournalName)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[4096+100] ^= 1
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// What can be read of a damaged store is dumped, and then it is said what is wrong.
func TestDamagedJournalIsRefusedAndDumpedAroundIt(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, small)
	storetest.MustApply(t, s, store.Batch{{Key: "before", Value: []byte("1")}})
	storetest.MustClose(t, s)
	grow(t, dir)
	harm(t, dir)
	before := snapshot(t, dir)
	if _, err := Open(dir, small); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open returned %v", err)
	}
	if _, err := Verify(dir); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), JournalName) {
		t.Errorf("Verify returned %v", err)
	}
	var out strings.Builder
	if err := Dump(dir, &out, nil); !errors.Is(err, store.ErrDamaged) || !strings.Contains(out.String(), `"before"`) {
		t.Errorf("dumped %q: %v", out.String(), err)
	}
	if snapshot(t, dir) != before {
		t.Error("the store has changed")
	}
}

// grow applies more to a store and then leaves it as if it was killed.
func grow(t *testing.T, dir string) {
	t.Helper()
	copied := t.TempDir()
	s := mustOpen(t, dir, small)
	for n := range 3 {
		storetest.MustApply(t, s, storetest.Batch(n+1))
	}
	copyStore(t, dir, copied)
	storetest.MustClose(t, s)
	copyStore(t, copied, dir)
}

func copyStore(t testing.TB, from, to string) {
	t.Helper()
	for _, name := range []string{bolt.FileName, JournalName} {
		copyFile(t, filepath.Join(from, name), filepath.Join(to, name))
	}
}

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil { // else the next sync would pay for it
		t.Fatal(err)
	}
}

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func TestErrorOfTheWriterIsReturned(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, small)
	storetest.MustApply(t, s, storetest.Batch(1))
	if err := s.Backup(fullWriter{}); err == nil || !strings.Contains(err.Error(), io.ErrShortWrite.Error()) {
		t.Errorf("Backup returned %v", err)
	}
	storetest.MustApply(t, s, storetest.Batch(2)) // the store goes on
	storetest.MustClose(t, s)
	if err := Dump(dir, fullWriter{}, nil); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("Dump returned %v", err)
	}
}

// A backup is the store as it was when it began, however long that takes, nobody waits
// for it, and it needs no journal.
func TestBackupIsOneMomentAndHoldsUpNobody(t *testing.T) {
	s := mustOpen(t, t.TempDir(), small)
	for n := range 30 {
		storetest.MustApply(t, s, storetest.Batch(n+1))
	}
	from, to := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- errors.Join(s.Backup(to), to.Close()) }()
	first := make([]byte, 1)
	if _, err := io.ReadFull(from, first); err != nil { // so it has begun
		t.Fatal(err)
	}
	for n := 30; n < 130; n++ {
		storetest.MustApply(t, s, storetest.Batch(n+1))
	}
	rest, err := io.ReadAll(from)
	if err := errors.Join(err, <-ended); err != nil {
		t.Fatal(err)
	}
	storetest.MustClose(t, s)

	dir := t.TempDir()
	for _, name := range []string{"backup.db", bolt.FileName} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, append(first, rest...), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Verify(path); err != nil {
			t.Error(err)
		}
	}
	if last := counted(t, dir); last != 30 {
		t.Errorf("the backup has %d batches", last)
	}
}

// A copy of the database alone, of a store that is in use, is no backup.
func TestCopyWithoutTheJournalIsNoBackup(t *testing.T) {
	dir := killed(t, 5)
	name := filepath.Join(t.TempDir(), "backup.db")
	copyFile(t, filepath.Join(dir, bolt.FileName), name)
	if _, err := Verify(name); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "no backup") {
		t.Errorf("Verify returned %v", err)
	}
}

// Open refuses a restored backup beside the journal of later days.
func TestBackupBesideALaterJournalIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, small)
	storetest.MustApply(t, s, storetest.Batch(1))
	var backup bytes.Buffer
	if err := s.Backup(&backup); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < 100; n++ {
		storetest.MustApply(t, s, storetest.Batch(n+1))
	}
	storetest.MustClose(t, s)
	if err := os.WriteFile(filepath.Join(dir, bolt.FileName), backup.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, small); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "older") {
		t.Errorf("Open returned %v", err)
	}
	if err := os.Remove(filepath.Join(dir, JournalName)); err != nil {
		t.Fatal(err)
	}
	if last := counted(t, dir); last != 1 {
		t.Errorf("without it there are %d batches", last)
	}
}
