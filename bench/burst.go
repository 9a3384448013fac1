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
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: withNeighbor(), work: runBurst}},
		targets:  []target{{metric: burstRatio, entrant: connector, max: 2, unit: " x the p99 of the quiet load"}},
	}
}

const (
	burstRate = 2000
	// burstPart of all routes are withdrawn in a burst, and as many get another path: each time
	// others, since routes that flap are a matter of their own.
	burstPart = 20
	// bursts is how many there are in a run, each after as long a quiet time.
	bursts = 3
	// burstWindow is how long after the begin of a burst packets count as disturbed, or longer
	// if its updates take longer: so short that a stall of 10 ms shows in the 99th
	// percentile.
	burstWindow = time.Second
)

func runBurst(ctx context.Context, b *bench, e *entrant) (sample, error) {
	t, err := b.meet(ctx, e)
	if err != nil {
		return nil, err
	}
	defer t.end()
	if _, err := t.teach(ctx); err != nil {
		return nil, t.explain(err)
	}
	if err := t.load.Rest(ctx, b.duration); err != nil {
		return nil, err
	}
	s, err := t.disturb(ctx, b)
	if err != nil {
		return nil, t.explain(err)
	}
	return s, nil
}

// disturb drives a paced load, by turns quiet and with a burst of changes, and sees
// to it that the changes were really made.
func (t *taught) disturb(ctx context.Context, b *bench) (sample, error) {
	n := len(t.prefixes) / burstPart
	var gone, there []string
	plan := flow{rate: burstRate, aim: toReceivers}.plan(t.pairing)
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
		gone, there = t.prefixes[2*i*n:][:n], t.prefixes[(2*i+1)*n:][:n]
		updates := t.table.Updates(there, gone, []string{"test.detour"}, time.Now())
		plan.Phases = append(plan.Phases,
			load.Phase{Duration: window},
			load.Phase{Duration: window, Begin: func() error { return t.neighbor.Tell(updates) }, Until: told})
	}
	phases, err := t.load.Run(ctx, plan)
	if err != nil {
		return nil, err
	}
	if _, err := t.load.Probe(ctx, startPatience, load.Unreachable, t.over(gone[0])); err != nil {
		return nil, err
	}
	if _, err := t.load.Probe(ctx, startPatience, load.Fulfilled, t.over(there[0])); err != nil {
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
