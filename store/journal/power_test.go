package journal

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"github.com/ilp-go/connector/store"
	"github.com/ilp-go/connector/store/storetest"
)

// script is a run of a store that is opened again now and then, at each point of which
// the power may go: before and after each write and sync of the journal and each
// change of the base.
type script struct {
	t          *testing.T
	durability store.Durability
	direct     bool
	dir        string
	look       func(image []byte, b *base, applied, max int)

	mu      sync.Mutex // held while the power goes, and while applied changes
	random  *rand.Rand
	disk    *disk
	base    *base
	applied int
	points  int
}

// cutsPerPoint is what may be left of one point.
const cutsPerPoint = 4

func (p *script) run(batches int) {
	p.dir, p.base, p.random = p.t.TempDir(), newBase(), rand.New(rand.NewPCG(1, 2))
	name := fileIn(p.dir)
	var o Options
	if p.direct {
		o.HalfBytes = 4 * blockSize
	}
	storetest.MustClose(p.t, mustOpen(p.t, name, p.base, o))
	p.disk = newDisk(p.t, name)
	p.disk.direct = p.direct
	p.disk.beforeWrite = func() error { p.cut(); return nil }
	p.disk.beforeSync = p.disk.beforeWrite
	p.disk.after = p.cut
	p.base.apply = func(batch store.Batch, next func(store.Batch) error) error {
		p.cut()
		defer p.cut()
		return next(batch)
	}
	for p.applied < batches && !p.t.Failed() {
		s := mustOpen(p.t, name, p.base, Options{Durability: p.durability, open: p.disk.open, directMin: 1})
		for range 17 {
			storetest.MustApply(p.t, s, storetest.Batch(p.applied+1))
			p.mu.Lock()
			p.applied++
			p.mu.Unlock()
		}
		storetest.MustClose(p.t, s)
	}
}

func (p *script) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.points++
	for kind := range cutsPerPoint {
		b := mustClone(p.t, p.base) // before the disk can forget what it has
		p.look(p.disk.cut(p.random, kind), b, p.applied, p.applied+1)
	}
}

// restart opens what is left of a store, and looks whether so many batches are there.
func (p *script) restart(image []byte, b *base, applied int) (Recovered, error) {
	s, err := Open(fileIn(p.dir), b, Options{Durability: p.durability, open: diskOf(image).open})
	if err != nil {
		return Recovered{}, err
	}
	return s.Recovered, errors.Join(storetest.CountedSince(s, applied), s.Close())
}

// Whenever the power goes, and whatever the disk has made of the writes that were not
// synced, everything that was applied is there, whole, and once.
func TestLossOfPowerLosesNothingThatWasApplied(t *testing.T) {
	t.Run("written and synced", func(t *testing.T) { losesNothing(t, &script{t: t}) })
	t.Run("written in whole blocks", func(t *testing.T) {
		p := &script{t: t, direct: true}
		losesNothing(t, p)
		if p.disk.blocks < 34 {
			t.Errorf("%d blocks were", p.disk.blocks)
		}
	})
}

func losesNothing(t *testing.T, p *script) {
	replayed, dropped := 0, int64(0)
	p.look = func(image []byte, b *base, applied, _ int) {
		r, err := p.restart(image, b, applied)
		if err != nil {
			t.Errorf("with %d batches, at point %d: %v", applied, p.points, err)
		}
		replayed, dropped = replayed+r.Frames, dropped+r.DroppedBytes
	}
	if p.direct {
		p.run(34) // which takes as long as more of the others
	} else {
		p.run(51)
	}
	if replayed < 200 || dropped == 0 {
		t.Errorf("%d frames were replayed, and %d bytes dropped", replayed, dropped)
	}
	t.Logf("the power went at %d points: %d frames were replayed, %d bytes dropped", p.points, replayed, dropped)
}

// So the test above can fail.
func TestDiskThatLiesIsNoticed(t *testing.T) {
	p := &script{t: t}
	lost := 0
	p.look = func(image []byte, b *base, applied, _ int) {
		if _, err := p.restart(image, b, applied); err != nil {
			lost++
		}
		p.disk.mu.Lock()
		p.disk.lies = true
		p.disk.mu.Unlock()
	}
	p.run(34)
	if lost == 0 {
		t.Error("nothing was lost without a single sync")
	}
	t.Logf("of %d cuts %d lost something", p.points*cutsPerPoint, lost)
}

// With an interval what is lost is the last batches, and never one of those before.
func TestLossOfPowerWithAnIntervalLosesTheEndAlone(t *testing.T) {
	p := &script{t: t, durability: store.IntervalMax}
	lost, dropped := 0, 0
	p.look = func(image []byte, b *base, applied, most int) {
		synced, err := numberOf(b) // by the last checkpoint
		if err != nil {
			t.Error(err)
		}
		s := mustOpen(t, fileIn(p.dir), b, Options{Durability: p.durability, open: diskOf(image).open})
		defer storetest.MustClose(t, s)
		last, err := storetest.Counted(s)
		if err != nil || last > most || last < synced {
			t.Errorf("with %d batches, %d synced, at point %d there are %d: %v", applied, synced, p.points, last, err)
		}
		if last < applied {
			lost++
		}
		dropped += s.Recovered.DroppedFrames
	}
	p.run(51)
	if lost == 0 || dropped == 0 {
		t.Errorf("%d times something was lost, and %d frames were dropped", lost, dropped)
	}
}

// numberOf returns the number of the last batch that a base has.
func numberOf(b *base) (n int, err error) {
	err = b.Load("last", func(_ string, value []byte) error {
		n, err = strconv.Atoi(string(value))
		return err
	})
	return n, err
}

// Whenever the process is killed, nothing is lost, with an interval neither.
func TestKillLosesNothingWithAnInterval(t *testing.T) {
	p := &script{t: t, durability: store.IntervalMax}
	p.look = func(_ []byte, b *base, applied, _ int) {
		if _, err := p.restart(p.disk.kill(), b, applied); err != nil {
			t.Errorf("with %d batches, at point %d: %v", applied, p.points, err)
		}
	}
	p.run(34)
}

// A store that has lost something goes on, and what comes then is kept like anything
// else: what is left of the lost frames is not taken for new ones.
func TestLostFramesDoNotComeBack(t *testing.T) {
	p := &script{t: t, durability: store.IntervalMax}
	p.look = func(image []byte, b *base, _, _ int) {
		for range 3 {
			d := diskOf(image)
			s := mustOpen(t, fileIn(p.dir), b, Options{open: d.open})
			last, err := storetest.Counted(s)
			for n := 1; n < 4 && err == nil; n++ {
				err = s.Apply(storetest.Batch(last + n))
			}
			s.writing.Lock()
			err = errors.Join(err, s.drain()) // it is not closed, but killed
			s.writing.Unlock()
			image = d.kill()
			left := append([]byte{}, image...)
			r, errLeft := p.restart(left, mustClone(t, b), last+3)
			if err = errors.Join(err, errLeft); err != nil || r.DroppedFrames > 0 {
				t.Errorf("at point %d: %v", p.points, err)
			}
		}
	}
	p.run(17)
}

func mustClone(t *testing.T, b *base) *base {
	t.Helper()
	c, err := b.clone()
	if err != nil {
		t.Fatal(err)
	}
	return c
}
