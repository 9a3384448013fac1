package test

import (
	"syscall"
	"testing"
	"time"
)

// The figures of the tests that kill.
const (
	killsMin   = 24
	packetsMin = 24_000
	// Between two kills a number of packets is fulfilled that is at random between these.
	packetsFew, packetsMany = 200, 1800
	// It is killed at random in this time from then on, so that it may be doing anything; now and then while it
	// stops, and again while it starts.
	loadTime, stopTime, startTime = 2 * time.Millisecond, 40 * time.Millisecond, 40 * time.Millisecond
)

// TestCrashKill kills the connector under load, with packets on their way everywhere, again and again. Each time
// it has to come back with a ledger in which every Fulfill that a peer holds is exactly once, and which adds up.
func TestCrashKill(t *testing.T) {
	t.Parallel()
	binary, err := ourBinary()
	if err != nil {
		t.Fatal(err)
	}
	w := newCrashWorld(t, crashOptions{argv: []string{binary}, durability: `"sync"`, senders: 16})
	w.killAgainAndAgain(killsMin, packetsMin)
	w.mustKeep()
	if w.total.doubtful == 0 {
		t.Error("no kill found a packet on its way, so that this test proves little")
	}
}

// TestCrashWithoutHold shows that the test above can fail: a connector that hands on a Fulfill before it is in the
// ledger loses some of them, and nothing else.
func TestCrashWithoutHold(t *testing.T) {
	t.Parallel()
	w := newCrashWorld(t, crashOptions{argv: []string{build(t, "without-hold", withoutHold()...)}, durability: `"sync"`, senders: 16})
	w.killAgainAndAgain(killsMin, packetsMin/4)
	w.mustLose("without the hold")
}

// killAgainAndAgain kills the connector until it has been killed, and has carried packets, so often.
func (w *crashWorld) killAgainAndAgain(kills, packets int) {
	w.t.Helper()
	began := time.Now()
	few := min(packetsFew, packets/kills)
	many := min(packetsMany, 2*packets/kills)
	c := w.start()
	w.audit(w.balances(c), time.Time{}, time.Time{})
	for w.kills < kills || w.total.fulfilled < packets {
		var synced, crashed time.Time
		w.carry(c, few+w.random.IntN(many-few), false, func() {
			if w.random.IntN(4) == 0 {
				w.stops.Store(true)
				_ = c.cmd.Process.Signal(syscall.SIGTERM)
				w.pause(stopTime)
			} else {
				w.pause(loadTime)
			}
			synced, crashed = w.kill(c)
		})
		if w.random.IntN(4) == 0 {
			starting := w.start()
			w.pause(startTime)
			w.kill(starting)
		}
		c = w.look(synced, crashed)
	}
	c.Stop()
	w.t.Logf("%d packets fulfilled, %d kills, in %s; %d packets on their way then, of which %d are in the ledger; drift %s",
		w.total.fulfilled, w.kills, time.Since(began).Round(time.Millisecond), w.total.doubtful, w.total.booked, &w.total.drift)
	for i, wrong := range w.total.wrong {
		if i == faultsShown {
			w.t.Errorf("and %d more", len(w.total.wrong)-i)
			break
		}
		w.t.Error(wrong)
	}
}

// faultsShown is how many faults are enough to see what is wrong.
const faultsShown = 10

// mustLose fails the test if nothing was lost.
func (w *crashWorld) mustLose(why string) {
	w.t.Helper()
	if w.total.lost == 0 {
		w.t.Errorf("nothing was lost %s", why)
	}
	w.t.Logf("%d Fulfills were lost, which senders had got up to %s before", w.total.lost, w.total.age.Round(time.Microsecond))
}

// mustKeep fails the test if anything was lost.
func (w *crashWorld) mustKeep() {
	w.t.Helper()
	if w.total.lost > 0 {
		w.t.Errorf("%d Fulfills that were handed on are not in the ledger", w.total.lost)
	}
}
