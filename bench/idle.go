//go:build linux

package main

import (
	"context"
	"time"

	"github.com/ilp-go/connector/bench/subject"
)

func idle() benchCase {
	return benchCase{
		name: "idle", title: "1,000 connected accounts and nothing to do",
		entrants: []entrant{
			{name: connector, kind: subject.Connector, setup: pairs(500), work: runIdle},
			{name: reference, kind: subject.Reference, setup: pairs(500), work: runIdle, once: true},
		},
		targets: []target{
			{metric: accountKilos, entrant: connector, max: 20, unit: " kB, its connection included"},
			{metric: idleCorePercent, entrant: connector, max: 1, unit: " %"},
		},
	}
}

// runIdle compares a process with many accounts to one with two.
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

// repose is a process that rests.
type repose struct {
	memory       int64
	cpu, started time.Duration
}

// rest connects all accounts, lets the process come to rest, and watches it.
func (b *bench) rest(ctx context.Context, e *entrant) (r repose, err error) {
	p, err := b.begin(ctx, e)
	if err != nil {
		return r, err
	}
	defer p.end()
	r.started = p.started
	if err := p.load.Rest(ctx, b.duration); err != nil {
		return r, err
	}
	before, err := p.subject.CPU()
	if err != nil {
		return r, err
	}
	if err := p.load.Rest(ctx, b.duration); err != nil {
		return r, err
	}
	after, err := p.subject.CPU()
	if err != nil {
		return r, err
	}
	r.cpu = after - before
	r.memory, _, err = p.subject.Memory()
	return r, err
}
