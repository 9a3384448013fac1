//go:build unix

package test

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// The figures of the tests that step the clock.
const (
	stepWindow, stepLife = 400 * time.Millisecond, 2500 * time.Millisecond
	stepPackets          = 200
)

// steps are from the right time to an hour ahead, back, an hour behind and back, twice.
var steps = []time.Duration{time.Hour, -time.Hour, -time.Hour, time.Hour, time.Hour, -time.Hour, -time.Hour, time.Hour}

// TestSteppedClockMovesNoDeadline steps the wall clock that the connector and senders share, under load. Packets that
// are under way end as they would have: those that are answered are fulfilled, the others expire when they should.
// What is sent then goes by the new time. Rate limits and the memory of packets are as before, and the ledger adds up.
func TestSteppedClockMovesNoDeadline(t *testing.T) {
	t.Parallel()
	w := newClockWorld(t, "with-shift")
	w.begin()
	for i, step := range steps {
		w.load(stepPackets)
		drained := w.drainLimit()
		held := i < len(steps)/2 // else packets are anywhere
		if held {
			w.hold(w.slotsInUse())
		}
		w.step(step)
		w.mustGrantNothing(drained)
		if held {
			w.mustEnd(i%2 == 0)
		}
		w.load(stepPackets)
		w.rest()
		if step < 0 {
			w.mustRemember()
		}
		w.mustGoByTheNewTime()
		w.mustGrantAgain()
	}
	w.rest()
	w.finish()
	w.mustKeepTime()
	if w.verdict.ends["R00"] == 0 {
		t.Error("no packet was under way for all of its time, so that this test proves little")
	}
}

// TestSteppedClockWithDeadlinesByIt shows that the test above can fail: a connector whose steady time is the wall
// clock ends packets too soon when that is put forward, and keeps them when it is put back.
func TestSteppedClockWithDeadlinesByIt(t *testing.T) {
	t.Parallel()
	w := newClockWorld(t, "by-the-wall", change{
		file: "clock/clock.go", old: "Steady: int64(t.Sub(start))}", new: "Steady: t.UnixNano() + shift()}",
	})
	w.begin()
	for _, step := range steps[:2] {
		w.load(stepPackets)
		w.hold(w.slotsInUse())
		w.step(step)
		w.mustEnd(false)
		w.await("all packets to be answered", func() bool { return w.busy == 0 })
	}
	w.finish()
	if w.verdict.early == 0 || w.verdict.beyond == 0 {
		t.Error("no packet was ended early, or none was kept long after its expiry")
	}
}

// clockWorld is a stopWorld whose wall clock is stepped.
type clockWorld struct {
	*stopWorld
	ahead   *int64    // by so many nanoseconds; see testdata/stop
	stepped time.Time // when it was last stepped, by a clock that nobody steps
	asks    uint32    // the last id of a request that is not of a slot
}

func newClockWorld(t *testing.T, name string, changes ...change) *clockWorld {
	t.Helper()
	file := mustWrite(t, filepath.Join(t.TempDir(), "shift"), "8 bytes.")
	binary := build(t, name, append(changes,
		change{file: "clock/shift.go", new: mustRead(t, filepath.Join("testdata", "stop", "shift.go"))},
		change{file: "clock/clock.go", old: "Wall: t.UnixNano(),", new: "Wall: t.UnixNano() + shift(),"},
	)...)
	w := &clockWorld{ahead: mapped(t, file), asks: 1 << 31}
	w.stopWorld = newStopWorld(t, stopOptions{
		binary: binary, window: stepWindow, life: stepLife, slots: slotsMax,
		env:      []string{"TEST_CLOCK_SHIFT=" + file},
		accounts: []account{child(throttled, 9).with("rateLimit", throttledLimit)},
	})
	w.shift = func() time.Duration { return time.Duration(atomic.LoadInt64(w.ahead)) }
	return w
}

// mapped returns the 8 bytes of a file as they are in the memory of all who have it mapped. They are 0 now.
func mapped(t *testing.T, name string) *int64 {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b, err := syscall.Mmap(int(f.Fd()), 0, 8, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	n := (*int64)(unsafe.Pointer(&b[0]))
	atomic.StoreInt64(n, 0)
	return n
}

// step steps the clock. Of packets that are not with their receivers nobody knows by which time they were admitted.
func (w *clockWorld) step(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	atomic.AddInt64(w.ahead, int64(d))
	w.stepped = time.Now()
	for _, p := range w.packets {
		p.crossed = p.crossed || p.arrived.IsZero()
	}
}

// slotsInUse is how many packets can be on their way at once.
func (w *clockWorld) slotsInUse() (n int) {
	for _, s := range w.senders {
		n += min(w.slots, len(s.slots))
	}
	return n
}

// mustEnd has receivers answer the packets that they have kept, all or half of them, and waits until the others have
// expired. Their Fulfills come then.
func (w *clockWorld) mustEnd(all bool) {
	w.t.Helper()
	w.mu.Lock()
	w.resting = true
	w.mu.Unlock()
	w.release(func(p *stopPacket) bool { return !all && p.slot%2 == 0 })
	var last time.Time
	waiting := func() (n int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, h := range w.held {
			if h.expiry.After(last) {
				last = h.expiry
			}
			if h.ended.IsZero() {
				n++
			}
		}
		return n
	}
	for waiting() > 0 && time.Since(last) < lateMax {
		w.wait(10 * time.Millisecond)
	}
	kept := waiting()
	w.mu.Lock()
	w.verdict.beyond += kept
	w.mu.Unlock()
	w.release(nil)
}
