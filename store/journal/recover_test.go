package journal

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// killed is a journal that was not closed, and its base as it was then.
type killed struct {
	image []byte
	base  *base
	ends  []int // of the frames
}

// killedAfter applies so many batches to a new store. None of them is checkpointed.
func killedAfter(t *testing.T, batches int, d store.Durability) killed {
	t.Helper()
	b, name := newBase(), fileIn(t.TempDir())
	s := mustOpen(t, name, b, Options{Durability: d, HalfBytes: 64 << 10})
	k := killed{base: mustClone(t, b)}
	for n := range batches {
		storetest.MustApply(t, s, storetest.Batch(n+1))
		k.ends = append(k.ends, int(s.head.at(s.half)+s.offset))
	}
	k.image = read(t, name)
	storetest.MustClose(t, s)
	return k
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// open opens a copy of what was left, and says what is in it.
func (k killed) open(t *testing.T) (last int, r Recovered, err error) {
	t.Helper()
	name := fileIn(t.TempDir())
	if err := os.WriteFile(name, k.image, 0o600); err != nil {
		t.Fatal(err)
	}
	b := mustClone(t, k.base)
	before := mustText(t, b)
	s, err := Open(name, b, Options{})
	if err != nil {
		if !bytes.Equal(read(t, name), k.image) || mustText(t, b) != before {
			t.Error("something has changed although the store was refused")
		}
		if !strings.HasPrefix(err.Error(), name) {
			t.Errorf("whose error is %v?", err)
		}
		return 0, Recovered{}, err
	}
	defer storetest.MustClose(t, s)
	last, err = storetest.Counted(s)
	return last, s.Recovered, err
}

func TestKilledJournalIsReplayed(t *testing.T) {
	k := killedAfter(t, 12, store.Sync)
	changes := 0
	for n := range 12 {
		changes += len(storetest.Batch(n + 1))
	}
	if last, r, err := k.open(t); err != nil || last != 12 || r != (Recovered{Unclosed: true, Frames: 12, Changes: changes}) {
		t.Errorf("there are %d batches of %+v: %v", last, r, err)
	}
}

// A frame is torn if the power went while it was written: nobody was told that it is
// kept.
func TestTornEndIsDropped(t *testing.T) {
	k := killedAfter(t, 12, store.Sync)
	from, to := k.ends[10], k.ends[11]
	for n := from; n < to; n++ {
		torn := killed{image: append([]byte{}, k.image...), base: k.base}
		clear(torn.image[n:to])
		last, r, err := torn.open(t)
		if err != nil || last != 11 || r.Frames != 11 {
			t.Fatalf("with %d of %d bytes there are %d batches of %+v: %v", n-from, to-from, last, r, err)
		}
		if n-from >= frameHead && r.DroppedBytes != int64(to-from) {
			t.Errorf("with %d of %d bytes %d were dropped", n-from, to-from, r.DroppedBytes)
		}
	}
}

// What is not the last was acknowledged, and does not change by itself.
func TestDamageBeforeTheEndIsRefused(t *testing.T) {
	k := killedAfter(t, 12, store.Sync)
	random := rand.New(rand.NewPCG(3, 4))
	for n := range k.ends[:11] {
		from := headerSize
		if n > 0 {
			from = k.ends[n-1]
		}
		bad := killed{image: append([]byte{}, k.image...), base: k.base}
		bad.image[from+random.IntN(k.ends[n]-from)] ^= 1 << random.IntN(8)
		if _, _, err := bad.open(t); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "restore a backup") {
			t.Errorf("without frame %d: %v", n+1, err)
		}
	}
}

// What was never synced may be lost in any order: all behind the first gap goes.
func TestGapInWhatWasNeverSyncedIsDropped(t *testing.T) {
	k := killedAfter(t, 12, store.IntervalMax)
	k.image[k.ends[6]-1] ^= 1
	last, r, err := k.open(t)
	if err != nil || last != 6 || r.Frames != 6 || r.DroppedFrames != 5 || r.DroppedBytes != int64(k.ends[11]-k.ends[5]) {
		t.Errorf("there are %d batches of %+v: %v", last, r, err)
	}
}

// With an interval, too, what was synced does not change by itself.
func TestGapInWhatWasSyncedIsRefused(t *testing.T) {
	b, name := newBase(), fileIn(t.TempDir())
	s := mustOpen(t, name, b, Options{Durability: store.IntervalMax, HalfBytes: 64 << 10})
	k := killed{base: mustClone(t, b)}
	storetest.MustApply(t, s, storetest.Batch(1))
	storetest.MustApply(t, s, storetest.Batch(2))
	s.syncDue()
	storetest.MustApply(t, s, storetest.Batch(3))
	k.image = read(t, name)
	storetest.MustClose(t, s)
	k.image[headerSize+frameHead] ^= 1
	if _, _, err := k.open(t); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open returned %v", err)
	}
}

func TestJournalThatDoesNotFitIsRefused(t *testing.T) {
	k := killedAfter(t, 3, store.Sync)
	other := killedAfter(t, 3, store.Sync)
	older := newHeader(small)
	older.format = 0
	newer := newHeader(small)
	newer.format = 2
	for name, c := range map[string]struct {
		image []byte
		base  *base
		want  error
	}{
		"another's":       {other.image, k.base, store.ErrDamaged},
		"no mark":         {k.image, newBase(), store.ErrDamaged},
		"empty":           {nil, k.base, store.ErrDamaged},
		"text":            {[]byte(strings.Repeat("balance", 10_000)), k.base, store.ErrDamaged},
		"zeros":           {make([]byte, len(k.image)), k.base, store.ErrDamaged},
		"cut off":         {k.image[:len(k.image)-1], k.base, store.ErrDamaged},
		"only the header": {k.image[:headerSize], k.base, store.ErrDamaged},
		"format 0":        {older.append(nil), k.base, store.ErrDamaged},
		"format 2":        {newer.append(nil), k.base, store.ErrNewer},
	} {
		if _, _, err := (killed{image: c.image, base: c.base}).open(t); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A header may tell of halves that no memory holds, under a right checksum.
func TestHalfThatTheFileHasNotIsRefusedBeforeItIsRead(t *testing.T) {
	k := killedAfter(t, 3, store.Sync)
	room := int64(len(k.image)-headerSize) / 2
	h, err := readHeader("store.journal", bytes.NewReader(k.image))
	if err != nil || h.half != room {
		t.Fatalf("%+v: %v", h, err)
	}
	for _, half := range []int64{room + 1, 3 << 30, 1 << 50, math.MaxInt64 / 4} {
		h.half = half
		bad := killed{image: append([]byte{}, k.image...), base: k.base}
		copy(bad.image, h.append(nil))
		if _, _, err := bad.open(t); !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "it was cut off") {
			t.Errorf("halves of %d bytes: %v", half, err)
		}
		if _, err := readHeader("store.journal", bytes.NewReader(bad.image)); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("the header alone, with halves of %d bytes: %v", half, err)
		}
	}
}

func TestEveryChangedBitOfTheHeaderIsFound(t *testing.T) {
	k := killedAfter(t, 3, store.Sync)
	for bit := range 8 * (headerSumAt + 4) {
		bad := killed{image: append([]byte{}, k.image...), base: k.base}
		bad.image[bit/8] ^= 1 << (bit % 8)
		if _, _, err := bad.open(t); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
}

// A base that was not closed is not used without its journal.
func TestMissingJournalIsRefused(t *testing.T) {
	k := killedAfter(t, 3, store.Sync)
	name := fileIn(t.TempDir())
	_, err := Open(name, k.base, Options{})
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), "is missing") {
		t.Errorf("Open returned %v", err)
	}
	if entries, _ := os.ReadDir(filepath.Dir(name)); len(entries) > 0 {
		t.Errorf("it has made %v", entries)
	}
}

// A base that is older than the journal beside it is noticed.
func TestOlderBaseIsRefused(t *testing.T) {
	b, name := newBase(), fileIn(t.TempDir())
	s := mustOpen(t, name, b, Options{})
	older := mustClone(t, b)
	for n := range 200 {
		storetest.MustApply(t, s, storetest.Batch(n+1))
	}
	k := killed{image: read(t, name), base: older}
	storetest.MustClose(t, s)
	if _, _, err := k.open(t); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("Open returned %v", err)
	}
}

// A journal that was made and never used is taken.
func TestJournalThatWasNeverUsedIsTaken(t *testing.T) {
	b, name := newBase(), fileIn(t.TempDir())
	m, err := prepare(name, b, small)
	if err != nil || m.open {
		t.Fatalf("%+v: %v", m, err)
	}
	if err := os.Remove(name); err != nil { // not even made
		t.Fatal(err)
	}
	for range 2 {
		if _, err := prepare(name, b, small); err != nil {
			t.Fatal(err)
		}
	}
	s := mustOpen(t, name, b, Options{})
	storetest.MustApply(t, s, put("a", "1"))
	storetest.MustClose(t, s)
}

func TestReadSeesWhatOpenSees(t *testing.T) {
	k := killedAfter(t, 12, store.Sync)
	name := fileIn(t.TempDir())
	if err := os.WriteFile(name, k.image, 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := readMark(k.base)
	if err != nil {
		t.Fatal(err)
	}
	changes, r, err := Read(name, m.String())
	if err != nil || r.Frames != 12 {
		t.Fatalf("%+v: %v", r, err)
	}
	b := newBase()
	if err := b.Apply(changes); err != nil {
		t.Fatal(err)
	}
	if last, err := storetest.Counted(b); err != nil || last != 12 {
		t.Errorf("there are %d batches: %v", last, err)
	}
	if !bytes.Equal(read(t, name), k.image) {
		t.Error("the journal has changed")
	}
}

func TestStrangeMarkIsRefused(t *testing.T) {
	for text, want := range map[string]error{
		"1":                           store.ErrDamaged,
		"1 00000000000000ff 5 closed": store.ErrDamaged,
		"1 ff 5 open":                 store.ErrDamaged,
		"1 00000000000000ff -5 open":  store.ErrDamaged,
		"2 00000000000000ff 5 open":   store.ErrNewer,
		"2 something else":            store.ErrNewer,
		"x":                           store.ErrDamaged,
	} {
		if m, err := parseMark(text); !errors.Is(err, want) {
			t.Errorf("%q is %+v: %v", text, m, err)
		}
	}
	if m, err := parseMark("1 00000000000000ff 5 open"); err != nil || m != (mark{255, 5, true}) {
		t.Errorf("%+v: %v", m, err)
	}
}
