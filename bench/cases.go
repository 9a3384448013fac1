//go:build linux

package main

import (
	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// cases returns all cases in the order in which they run. A case without targets only reports.
func cases() []benchCase {
	return []benchCase{
		one(), oneCore(),
		manyPairs("fifty", "50 senders to 50 receivers, 2 in flight each", 50, 2, 1.5),
		manyPairs("five-hundred", "500 senders to 500 receivers, 1 in flight each", 500, 1, 1.3),
		latency(), paced(), noRoute(), manyRoutes(), refused(), httpPair(), httpToBTP(), hosted(), beside(),
		durable("durable-64", 64), durable("durable-1024", 1024),
		soak(), idle(), start(), burst(), learn(),
		changes(), reloads(), rates(), children(), shared(),
	}
}

// pairs returns a setup of n senders and n receivers.
func pairs(n int) subject.Setup {
	return subject.Setup{Senders: n, Receivers: n, Core: load.OnAnyCore}
}

// pinnedPair returns a pair whose process and load share a core. With little to do, most of the cost
// is whether the kernel wakes another core, and that is chance.
func pinnedPair() subject.Setup {
	s := pairs(1)
	s.Core = 0
	return s
}

// all returns one entrant of each kind, under the same load.
func all(setup subject.Setup, f flow, kinds ...subject.Kind) (entrants []entrant) {
	for _, kind := range kinds {
		entrants = append(entrants, entrant{name: string(kind), kind: kind, setup: setup, work: f.carry})
	}
	return entrants
}

const (
	connector = string(subject.Connector)
	reference = string(subject.Reference)
	relay     = string(subject.Relay)
)

// onePairTargets returns what a packet may cost with one sender and one receiver.
func onePairTargets() []target {
	return []target{
		{metric: cpuMicros, entrant: connector, against: reference, max: 1. / 50},
		{metric: cpuMicros, entrant: connector, max: 2, unit: " us", given: &condition{entrant: reference, min: 96, max: 134}},
	}
}

func one() benchCase {
	return benchCase{
		name: "one", title: "1 sender to 1 receiver, 64 in flight",
		entrants: all(pairs(1), flow{window: 64, aim: toReceivers}, subject.Connector, subject.Relay, subject.Reference),
		targets:  onePairTargets(),
	}
}

// oneCore returns the same case on one core. On two idle cores each batch wakes the other core and
// is fetched from its caches, which may double what a packet costs.
func oneCore() benchCase {
	return benchCase{
		name: "one-core", title: "1 sender to 1 receiver, 64 in flight, all on one core",
		entrants: all(pinnedPair(), flow{window: 64, aim: toReceivers}, subject.Connector, subject.Relay, subject.Reference),
		targets:  onePairTargets(),
	}
}

// manyPairs returns a case of n pairs, where a packet may cost ratioMax times the relay's.
func manyPairs(name, title string, n, window int, ratioMax float64) benchCase {
	c := benchCase{
		name: name, title: title,
		entrants: all(pairs(n), flow{window: window, aim: toReceivers}, subject.Connector, subject.Relay, subject.Reference),
		targets:  []target{{metric: cpuMicros, entrant: connector, against: relay, max: ratioMax}},
	}
	c.entrants[2].once = true
	return c
}

func latency() benchCase {
	return benchCase{
		name: "latency", title: "1 in flight, all on one core",
		entrants: all(pinnedPair(), flow{window: 1, aim: toReceivers}, subject.Connector, subject.Relay),
		targets: []target{
			{metric: p50Micros, entrant: connector, against: relay, max: 1.3},
			{metric: p99Micros, entrant: connector, against: relay, max: 1.5},
		},
	}
}

func paced() benchCase {
	return benchCase{
		name: "paced", title: "2,000 packets/s offered, all on one core",
		entrants: all(pinnedPair(), flow{rate: 2000, aim: toReceivers}, subject.Connector, subject.Relay),
		targets:  []target{{metric: cpuMicros, entrant: connector, against: relay, max: 1.3}},
	}
}

// few and many are numbers of configured routes.
const few, many = 10, 20_000

func withRoutes(n int) subject.Setup {
	setup := pairs(1)
	setup.Routes = n
	return setup
}

func noRoute() benchCase {
	reject := flow{window: 64, aim: toNowhere, want: load.Unreachable}.carry
	return benchCase{
		name: "no-route", title: "packets that have no route, 64 in flight",
		entrants: []entrant{
			{name: "connector-10", kind: subject.Connector, setup: withRoutes(few), work: reject},
			{name: "reference-10", kind: subject.Reference, setup: withRoutes(few), work: reject},
			{name: "connector-20000", kind: subject.Connector, setup: withRoutes(many), work: reject},
			{name: "reference-20000", kind: subject.Reference, setup: withRoutes(many), work: reject, once: true},
		},
		targets: []target{
			{metric: cpuMicros, entrant: "connector-10", against: "reference-10", max: 1. / 60},
			{metric: cpuMicros, entrant: "connector-20000", against: "reference-20000", max: 1. / 500},
		},
	}
}

func manyRoutes() benchCase {
	route := flow{window: 64, aim: overRoutes}.carry
	return benchCase{
		name: "routes", title: "1 sender to 1 receiver over all routes in turn, 64 in flight",
		entrants: []entrant{
			{name: "connector-10", kind: subject.Connector, setup: withRoutes(few), work: route},
			{name: "connector-20000", kind: subject.Connector, setup: withRoutes(many), work: route},
		},
		targets: []target{{metric: cpuMicros, entrant: "connector-20000", against: "connector-10", max: 1.15}},
	}
}

func refused() benchCase {
	return benchCase{
		name: "refused", title: "packets that the receiver rejects, 64 in flight",
		entrants: all(pairs(1), flow{window: 64, aim: toReceivers, want: load.Refused}, subject.Connector, subject.Relay),
	}
}
