//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// builtIn is the same load with what is built in.
const builtIn = "built-in"

func hosted() benchCase {
	setup := pairs(1)
	setup.Hosted = 1
	through := flow{window: 64, aim: toReceivers}
	return benchCase{
		name: "hosted", title: "1 sender to 1 receiver, 64 in flight, both with the npm ilp-plugin-btp, hosted in ours",
		entrants: []entrant{
			{name: connector, kind: subject.Connector, setup: setup, work: through.carryHosted},
			{name: reference, kind: subject.Reference, setup: setup, work: through.carry},
			{name: builtIn, kind: subject.Connector, setup: pairs(1), work: through.carryBuiltIn},
		},
		targets: []target{
			{metric: cpuMicros, entrant: connector, against: reference, max: 1},
			{metric: ownMicros, entrant: connector, beyond: builtIn, parts: 2, max: 4, unit: " us"}, // for each plugin
		},
		needs: needsModules,
	}
}

// needsModules returns why no npm module can be hosted, or nothing.
func needsModules(_ context.Context, b *bench) string {
	if _, err := exec.LookPath(b.programs.Node); err != nil {
		return err.Error()
	}
	if _, err := os.Stat(filepath.Join(b.programs.Peers, "node_modules", "ilp-plugin-btp")); err != nil {
		return fmt.Sprintf("%v; make bench installs it", err)
	}
	return ""
}

// hostReadings are the CPU times of a connector and of its node host, at the beginning and at the end of each
// phase of a load.
type hostReadings struct {
	connector *subject.Subject
	node      *subject.Child
	own, all  []time.Duration
}

// read returns what both have used.
func (r *hostReadings) read() (time.Duration, error) {
	own, err := r.connector.CPU()
	if err != nil {
		return 0, err
	}
	node, err := r.node.CPU()
	r.own, r.all = append(r.own, own), append(r.all, own+node)
	return own + node, err
}

// inPhase returns the CPU times of each in a phase.
func (r *hostReadings) inPhase(phase int) (own, node time.Duration) {
	own = r.own[2*phase+1] - r.own[2*phase]
	return own, r.all[2*phase+1] - r.all[2*phase] - own
}

// carryBuiltIn is like carry. All that it uses is of the connector.
func (f flow) carryBuiltIn(ctx context.Context, b *bench, e *entrant) (sample, error) {
	s, err := f.carry(ctx, b, e)
	if err == nil {
		s[ownMicros] = s[cpuMicros]
	}
	return s, err
}

// carryHosted is like carry, and measures the node host too.
func (f flow) carryHosted(ctx context.Context, b *bench, e *entrant) (sample, error) {
	p, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	defer p.end()
	node, err := p.subject.Child()
	if err != nil {
		return nil, p.explain(err)
	}
	idle, err := p.subject.Usage()
	if err != nil {
		return nil, err
	}
	cpu := &hostReadings{connector: p.subject, node: node}
	plan := f.plan(p)
	plan.CPU = cpu.read
	plan.Phases = []load.Phase{{Duration: b.warmup}, {Duration: b.duration}}
	phases, err := p.load.Run(ctx, plan)
	if err != nil {
		return nil, p.explain(err)
	}
	s, err := p.sample(&phases[1], megabytes(idle.Memory))
	if err != nil {
		return nil, err
	}
	own, ofNode := cpu.inPhase(1)
	packets := float64(max(phases[1].Packets, 1))
	s[ownMicros], s[nodeMicros] = micros(own)/packets, micros(ofNode)/packets
	memory, err := node.Memory()
	s[nodeMegabytes] = megabytes(memory)
	return s, err
}
