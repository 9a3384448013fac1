package test

import (
	"testing"
	"time"
)

// The figures of the tests that kill.
const (
	killsMin   = 24
	packetsMin = 24_000
	// Between two kills a number of packets is fulfilled that is at random between these.
	packetsFew, packetsMany = 200, 1800
	// Now and then it is killed while it starts, at random in this time.
	startTime = 40 * time.Millisecond
	// It is not killed exactly when a packet is fulfilled.
	jitter = 2 * time.Millisecond
)

// TestCrashKill kills the connector under load, with packets on their way everywhere, again and again. Each time
// it has to come back with books in which every Fulfill that a peer holds is exactly once, and which add up.
func TestCrashKill(t *testing.T) {
	t.Parallel()
	binary, err := ourBinary()
	if err != nil {
		t.Fatal(err)
	}
	w := newCrashWorld(t, crashOptions{argv: []string{binary}, durability: `"sync"`, senders: 16})
	w.killAgainAndAgain(killsMin, packetsMin)
	w.report()
	for _, wrong := range w.total.wrong {
		t.Error(wrong)
	}
	if w.total.lost > 0 {
		t.Errorf("%d Fulfills that were handed on are not in the books", w.total.lost)
	}
	if w.total.doubtful == 0 {
		t.Error("no kill found a packet on its way, so that this test proves little")
	}
}

// TestCrashWithoutHold shows that the test above can fail: a connector that hands on a Fulfill before it is in the
// books loses some of them, and nothing else.
func TestCrashWithoutHold(t *testing.T) {
	t.Parallel()
	w := newCrashWorld(t, crashOptions{argv: []string{build(t, "without-hold", withoutHold())}, durability: `"sync"`, senders: 16})
	w.killAgainAndAgain(killsMin, packetsMin/4)
	w.report()
	for _, wrong := range w.total.wrong {
		t.Error(wrong)
	}
	if w.total.lost == 0 {
		t.Error("nothing was lost without the hold")
	}
}

// killAgainAndAgain kills the connector until it has been killed, and has carried packets, so often.
func (w *crashWorld) killAgainAndAgain(kills, packets int) {
	w.t.Helper()
	began := time.Now()
	c := w.start()
	w.audit(w.balances(c), time.Time{}, time.Time{})
	for killed := 0; killed < kills || w.total.fulfilled < packets; killed++ {
		var synced, crashed time.Time
		few := min(packetsFew, packets/kills)
		w.carry(c, few+w.random.IntN(min(packetsMany, 2*packets/kills)-few), false, func() {
			w.pause(jitter)
			synced, crashed = w.kill(c)
		})
		if w.random.IntN(4) == 0 {
			starting := w.start()
			w.pause(startTime)
			w.kill(starting)
			killed++
		}
		c = w.look(synced, crashed)
	}
	w.t.Logf("%d times started in %s", w.lives, time.Since(began).Round(time.Millisecond))
	c.Stop()
}

// report says what there was.
func (w *crashWorld) report() {
	w.t.Logf("%d packets fulfilled; %d on their way when it ended, of which %d are in the books; %d lost, up to %s old",
		w.total.fulfilled, w.total.doubtful, w.total.booked, w.total.lost, w.total.age.Round(time.Microsecond))
}
