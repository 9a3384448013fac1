//go:build linux

package main

import (
	"context"
	"slices"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// soakRate is the packets a second of all senders of a soak.
const soakRate = 5000

func soak() benchCase {
	return benchCase{
		name: "soak", title: "1,000 accounts, 5,000 packets/s offered, for a minute; all are answered",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: pairs(500), work: runSoak, once: true}},
		targets: []target{
			{metric: p999Micros, entrant: connector, max: 50_000, unit: " us"},
			{metric: memoryGrowth, entrant: connector, max: 1.1, unit: " x from the next to last sixth to the last"},
		},
	}
}

// soakParts is into how many phases a soak is cut; the memory is looked at in each.
const soakParts = 60

func runSoak(ctx context.Context, b *bench, e *entrant) (sample, error) {
	p, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	defer p.end()
	var memory []float64
	look := func() error {
		now, _, err := p.subject.Memory()
		memory = append(memory, megabytes(now))
		return err
	}
	plan := flow{rate: soakRate, aim: toReceivers}.plan(p)
	plan.Phases = []load.Phase{{Duration: b.warmup}}
	for range soakParts {
		plan.Phases = append(plan.Phases, load.Phase{Duration: b.soak / soakParts, Begin: look})
	}
	phases, err := p.load.Run(ctx, plan)
	if err != nil {
		return nil, p.explain(err)
	}
	_, peak, err := p.subject.Memory()
	if err != nil {
		return nil, err
	}
	sum := load.Sum(phases[1:])
	s := packetSample(&sum)
	const sixth = soakParts / 6
	end := len(memory) - sixth
	s[memoryGrowth] = mean(memory[end:]) / mean(memory[end-sixth:end])
	s[idleMegabytes], s[peakMegabytes] = slices.Min(memory), megabytes(peak)
	s[startMillis] = millis(p.started)
	return s, nil
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(len(values), 1))
}
