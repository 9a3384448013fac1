package journal

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"
	"unsafe"

	"github.com/ilp-go/connector/store"
)

// Options says how to open a journal. The zero value is valid.
type Options struct {
	Durability store.Durability
	// HalfBytes is the size of each half of a new journal. 0 is HalfBytesDefault.
	HalfBytes int64

	// For tests.
	open      func(name string) (file, error) // openFile
	directMin int64                           // the smallest half in which frames may be whole blocks
}

// HalfBytesDefault is the number of bytes that are written between two checkpoints.
const HalfBytesDefault = 16 << 20

// Store puts changes into a journal first and into its base later. Each method may wait
// for the disk.
//
// A goroutine that takes several locks takes writing first, then basing, then queue or mu.
type Store struct {
	name string
	base store.Store
	head header
	seed uint32
	sync bool // durability is Sync

	// Recovered describes what Open found. It does not change.
	Recovered Recovered

	queue sync.Mutex
	next  *group // guarded by queue

	// writing is held for a whole commit, so that frames are written and become
	// visible in order.
	writing    sync.Mutex
	file       file
	direct     directFile // file, if each frame is written by WriteSync; else nil
	half       int        // the half that is written
	offset     int64      // of the next frame in that half
	sequence   uint64     // number of the last frame
	synced     uint64     // every frame up to this number is on the disk
	buffer     []byte
	spare      *group
	checkpoint *checkpoint // the last checkpoint, nil once it is known to have succeeded

	// basing is locked for a change of the base, and read-locked for a read.
	basing sync.RWMutex

	mu     sync.Mutex
	active overlay // the changes in the half that is written, guarded by mu
	frozen overlay // the changes in the other half until their checkpoint, or nil; never changed, guarded by mu

	failure store.Failure
	syncer  *syncer // nil with Sync
	close   func() error
}

// Open opens the journal in the named file, or makes one, for a base. It applies to the base
// the changes that only the journal has. It returns an error, with both untouched, if the
// journal or a part of it is damaged or missing or does not belong to the base
// (store.ErrDamaged), or is of a later version (store.ErrNewer).
//
// No other process may have the journal open or change the base: the caller must hold a
// lock. Close of the journal does not close the base.
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

// Apply makes all changes of the batch, which are then in the journal. Concurrent batches
// share one write and one sync. A batch that is refused and a full disk change nothing.
// After any other error the contents of the disk are unknown: this and every later Apply
// and Load returns a store.ErrFailed, until the store is opened again.
func (s *Store) Apply(batch store.Batch) error {
	if err := validate(batch); err != nil {
		return err
	}
	if len(batch) == 0 {
		return s.failure.Err()
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
	if err := s.failure.Err(); err != nil {
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

// directMin is the default of Options.directMin: in a small half whole blocks would leave
// little room.
const directMin = 1 << 20

// bufferMax is the largest buffer that is kept for the next frame.
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

// padded returns the frame padded with zeros to whole blocks, as WriteSync needs it.
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

// Close writes the changes in the journal to the base, and releases the file. If the disk
// is full the journal keeps them, which loses nothing, and Close returns an error that says
// so. Close also returns a failure that no Apply has returned.
func (s *Store) Close() error { return s.close() }

func (s *Store) end() error {
	if s.syncer != nil {
		s.syncer.end()
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	return errors.Join(s.finish(), s.file.Close())
}

// fail records the first failure and returns it.
func (s *Store) fail(cause error) error { return s.failure.Set(filepath.Dir(s.name), cause) }

var _ store.Store = (*Store)(nil)
