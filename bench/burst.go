//go:build linux

package main

import (
	"context"
	"time"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

func burst() benchCase {
	return benchCase{
		name: "burst", title: "2,000 packets/s offered, while a neighbor with 100,000 routes changes 10,000 of them at once",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: withNeighbor(), work: runBurst(burstRate)}},
		targets:  []target{{metric: burstRatio, entrant: connector, max: 2, unit: " x the p99 of the quiet load"}},
	}
}

const (
	burstRate = 2000
	// A burst withdraws one in burstPart of all routes and gives as many another path. Each burst
	// changes other routes, as a flapping route is another matter.
	burstPart = 20
	// bursts is the number of bursts in a run. A quiet time of the same length precedes each.
	bursts = 3
	// burstWindow is how long a burst counts as busy, or until its updates are fulfilled. It is short
	// enough for a stall of 10 ms to show in the 99th percentile.
	burstWindow = time.Second
)

// runBurst returns the work of the case at a rate of packets per second.
func runBurst(rate int) func(ctx context.Context, b *bench, e *entrant) (sample, error) {
	return func(ctx context.Context, b *bench, e *entrant) (sample, error) {
		t, err := b.beginWithNeighbor(ctx, e)
		if err != nil {
			return nil, err
		}
		defer t.end()
		if _, err := t.announceAll(ctx); err != nil {
			return nil, t.explain(err)
		}
		if err := t.load.Rest(ctx, b.duration); err != nil {
			return nil, err
		}
		s, err := t.runBursts(ctx, b, rate)
		if err != nil {
			return nil, t.explain(err)
		}
		return s, nil
	}
}

// runBursts drives a paced load in turns of quiet and busy phases, then checks with packets that the
// process has made the changes.
func (t *neighborTrial) runBursts(ctx context.Context, b *bench, rate int) (sample, error) {
	n := len(t.prefixes) / burstPart
	var withdrawn, changed []string
	plan := flow{rate: rate, aim: toReceivers}.plan(t.trial)
	plan.Phases = []load.Phase{{Duration: b.warmup}}
	window := min(b.duration, burstWindow)
	var took []float64
	told := func() bool {
		if !t.neighbor.Told() {
			return false
		}
		took = append(took, millis(t.neighbor.Took()))
		return true
	}
	for i := range bursts {
		withdrawn, changed = t.prefixes[2*i*n:][:n], t.prefixes[(2*i+1)*n:][:n]
		updates := t.table.Updates(changed, withdrawn, []string{"test.detour"}, time.Now())
		plan.Phases = append(plan.Phases,
			load.Phase{Duration: window},
			load.Phase{Duration: window, Begin: func() error { return t.neighbor.Tell(updates) }, Until: told})
	}
	phases, err := t.load.Run(ctx, plan)
	if err != nil {
		return nil, err
	}
	if err := t.load.Probe(ctx, startPatience, load.Unreachable, t.over(withdrawn[0])); err != nil {
		return nil, err
	}
	if err := t.load.Probe(ctx, startPatience, load.Fulfilled, t.over(changed[0])); err != nil {
		return nil, err
	}
	var quiet, busy []load.Measure
	for i := range bursts {
		quiet, busy = append(quiet, phases[1+2*i]), append(busy, phases[2+2*i])
	}
	before, during := load.Sum(quiet), load.Sum(busy)
	s := packetSample(&during)
	s[quietP99Micros] = micros(before.Latency.Percentile(99))
	s[burstP99Micros] = micros(during.Latency.Percentile(99))
	s[burstMillis] = median(took)
	s[burstRatio] = s[burstP99Micros] / s[quietP99Micros]
	return s, nil
}
