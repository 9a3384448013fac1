package journal

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// hold makes the changes of a base wait until they are let go.
func hold(b *base) (begun, release chan struct{}) {
	begun, release = make(chan struct{}, 100), make(chan struct{})
	b.apply = func(batch store.Batch, next func(store.Batch) error) error {
		begun <- struct{}{}
		<-release
		return next(batch)
	}
	return begun, release
}

// While the base is written others apply, and see what they have applied.
func TestCheckpointHoldsUpNobody(t *testing.T) {
	b := newBase()
	s := mustOpen(t, fileIn(t.TempDir()), b, Options{HalfBytes: 32 << 10})
	begun, release := hold(b)
	applied := 0
	for s.half == 0 {
		applied++
		storetest.MustApply(t, s, storetest.Batch(applied))
	}
	<-begun
	for range 10 {
		applied++
		storetest.MustApply(t, s, storetest.Batch(applied))
	}
	var wait sync.WaitGroup
	wait.Go(func() { // it waits for the base
		if last, err := storetest.Counted(s); err != nil || last != applied {
			t.Errorf("there are %d batches of %d: %v", last, applied, err)
		}
	})
	close(release)
	wait.Wait()
	storetest.MustClose(t, s)
}

// A journal that is full waits for the checkpoint that makes room, and loses nothing.
func TestFullJournalWaitsForItsCheckpoint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBase()
		s := mustOpen(t, fileIn(t.TempDir()), b, Options{HalfBytes: 32 << 10})
		_, release := hold(b)
		var applied atomic.Int32
		go func() {
			for n := range 100 {
				if err := s.Apply(storetest.Batch(n + 1)); err != nil {
					t.Error(err)
				}
				applied.Add(1)
			}
		}()
		synctest.Wait()
		if n := applied.Load(); n < 30 || n == 100 {
			t.Errorf("%d batches have found room", n)
		}
		close(release)
		synctest.Wait()
		if last, err := storetest.Counted(s); err != nil || last != 100 {
			t.Errorf("there are %d batches: %v", last, err)
		}
		storetest.MustClose(t, s)
	})
}

// Whatever is there when Checkpoint is called is in the base when then is, and what
// comes later is not.
func TestCheckpointIsOneMoment(t *testing.T) {
	b := newBase()
	s := mustOpen(t, fileIn(t.TempDir()), b, Options{HalfBytes: 32 << 10})
	applied := 0
	for range 20 {
		applied++
		storetest.MustApply(t, s, storetest.Batch(applied))
		var copied *base
		err := s.Checkpoint(func() error {
			storetest.MustApply(t, s, storetest.Batch(applied+1)) // for which there is room
			copied = mustClone(t, b)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		restored := mustOpen(t, fileIn(t.TempDir()), copied, Options{})
		if last, err := storetest.Counted(restored); err != nil || last != applied {
			t.Errorf("there are %d batches of %d: %v", last, applied, err)
		}
		storetest.MustClose(t, restored)
		if m, err := readMark(b); err != nil || !m.open {
			t.Errorf("the base goes on as %s: %v", m, err)
		}
		applied++
	}
	wrong := errors.New("wrong")
	if err := s.Checkpoint(func() error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("Checkpoint returned %v", err)
	}
	storetest.MustApply(t, s, storetest.Batch(applied+1)) // the store goes on
	storetest.MustClose(t, s)
}

// Concurrent batches share a sync.
func TestBatchesShareASync(t *testing.T) {
	s, d := openDisk(t, newBase(), Options{HalfBytes: 1 << 20})
	const others = 20
	var wait sync.WaitGroup
	syncs := 0
	d.beforeSync = func() error {
		if syncs++; syncs > 1 {
			return nil
		}
		for n := range others {
			wait.Go(func() {
				if err := s.Apply(put(string(rune('a'+n)), "1")); err != nil {
					t.Error(err)
				}
			})
		}
		waitFor(t, func() bool {
			s.queue.Lock()
			defer s.queue.Unlock()
			return s.next.members == others
		})
		return nil
	}
	storetest.MustApply(t, s, put("Z", "1"))
	wait.Wait()
	if syncs != 2 {
		t.Errorf("%d syncs for one batch and %d more", syncs, others)
	}
	if n := len(mustText(t, s)) / len("a=1\n"); n != 1+others {
		t.Errorf("there are %d of %d", n, 1+others)
	}
	storetest.MustClose(t, s)
}

// waitFor waits until something that another goroutine does has happened.
func waitFor(t *testing.T, happened func() bool) {
	t.Helper()
	for begun := time.Now(); !happened(); runtime.Gosched() {
		if time.Since(begun) > 10*time.Second {
			t.Error("waited in vain")
			return
		}
	}
}

// Of a batch that goes to the base at once, together with what came before it, nobody
// sees a part.
func TestLargeBatchIsSeenWhole(t *testing.T) {
	b := newBase()
	s := mustOpen(t, fileIn(t.TempDir()), b, Options{})
	storetest.MustApply(t, s, put("a", "1"))
	loaded := make(chan string, 1)
	b.apply = func(batch store.Batch, next func(store.Batch) error) error {
		err := next(batch)
		go func() { loaded <- mustText(t, s)[:len("a=1")] }()
		select {
		case text := <-loaded:
			t.Errorf("there is %q before the end", text)
			loaded <- text
		case <-time.After(20 * time.Millisecond):
		}
		return err
	}
	storetest.MustApply(t, s, append(put("a", "2"), put("large", strings.Repeat("x", 2*small))...))
	if text := <-loaded; text != "a=2" {
		t.Errorf("there is %q", text)
	}
	b.apply = nil
	storetest.MustClose(t, s)
}
