//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// learned is the number of routes that a neighbor announces.
const learned = 100_000

// withNeighbor returns a setup of a pair and a neighbor that announces routes.
func withNeighbor() subject.Setup {
	setup := pairs(1)
	setup.Neighbors = 1
	return setup
}

func learn() benchCase {
	return benchCase{
		name: "learn", title: "100,000 routes from one neighbor: from the first update to a packet over the last route",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: withNeighbor(), work: runLearn}},
		targets:  []target{{metric: learnSeconds, entrant: connector, max: 3, unit: " s"}},
	}
}

func runLearn(ctx context.Context, b *bench, e *entrant) (sample, error) {
	t, err := b.beginWithNeighbor(ctx, e)
	if err != nil {
		return nil, err
	}
	defer t.end()
	before, err := t.subject.Usage()
	if err != nil {
		return nil, err
	}
	took, err := t.announceAll(ctx)
	if err != nil {
		return nil, t.explain(err)
	}
	if err := t.load.Rest(ctx, b.duration); err != nil {
		return nil, err
	}
	after, err := t.subject.Usage()
	n := float64(len(t.prefixes))
	return sample{
		learnSeconds:  took.Seconds(),
		routeBytes:    float64(after.Memory-before.Memory) / n,
		routeMicros:   micros(after.CPU-before.CPU) / n,
		peakMegabytes: megabytes(after.Peak),
		startMillis:   millis(t.started),
	}, err
}

// neighborTrial is a trial with a neighbor that announces routes.
type neighborTrial struct {
	*trial
	neighbor *load.Neighbor
	table    *load.Table
	prefixes []string
}

// askPatience is how long a process may take to ask its neighbor for routes.
const askPatience = 10 * time.Second

// beginWithNeighbor starts a process and waits until it has asked its neighbor for routes.
func (b *bench) beginWithNeighbor(ctx context.Context, e *entrant) (*neighborTrial, error) {
	p, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	t := &neighborTrial{trial: p, neighbor: p.load.Neighbor(0), table: load.NewTable(subject.NeighborAddress(0))}
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

// announceAll announces all prefixes. It returns the time until a packet over the last one arrived.
func (t *neighborTrial) announceAll(ctx context.Context) (time.Duration, error) {
	updates := t.table.Updates(t.prefixes, nil, nil, time.Now())
	began := time.Now()
	if err := t.neighbor.Tell(updates); err != nil {
		return 0, err
	}
	last := t.prefixes[len(t.prefixes)-1]
	err := t.load.Probe(ctx, startPatience, load.Fulfilled, t.over(last))
	took := time.Since(began)
	if err == nil {
		err = t.load.AwaitTold(ctx, t.neighbor, startPatience)
	}
	return took, err
}

// over aims at the neighbor over one of its prefixes.
func (t *neighborTrial) over(prefix string) func(sender int) []load.Target {
	return func(int) []load.Target {
		return []load.Target{{Address: prefix + ".wallet", To: t.setup.Receivers}}
	}
}
