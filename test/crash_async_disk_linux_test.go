package test

import (
	"strings"
	"testing"
)

// TestAsyncDiskOfEitherSideIsFull takes the room from the store of the receiver, and then of the sender, when 50 packets
// are about to be booked. The connector is killed and started with room again. Then both have booked the same.
func TestAsyncDiskOfEitherSideIsFull(t *testing.T) {
	t.Parallel()
	w := newAsyncWorld(t, asyncOptions{binary: mustBinary(t)})
	for _, n := range []*asyncNode{w.far, w.near} {
		w.awaitUp()
		openBob := w.closeBob()
		done := w.sendMany(asyncPackets)
		poll(t, "all packets to be at bob", w.far.exited, func() bool { return w.asking.Load()+w.ended.Load() >= asyncPackets })
		must(t, limitFiles(n.PID(), 0))
		openBob()
		<-done
		w.mustGet("T00", "R00", "T03")
		alerts := strings.Join(n.Admin.alerts(t, ""), "\n")
		if !strings.Contains(alerts, "balances cannot be written down any more") {
			t.Errorf("the alerts of %s are %s", n.name, alerts)
		}
		w.killAndStart(n)
		total := w.judge("the disk of " + n.name + " is full")
		t.Logf("%s: %s", n.name, &total)
	}
	w.finish()
}
