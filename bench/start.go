//go:build linux

package main

import (
	"context"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

func start() benchCase {
	routes, accounts := withRoutes(many), pairs(500)
	return benchCase{
		name: "start", title: "from the start of the process to the first packet: 20,000 routes; 1,000 accounts",
		entrants: []entrant{
			{name: "connector-routes", kind: subject.Connector, setup: routes, work: runStart},
			{name: "reference-routes", kind: subject.Reference, setup: routes, work: runStart, once: true},
			{name: "connector-accounts", kind: subject.Connector, setup: accounts, work: runStart},
			{name: "reference-accounts", kind: subject.Reference, setup: accounts, work: runStart, once: true},
		},
		targets: []target{
			{metric: startMillis, entrant: "connector-routes", max: 500, unit: " ms"},
			{metric: startMillis, entrant: "connector-accounts", max: 300, unit: " ms"},
		},
	}
}

// runStart connects the first sender and the last receiver as early as possible. It then sends
// packets over the last route until one arrives.
func runStart(ctx context.Context, b *bench, e *entrant) (sample, error) {
	s, err := subject.Start(b.programs, e.kind, e.setup)
	if err != nil {
		return nil, err
	}
	p := &trial{subject: s, setup: e.setup}
	defer p.end()
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	opts := s.LoadOptions()
	last := len(opts.Receivers) - 1
	opts.Senders, opts.Receivers = opts.Senders[:1], opts.Receivers[last:]
	if p.load, err = s.Dial(ctx, opts); err != nil {
		return nil, p.explain(err)
	}
	address := subject.DirectAddress(last)
	if n := e.setup.Routes; n > 0 {
		address = subject.RoutePrefix(n-1) + ".wallet"
	}
	err = p.load.Probe(ctx, startPatience, load.Fulfilled, func(int) []load.Target {
		return []load.Target{{Address: address, To: 0}}
	})
	if err != nil {
		return nil, p.explain(err)
	}
	took := s.Age()
	used, err := s.Usage()
	return sample{startMillis: millis(took), idleMegabytes: megabytes(used.Memory), peakMegabytes: megabytes(used.Peak)}, err
}
