//go:build linux

package main

import (
	"context"
	"time"

	"github.com/ilp-go/connector/bench/subject"
)

func idle() benchCase {
	return benchCase{
		name: "idle", title: "1,000 connected accounts without packets",
		entrants: []entrant{
			{name: connector, kind: subject.Connector, setup: pairs(500), work: runIdle},
			{name: reference, kind: subject.Reference, setup: pairs(500), work: runIdle, once: true},
		},
		targets: []target{
			{metric: accountKilos, entrant: connector, max: 20, unit: " kB, with its connection"},
			{metric: idleCorePercent, entrant: connector, max: 1, unit: " %"},
		},
	}
}

// runIdle compares a process that has many accounts with one that has two.
func runIdle(ctx context.Context, b *bench, e *entrant) (sample, error) {
	small := *e
	small.setup = pairs(1)
	least, err := b.rest(ctx, &small)
	if err != nil {
		return nil, err
	}
	most, err := b.rest(ctx, e)
	if err != nil {
		return nil, err
	}
	more := float64(e.setup.Senders + e.setup.Receivers - 2)
	return sample{
		idleMegabytes:   megabytes(most.memory),
		accountKilos:    float64(most.memory-least.memory) / 1024 / max(more, 1),
		idleCorePercent: 100 * most.cpu.Seconds() / b.duration.Seconds(),
		startMillis:     millis(most.started),
	}, nil
}

// resting is what a process without packets uses.
type resting struct {
	memory       int64
	cpu, started time.Duration
}

// rest connects all accounts, waits until the process has settled down, and measures it.
func (b *bench) rest(ctx context.Context, e *entrant) (r resting, err error) {
	p, err := b.begin(ctx, e)
	if err != nil {
		return r, err
	}
	defer p.end()
	if err := p.load.Rest(ctx, b.duration); err != nil {
		return r, err
	}
	before, err := p.subject.Usage()
	if err != nil {
		return r, err
	}
	if err := p.load.Rest(ctx, b.duration); err != nil {
		return r, err
	}
	after, err := p.subject.Usage()
	return resting{memory: after.Memory, cpu: after.CPU - before.CPU, started: p.started}, err
}
