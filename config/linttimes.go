package config

import (
	"fmt"
	"slices"
)

// windowMin is the shortest useful minMessageWindow: two ticks of the engine's expiry
// wheel. A packet ends at most one tick after its expiry, and its answer needs the other.
const windowMin Milliseconds = 20

// lintTimes warns of times of the connector that contradict each other.
func lintTimes(c *Config, r *report) {
	if c.RouteBroadcastEnabled && 0 < c.RouteExpiry && c.RouteExpiry <= c.RouteBroadcastInterval {
		r.warn("routeExpiry", "is not longer than routeBroadcastInterval: routes expire between two broadcasts", "use at least one and a half times the interval")
	}
	lintWindow(c, r)
}

// lintWindow warns of windows in which no answer can arrive in time.
func lintWindow(c *Config, r *report) {
	const longer = "use at least twice minMessageWindow"
	switch window, hold := c.MinMessageWindow, c.MaxHoldTime; {
	case hold < window:
		r.warn("maxHoldTime", "is shorter than minMessageWindow: every packet is refused", longer)
	case hold < 2*window:
		r.warn("maxHoldTime", "is shorter than twice minMessageWindow: a next connector with the same window refuses every packet", longer)
	}
	if c.MinMessageWindow < windowMin && !slices.Contains(c.DisableMiddleware, "expire") {
		r.warn("minMessageWindow", "is shorter than 20 milliseconds: we may end a packet 10 ms after its expiry, too late for the connector before us",
			"use 20 or more; the default is 1000")
	}
}

// lintResponseTimeout warns of a timeout that the reference obeys and we ignore.
func lintResponseTimeout(c *Config, a Account, r *report) {
	if !a.overBTP() {
		return
	}
	timeout := decodeBTP("", a, newReport(nil)).ResponseTimeout
	if 0 < timeout && timeout < c.MaxHoldTime.Duration() {
		r.warn(at("accounts", a.ID, "options", "responseTimeout"), "is shorter than maxHoldTime, and has no effect: a request waits until its packet expires, because the answer may be a Fulfill",
			"remove it, or lower maxHoldTime")
	}
}

// lintDeduplicate warns if we remember packets for longer than packetLifetime, because we forget
// old ones only once in an interval.
func lintDeduplicate(a Account, interval Milliseconds, r *report) {
	if lifetime := a.Deduplicate.PacketLifetime; lifetime < interval {
		r.warn(at("accounts", a.ID, "deduplicate", "packetLifetime"),
			fmt.Sprintf("is shorter than cleanupInterval: we remember packets for up to %v longer", interval.Duration()), "lower cleanupInterval as well")
	}
}
