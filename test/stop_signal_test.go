//go:build unix

package test

import (
	"syscall"
	"testing"
	"time"
)

// The figures of the tests that stop the connector.
const (
	stopsMin = 15
	// Before each stop so many packets are fulfilled.
	stopPackets = 200
	// A packet has as much time as stopLife less stopWindow to be fulfilled, and some stops are longer.
	stopWindow, stopLife   = 400 * time.Millisecond, 1400 * time.Millisecond
	stopTimeMin, stopTimes = 100 * time.Millisecond, 1900 * time.Millisecond
)

// TestStoppedProcessLosesNoMoney stops the connector under load, often for longer than packets have time, and lets it
// go on or kills it. A Fulfill that comes after the expiry of its packet is not handed up but counted as late. The
// ledger has every Fulfill that a sender holds exactly once, and adds up.
//
// A Fulfill that came in time may be handed up too late, and is counted. It is not counted if the connector is stopped
// between its look at the clock and its write to the socket, so here the test asks only that no more are counted than
// there were. TestHangingDiskTakesNoNewMoney asks for all of them.
func TestStoppedProcessLosesNoMoney(t *testing.T) {
	t.Parallel()
	binary, err := ourBinary()
	if err != nil {
		t.Fatal(err)
	}
	w := newStopWorld(t, stopOptions{binary: binary, window: stopWindow, life: stopLife, slots: slotsMax})
	w.stopAgainAndAgain(stopsMin)
	w.mustKeepTime()
	if w.kills == 0 || w.verdict.ends["R00"] == 0 {
		t.Error("no packet expired while the connector was stopped, or it was never killed, so that this test proves little")
	}
}

// TestStoppedProcessWithoutItsClock shows that the test above can fail: a connector that does not look at the clock
// when an answer comes hands up Fulfills of packets that have expired.
func TestStoppedProcessWithoutItsClock(t *testing.T) {
	t.Parallel()
	const window, life = 150 * time.Millisecond, 500 * time.Millisecond // short, as it may take several stops
	w := newStopWorld(t, stopOptions{binary: build(t, "without-timely", withoutTimely()), window: window, life: life, slots: slotsMax})
	w.begin()
	for i := 0; i < 4*stopsMin && w.verdict.handed == 0; i++ {
		w.load(stopPackets / 10)
		w.hold(len(w.senders) * slotsMax / 2)
		w.stop(life, false)
		w.rest()
	}
	w.finish()
	if w.verdict.handed == 0 {
		t.Error("no Fulfill was handed up that came too late")
	}
}

// withoutTimely takes an answer for one in time as long as the wheel has not turned.
func withoutTimely() change {
	return change{file: "engine/resolve.go", old: "	if !p.overdue(now.Steady) {\n", new: "	if true {\n"}
}

// stopAgainAndAgain stops the connector so often: at any moment, or when receivers keep Fulfills back, which come
// while it is stopped.
func (w *stopWorld) stopAgainAndAgain(stops int) {
	w.t.Helper()
	began := time.Now()
	w.begin()
	for i := range stops {
		w.load(stopPackets)
		if i%3 > 0 {
			w.hold(1 + w.random.IntN(len(w.senders)*slotsMax/2))
		} else {
			w.pause(loadTime)
		}
		if w.stop(stopTimeMin+time.Duration(w.random.Int64N(int64(stopTimes))), i%5 == 4); w.c.Alive() {
			w.rest()
		} else {
			w.begin()
		}
	}
	w.finish()
	w.t.Logf("%d stops, %d kills, in %s", stops, w.kills, time.Since(began).Round(time.Millisecond))
}

// stop stops the connector for a time, in which receivers send the Fulfills that they have kept back. Then it goes
// on, or is killed.
func (w *stopWorld) stop(d time.Duration, kill bool) {
	w.t.Helper()
	_ = w.c.cmd.Process.Signal(syscall.SIGSTOP)
	poll(w.t, "the connector is stopped", w.c.exited, func() bool { return stopped(w.c.PID()) })
	from := time.Now()
	w.release(nil)
	w.wait(d)
	if kill {
		w.end(func() { w.kill(w.c) })
		return
	}
	w.mu.Lock()
	w.standstills = append(w.standstills, standstill{from: from, to: time.Now()})
	w.mu.Unlock()
	_ = w.c.cmd.Process.Signal(syscall.SIGCONT)
}
