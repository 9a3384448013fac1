//go:build unix

package test

import (
	"fmt"
	"syscall"
	"testing"
	"time"
)

// holdDown is the hold-down time of a neighbor that falls silent, and interval how often it speaks before.
const holdDown, interval = 2 * time.Second, 500 * time.Millisecond

// TestTopologySilentNeighbor stops a neighbor as it is, so that its socket stays open and nothing comes out of
// it. Its routes go when its hold-down time is over, not before, and come back with it. The reference never
// drops them, so it is not the one who looks here.
func TestTopologySilentNeighbor(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"oo", "or"}, func(t *testing.T, c cast) { silence(t, c, holdDown) })
}

// TestTopologyHoldDownIsTheSpeakers is the same with a connector that lets others keep its own routes for longer.
func TestTopologyHoldDownIsTheSpeakers(t *testing.T) {
	t.Parallel()
	eachCast(t, []string{"oo"}, func(t *testing.T, c cast) { silence(t, c, time.Minute) })
}

// silence has b fall silent beside a, whose own routes others may keep for as long as own.
func silence(t *testing.T, c cast, own time.Duration) {
	t.Helper()
	n := newTopology(t, c, "a", "b")
	n.peer("a", "b")
	n.client("a", "b")
	a, b := n.node("a"), n.node("b")
	a.config.env["ROUTE_EXPIRY"] = fmt.Sprint(own.Milliseconds())
	b.config.env["ROUTE_EXPIRY"] = fmt.Sprint(holdDown.Milliseconds())
	b.config.env["ROUTE_BROADCAST_INTERVAL"] = fmt.Sprint(interval.Milliseconds())
	n.start()
	n.awaitRoutes()
	n.mustPay("a", "b", "100", "100")

	b.signal(t, syscall.SIGSTOP)
	t.Cleanup(func() { _ = b.cmd.Process.Signal(syscall.SIGCONT) })
	gone := n.awaitAll("no route to test.b", []*station{a}, func(_ *station, r routeState) bool { return !r.knows("test.b") })
	gone.within(t, "the routes are gone", holdDown+cleanupInterval)
	if took := gone.since["a"]; took < holdDown-interval-slack {
		t.Errorf("the routes are gone after %v, before the hold-down time can be over", took)
	}
	var status struct{ Connected map[string]bool }
	if a.Admin.get(t, "/status", &status); !status.Connected["b"] {
		t.Error("the neighbor is not only silent but disconnected")
	}
	n.mustNotPay("a", "b")

	b.signal(t, syscall.SIGCONT)
	n.awaitRoutes()
	n.mustPay("a", "b", "100", "100")
	n.mustPay("b", "a", "100", "100")
}

// signal sends the process a signal.
func (s *station) signal(t *testing.T, number syscall.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(number); err != nil {
		t.Fatal(err)
	}
}
