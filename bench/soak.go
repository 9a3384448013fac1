//go:build linux

package main

import (
	"context"
	"slices"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// soakRate is the packets a second of all senders together.
const soakRate = 5000

func soak() benchCase {
	return benchCase{
		name: "soak", title: "1,000 accounts, 5,000 packets/s offered, for a minute; each is answered",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: pairs(500), work: runSoak, once: true}},
		targets: []target{
			{metric: p999Micros, entrant: connector, max: 50_000, unit: " us"},
			{metric: memoryGrowth, entrant: connector, max: 1.1, unit: " x from the next to last sixth to the last"},
		},
	}
}

// soakParts is the number of phases of a soak. Each begins with a reading of the memory.
const soakParts = 60

func runSoak(ctx context.Context, b *bench, e *entrant) (sample, error) {
	p, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	defer p.end()
	var memory []float64
	look := func() error {
		used, err := p.subject.Usage()
		memory = append(memory, megabytes(used.Memory))
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
	sum := load.Sum(phases[1:])
	s, err := p.sample(&sum, slices.Min(memory))
	const sixth = soakParts / 6
	end := len(memory) - sixth
	s[memoryGrowth] = mean(memory[end:]) / mean(memory[end-sixth:end])
	return s, err
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(max(len(values), 1))
}
