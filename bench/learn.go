//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// learned is how many routes a neighbor tells.
const learned = 100_000

// withNeighbor is a pair and a neighbor that tells its routes.
func withNeighbor() subject.Setup {
	setup := pairs(1)
	setup.Neighbors = 1
	return setup
}

func learn() benchCase {
	return benchCase{
		name: "learn", title: "100,000 routes learned from one neighbor: from the first update to a packet over the last",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: withNeighbor(), work: runLearn}},
		targets:  []target{{metric: learnSeconds, entrant: connector, max: 3, unit: " s"}},
	}
}

func runLearn(ctx context.Context, b *bench, e *entrant) (sample, error) {
	t, err := b.meet(ctx, e)
	if err != nil {
		return nil, err
	}
	defer t.end()
	before, _, err := t.subject.Memory()
	if err != nil {
		return nil, err
	}
	cpu, err := t.subject.CPU()
	if err != nil {
		return nil, err
	}
	took, err := t.teach(ctx)
	if err != nil {
		return nil, t.explain(err)
	}
	if err := t.load.Rest(ctx, b.duration); err != nil {
		return nil, err
	}
	after, peak, err := t.subject.Memory()
	if err != nil {
		return nil, err
	}
	spent, err := t.subject.CPU()
	if err != nil {
		return nil, err
	}
	n := float64(len(t.prefixes))
	return sample{
		learnSeconds:  took.Seconds(),
		routeBytes:    float64(after-before) / n,
		routeMicros:   micros(spent-cpu) / n,
		peakMegabytes: megabytes(peak),
		startMillis:   millis(t.started),
	}, nil
}

// taught is a process with a neighbor that tells its routes.
type taught struct {
	*pairing
	neighbor *load.Neighbor
	table    *load.Table
	prefixes []string
}

// askPatience is how long a process may take to ask its neighbor for routes.
const askPatience = 10 * time.Second

// meet starts a process and waits until it has asked its neighbor.
func (b *bench) meet(ctx context.Context, e *entrant) (*taught, error) {
	p, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	t := &taught{pairing: p, neighbor: p.load.Neighbor(0), table: load.NewTable(subject.NeighborAddress(0))}
	t.prefixes = make([]string, b.scaled(learned))
	for i := range t.prefixes {
		t.prefixes[i] = fmt.Sprintf("test.far.%02d.%05d", i%100, i)
	}
	if err := p.load.AwaitAsked(ctx, t.neighbor, askPatience); err != nil {
		p.end()
		return nil, err
	}
	return t, nil
}

// teach tells all prefixes, and returns how long it took until a packet over the last one
// arrived.
func (t *taught) teach(ctx context.Context) (time.Duration, error) {
	updates := t.table.Updates(t.prefixes, nil, nil, time.Now())
	began := time.Now()
	if err := t.neighbor.Tell(updates); err != nil {
		return 0, err
	}
	last := t.prefixes[len(t.prefixes)-1]
	_, err := t.load.Probe(ctx, startPatience, load.Fulfilled, t.over(last))
	took := time.Since(began)
	if err == nil {
		err = t.load.AwaitTold(ctx, t.neighbor, startPatience)
	}
	return took, err
}

// over aims at the neighbor, by way of a prefix.
func (t *taught) over(prefix string) func(sender int) []load.Target {
	return func(int) []load.Target {
		return []load.Target{{Address: prefix + ".wallet", To: t.setup.Receivers}}
	}
}
