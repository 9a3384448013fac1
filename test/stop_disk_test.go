//go:build unix

package test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The figures of the tests whose disk hangs.
const (
	hangsMin = 4
	// The disk hangs for longer than packets have time.
	hangTimeMin, hangTimes = 2 * time.Second, time.Second
	hangWindow, hangLife   = 500 * time.Millisecond, 1500 * time.Millisecond
	// These slots of a sender send all the time. The others begin when new money must be refused.
	hangSlots  = 3
	refusedMin = 100
)

// TestHangingDiskTakesNoNewMoney hangs the disk under load, again and again. Soon no new money is taken: packets are
// refused, and do not reach their receivers. What was fulfilled before is handed up when the disk goes on, and counted
// if that is too late. Then money flows again. The ledger adds up, also if the connector is killed while the disk hangs.
func TestHangingDiskTakesNoNewMoney(t *testing.T) {
	t.Parallel()
	w := newHangWorld(t, "with-hangs")
	w.begin()
	for i := range hangsMin {
		w.load(stopPackets)
		w.hang(w.mustRefuse)
		poll(t, "the connector to be ready again", w.c.exited, func() bool { status, _ := w.ready(); return status == http.StatusOK })
		w.load(stopPackets)
		w.rest()
		w.mustAlert(i + 1)
	}
	if w.late[w.lives]["sent"] == 0 {
		t.Error("no Fulfill was handed up late, so that this test proves little")
	}
	w.load(stopPackets)
	w.hang(func() { w.end(func() { w.kill(w.c) }) })
	w.begin()
	w.load(stopPackets)
	w.rest()
	w.finish()
	w.mustKeepTime()
}

// TestHangingDiskWithoutItsPaceTakesMoney shows that the test above can fail: a connector that does not look how long
// changes have waited takes new money while the disk hangs.
func TestHangingDiskWithoutItsPaceTakesMoney(t *testing.T) {
	t.Parallel()
	w := newHangWorld(t, "without-pace", withoutPace())
	w.begin()
	w.load(stopPackets)
	w.hang(func() {
		w.wait(hangWindow)
		began := w.startAll()
		w.await("new money to reach a receiver", func() bool { return len(w.sentOnLocked(began)) > 0 })
	})
	w.rest()
	w.finish()
}

func newHangWorld(t *testing.T, name string, changes ...change) *stopWorld {
	t.Helper()
	return newStopWorld(t, stopOptions{
		binary: build(t, name, append(changes, withHangs(t)...)...), window: hangWindow, life: hangLife, slots: hangSlots,
	})
}

// withHangs puts testdata/stop/hang.go before each sync of the journal.
func withHangs(t *testing.T) []change {
	t.Helper()
	return []change{
		{file: "store/journal/file.go", old: "	return diskFile{f, openDirect(name)}, nil\n", new: "	return hangingFile{diskFile{f, openDirect(name)}}, nil\n"},
		{file: "store/journal/hang.go", new: mustRead(t, filepath.Join("testdata", "stop", "hang.go"))},
	}
}

// withoutPace takes new money however long changes wait.
func withoutPace() change {
	return change{
		file: "ledger/pace.go",
		old:  "	return since != 0 && now-since >= int64(l.Stall) || l.count.Load() >= EntriesMax\n",
		new:  "	return since < 0\n",
	}
}

// hang hangs the disk, and does something meanwhile.
func (w *stopWorld) hang(meanwhile func()) {
	w.t.Helper()
	journal := filepath.Join(w.dir, storeFiles[0])
	mustWrite(w.t, journal+".hang", "")
	poll(w.t, "the disk to hang", w.c.exited, func() bool { _, err := os.Stat(journal + ".hung"); return err == nil })
	from := time.Now()
	meanwhile()
	w.mu.Lock()
	w.standstills = append(w.standstills, standstill{from: from, to: time.Now(), disk: true})
	w.mu.Unlock()
	for _, name := range []string{".hung", ".hang"} {
		if err := os.Remove(journal + name); err != nil {
			w.t.Fatal(err)
		}
	}
}

// mustRefuse waits until the connector is not ready, and sends more. All of that must be refused for as long as the
// disk hangs, which is up to 3 seconds.
func (w *stopWorld) mustRefuse() {
	w.t.Helper()
	began := time.Now()
	poll(w.t, "the connector not to be ready", w.c.exited, func() bool {
		status, reasons := w.ready()
		return status == http.StatusServiceUnavailable && strings.Contains(reasons, "balances wait for the store")
	})
	if took := time.Since(began); took > hangWindow/2+lateMax {
		w.t.Errorf("new money was taken for %s", took)
	}
	stalled := w.startAll()
	w.await("packets to be refused", func() bool { return w.refusedLocked(stalled) >= refusedMin })
	w.wait(time.Until(began.Add(hangTimeMin + time.Duration(w.random.Int64N(int64(hangTimes))))))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slots = hangSlots
	for _, p := range w.sentOnLocked(stalled) {
		w.fault("%+v of %s was sent on while the disk hung", p.stamp, p.sender.id)
	}
}

// startAll has all slots send, and tells since when.
func (w *stopWorld) startAll() (since time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slots = slotsMax
	since = time.Now()
	w.startLocked()
	return since
}

// sentOnLocked returns the packets sent since then that have reached their receivers.
func (w *stopWorld) sentOnLocked(since time.Time) (sentOn []*stopPacket) {
	for _, p := range w.packets {
		if !p.sent.Before(since) && !p.arrived.IsZero() {
			sentOn = append(sentOn, p)
		}
	}
	return sentOn
}

// refusedLocked counts the packets sent since then that were refused.
func (w *stopWorld) refusedLocked(since time.Time) (n int) {
	for _, p := range w.packets {
		if !p.sent.Before(since) && p.code == "T03" {
			n++
		}
	}
	return n
}

// ready asks whether the connector is ready, and why not.
func (w *stopWorld) ready() (status int, reasons string) {
	w.t.Helper()
	status, _, body := w.c.Admin.exchange(w.t, http.MethodGet, "/readyz", "")
	return status, body
}

// alertsOfOneKind is how many alerts of one kind that have ended the connector remembers.
const alertsOfOneKind = 8

// mustAlert fails the test if there were fewer alerts than hangs, or if one has not ended.
func (w *stopWorld) mustAlert(hangs int) {
	w.t.Helper()
	ended := 0
	for _, a := range w.alerts("?all=true") {
		if a.AccountID != "" || !strings.HasPrefix(a.Message, "balances wait for the store for more than") {
			continue
		}
		if a.State != "resolved" {
			w.t.Errorf("the disk goes on, and an alert about it is %+v", a)
		}
		ended += a.Count
	}
	if ended < min(hangs, alertsOfOneKind) {
		w.t.Errorf("the disk has hung %d times, and the alerts about it have counted %d", hangs, ended)
	}
	w.c.awaitLine(w.t, "balances are written down in time again")
}
