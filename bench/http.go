//go:build linux

package main

import "github.com/ilp-go/connector/bench/subject"

// httpConnections is the number of connections of a sender over HTTP. Each has one packet in flight.
const httpConnections = 64

// overHTTP returns a pair whose sender speaks HTTP, and its receiver too if so wanted.
func overHTTP(receiver bool) subject.Setup {
	s := pairs(1)
	s.HTTPSenders, s.HTTPReceivers, s.Connections = true, receiver, httpConnections
	return s
}

func httpPair() benchCase {
	return benchCase{
		name: "http", title: "ILP over HTTP/1.1 in and out, 64 in flight on connections that stay open",
		entrants: all(overHTTP(true), flow{window: 1, aim: toReceivers}, subject.Connector, subject.Relay, subject.Reference),
		targets: []target{
			{metric: cpuMicros, entrant: connector, against: reference, max: 1. / 8},
			{metric: cpuMicros, entrant: connector, against: relay, max: 1.3},
		},
	}
}

func httpToBTP() benchCase {
	return benchCase{
		name: "http-btp", title: "ILP over HTTP/1.1 in, BTP out, 64 in flight",
		entrants: all(overHTTP(false), flow{window: 1, aim: toReceivers}, subject.Connector, subject.Reference),
		targets:  []target{{metric: cpuMicros, entrant: connector, against: reference, max: 1. / 8}},
	}
}
