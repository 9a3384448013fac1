package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/ilp-go/connector/store"
)

// Options is how a journal is opened. The zero value is valid.
type Options struct {
	Durability store.Durability
	// HalfBytes is the size of each half of a journal that is made, HalfBytesDefault
	// if it is 0.
	HalfBytes int64

	// For tests.
	open      func(name string) (file, error) // openFile
	directMin int64                           // how large a half is for which frames may be whole blocks
}

// HalfBytesDefault is how many bytes of changes are written between two checkpoints.
const HalfBytesDefault = 16 << 20

// Store is a store whose changes go into a journal first and into its base later. Each
// method may wait for the disk.
//
// Of the locks that one goroutine holds at a time, writing comes first, then basing,
// then queue and mu.
type Store struct {
	name string
	base store.Store
	head header
	seed uint32
	sync bool // durability is Sync

	// Recovered is what Open found. It does not change.
	Recovered Recovered

	queue sync.Mutex
	next  *group // guarded by queue

	// writing is held for a whole commit, so that frames are written and become
	// visible in their order.
	writing    sync.Mutex
	file       file
	direct     directFile // file, if each frame is written by WriteSync; else nil
	half       int        // that is written
	offset     int64      // in it
	sequence   uint64     // of the last frame
	synced     uint64     // every frame to this one is on the disk
	buffer     []byte
	spare      *group
	checkpoint *checkpoint // the last one, unless it is known to have ended well

	// basing is held by who changes the base, and shared by who reads it.
	basing sync.RWMutex

	mu     sync.Mutex
	active overlay // what the half that is written has, guarded by mu
	frozen overlay // what the other one has until its checkpoint, nil if there is none; guarded by mu, never changed

	failure atomic.Pointer[error]
	syncer  *syncer // nil with Sync
	close   func() error
}

// Open opens the journal in the file of that name, or makes one, before a base, to
// which it applies what the file has that the base has not. It returns an error, with
// both untouched, if the journal or a part of it is damaged or missing or does not
// belong to the base (store.ErrDamaged), or is of a later version (store.ErrNewer).
//
// Nobody else may have the journal open or change the base. Closing the journal does
// not close the base.
func Open(name string, base store.Store, o Options) (*Store, error) {
	if err := o.Durability.Validate(); err != nil {
		return nil, err
	}
	if o.HalfBytes == 0 {
		o.HalfBytes = HalfBytesDefault
	}
	if o.HalfBytes <= frameHead {
		return nil, fmt.Errorf("a journal with halves of %d bytes has no room for a change", o.HalfBytes)
	}
	if o.open == nil {
		o.open = openFile
	}
	if o.directMin == 0 {
		o.directMin = directMin
	}
	m, err := prepare(name, base, o.HalfBytes)
	if err != nil {
		return nil, err
	}
	f, err := o.open(name)
	if err != nil {
		return nil, store.Explain(err)
	}
	s := &Store{name: name, base: base, file: f, sync: o.Durability == store.Sync, next: new(group), active: make(overlay)}
	s.close = sync.OnceValue(s.end)
	if err := s.start(m); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if d, ok := f.(directFile); ok && s.sync && d.Direct() && s.head.half >= o.directMin && s.head.half%blockSize == 0 {
		s.direct = d
	}
	if !s.sync {
		s.syncer = s.startSyncer(time.Duration(o.Durability))
	}
	return s, nil
}

// Apply makes all changes of the batch, which are then in the journal. Batches that
// are applied at the same time share one write and one sync. After an error other than
// of a batch that is refused or a disk that is full, which change nothing, it is not
// known what the disk holds: then this and every later Apply and Load returns a
// store.ErrFailed, until the store is opened again.
func (s *Store) Apply(batch store.Batch) error {
	if err := validate(batch); err != nil {
		return err
	}
	if len(batch) == 0 {
		return s.failed()
	}
	g := s.join(batch)
	s.writing.Lock()
	defer s.writing.Unlock()
	if !g.committed {
		s.take(g)
		g.err = s.commit(g.batches)
		g.committed = true
	}
	return s.leave(g)
}

// commit makes the batches durable as one frame, and then visible.
func (s *Store) commit(batches []store.Batch) error {
	if err := s.failed(); err != nil {
		return err
	}
	s.buffer = appendFrame(s.buffer[:0], s.seed, s.sequence+1, s.synced, batches)
	if s.direct != nil {
		s.buffer = padded(s.buffer)
	}
	size := int64(len(s.buffer))
	if size > s.head.half {
		s.buffer = nil
		return s.spill(batches)
	}
	if s.offset+size > s.head.half {
		if err := s.rotate(nil); err != nil {
			return err
		}
	}
	if err := s.append(s.buffer); err != nil {
		return s.fail(err)
	}
	if cap(s.buffer) > bufferMax {
		s.buffer = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, batch := range batches {
		s.active.apply(batch)
	}
	return nil
}

// directMin is Options.directMin: in a small half whole blocks would leave little room.
const directMin = 1 << 20

// bufferMax is how large a buffer is kept for the next frame.
const bufferMax = 1 << 20

func (s *Store) append(frame []byte) error {
	at := s.head.at(s.half) + s.offset
	if s.direct != nil {
		if err := s.direct.WriteSync(frame, at); err != nil {
			return err
		}
		s.offset += int64(len(frame))
		s.sequence++
		s.synced = s.sequence
		return nil
	}
	if _, err := s.file.WriteAt(frame, at); err != nil {
		return err
	}
	s.offset += int64(len(frame))
	s.sequence++
	if !s.sync {
		return nil
	}
	return s.syncFile()
}

// padded is a frame as whole blocks, with zeros behind it: what WriteSync takes.
func padded(frame []byte) []byte {
	n := whole(len(frame))
	if place := uintptr(unsafe.Pointer(unsafe.SliceData(frame))); n > cap(frame) || place%blockSize != 0 {
		b := blocks(max(n, 2*cap(frame)))
		frame = b[:copy(b, frame)]
	}
	clear(frame[len(frame):n])
	return frame[:n]
}

func (s *Store) syncFile() error {
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.synced = s.sequence
	return nil
}

// Close writes what the journal has to the base, and releases the file. If there is no
// room for it the journal keeps it, which loses nothing, and Close returns that. It
// also returns a failure that has not come up in an Apply.
func (s *Store) Close() error { return s.close() }

func (s *Store) end() error {
	if s.syncer != nil {
		s.syncer.end()
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	return errors.Join(s.finish(), s.file.Close())
}

// fail remembers the first failure and returns it.
func (s *Store) fail(cause error) error {
	err := cause
	if !errors.Is(cause, store.ErrFailed) { // of the base, which says it already
		err = fmt.Errorf("%s %w: %w; nothing is kept any more until the connector is started again",
			filepath.Dir(s.name), store.ErrFailed, store.Explain(cause))
	}
	s.failure.CompareAndSwap(nil, &err)
	return s.failed()
}

func (s *Store) failed() error {
	if err := s.failure.Load(); err != nil {
		return *err
	}
	return nil
}

var _ store.Store = (*Store)(nil)
