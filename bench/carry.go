//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// flow describes a load.
type flow struct {
	window int // packets in flight per sender
	rate   int // or packets a second of all senders
	aim    func(s *subject.Setup) func(sender int) []load.Target
	want   load.Outcome
}

// startPatience is how long a started process may take to carry its first packets.
const startPatience = 3 * time.Minute

// carry starts an entrant and measures the flow through it.
func (f flow) carry(ctx context.Context, b *bench, e *entrant) (sample, error) {
	p, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	defer p.end()
	idle, err := p.subject.Usage()
	if err != nil {
		return nil, err
	}
	plan := f.plan(p)
	plan.Phases = []load.Phase{{Duration: b.warmup}, {Duration: b.duration}}
	phases, err := p.load.Run(ctx, plan)
	if err != nil {
		return nil, p.explain(err)
	}
	return p.sample(&phases[1], megabytes(idle.Memory))
}

// plan returns the flow as a plan without phases.
func (f flow) plan(p *trial) load.Plan {
	return load.Plan{
		Window: f.window, Rate: f.rate, Want: f.want, Aim: f.aim(&p.setup),
		CPU: p.subject.CPU, Core: p.setup.Core,
	}
}

// sample returns the metrics of a phase and of the process that carried it.
func (p *trial) sample(m *load.Measure, idle float64) (sample, error) {
	used, err := p.subject.Usage()
	s := packetSample(m)
	s[startMillis], s[idleMegabytes], s[peakMegabytes] = millis(p.started), idle, megabytes(used.Peak)
	return s, err
}

// packetSample returns the metrics of a phase.
func packetSample(m *load.Measure) sample {
	packets := float64(max(m.Packets, 1))
	return sample{
		cpuMicros:       micros(m.CPU) / packets,
		generatorMicros: micros(m.Own) / packets,
		othersPercent:   100 * m.Others.Seconds() / m.Elapsed.Seconds(),
		packetsPerSec:   float64(m.Packets) / m.Elapsed.Seconds(),
		p50Micros:       micros(m.Latency.Percentile(50)),
		p99Micros:       micros(m.Latency.Percentile(99)),
		p999Micros:      micros(m.Latency.Percentile(99.9)),
		maxMicros:       micros(m.Latency.Max()),
	}
}

// trial is a process under test with the load connected to it.
type trial struct {
	subject *subject.Subject
	load    *load.Load
	prices  *load.Prices // nil unless the setup is priced
	setup   subject.Setup
	started time.Duration // from the process's start to its first packets
}

// begin starts a process, connects all accounts, and waits until a packet of each sender arrives.
// It tries again when another program has taken a port of the process.
func (b *bench) begin(ctx context.Context, e *entrant) (*trial, error) {
	for tries := 1; ; tries++ {
		p, err := b.tryBegin(ctx, e)
		if errors.Is(err, subject.ErrEnded) && strings.Contains(err.Error(), "address already in use") && tries < 3 {
			continue
		}
		return p, err
	}
}

func (b *bench) tryBegin(ctx context.Context, e *entrant) (*trial, error) {
	s, err := subject.Start(b.programs, e.kind, e.setup)
	if err != nil {
		return nil, err
	}
	p := &trial{subject: s, setup: e.setup}
	dialing, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	opts := s.LoadOptions()
	p.prices = opts.Prices
	if p.load, err = s.Dial(dialing, opts); err == nil {
		err = p.load.Probe(ctx, startPatience, load.Fulfilled, toReceivers(&e.setup))
	}
	if err != nil {
		err = p.explain(err)
		p.end()
		return nil, err
	}
	p.started = s.Age()
	return p, nil
}

func (p *trial) end() {
	if p.load != nil {
		p.load.Close()
	}
	p.subject.Stop()
}

// explain adds the last output of the process to an error.
func (p *trial) explain(err error) error {
	if output := p.subject.Output(); output != "" {
		return fmt.Errorf("%w\nthe last output of the process:\n%s", err, output)
	}
	return err
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func megabytes(n int64) float64      { return float64(n) / (1 << 20) }
