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

// flow is a load that packets are carried under.
type flow struct {
	window int // of each sender
	rate   int // or packets a second, of all
	aim    func(s *subject.Setup) func(sender int) []load.Target
	want   load.Outcome
}

// startPatience is how long a process may take until it carries packets.
const startPatience = 3 * time.Minute

// carry is the work of carrying packets for a while.
func (f flow) carry(ctx context.Context, b *bench, e *entrant) (sample, error) {
	p, err := b.begin(ctx, e)
	if err != nil {
		return nil, err
	}
	defer p.end()
	idle, _, err := p.subject.Memory()
	if err != nil {
		return nil, err
	}
	plan := f.plan(p)
	plan.Phases = []load.Phase{{Duration: b.warmup}, {Duration: b.duration}}
	phases, err := p.load.Run(ctx, plan)
	if err != nil {
		return nil, p.explain(err)
	}
	_, peak, err := p.subject.Memory()
	if err != nil {
		return nil, err
	}
	s := packetSample(&phases[1])
	s[startMillis] = millis(p.started)
	s[idleMegabytes], s[peakMegabytes] = megabytes(idle), megabytes(peak)
	return s, nil
}

// plan is the flow for a process.
func (f flow) plan(p *pairing) load.Plan {
	return load.Plan{
		Window: f.window, Rate: f.rate, Want: f.want, Aim: f.aim(&p.setup),
		CPU: p.subject.CPU, Core: p.setup.Core,
	}
}

// packetSample is the metrics of a phase.
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

// pairing is a process under test with the load connected to it.
type pairing struct {
	subject *subject.Subject
	load    *load.Load
	setup   subject.Setup
	started time.Duration // from its start to its first packets
}

// begin starts a process, connects all accounts, and waits until a packet of each
// sender has come through. It tries again when somebody else took a port before the
// process could.
func (b *bench) begin(ctx context.Context, e *entrant) (*pairing, error) {
	for tries := 1; ; tries++ {
		p, err := b.tryBegin(ctx, e)
		if errors.Is(err, subject.ErrEnded) && strings.Contains(err.Error(), "address already in use") && tries < 3 {
			continue
		}
		return p, err
	}
}

func (b *bench) tryBegin(ctx context.Context, e *entrant) (*pairing, error) {
	s, err := subject.Start(b.programs, e.kind, e.setup)
	if err != nil {
		return nil, err
	}
	p := &pairing{subject: s, setup: e.setup}
	dialing, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	if p.load, err = s.Dial(dialing, s.LoadOptions()); err == nil {
		_, err = p.load.Probe(ctx, startPatience, load.Fulfilled, toReceivers(&e.setup))
	}
	if err != nil {
		err = p.explain(err)
		p.end()
		return nil, err
	}
	p.started = s.Age()
	return p, nil
}

func (p *pairing) end() {
	if p.load != nil {
		p.load.Close()
	}
	p.subject.Stop()
}

// explain adds to an error what the process has to say.
func (p *pairing) explain(err error) error {
	if output := p.subject.Output(); output != "" {
		return fmt.Errorf("%w\nthe last output of the process:\n%s", err, output)
	}
	return err
}

func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func megabytes(n int64) float64      { return float64(n) / (1 << 20) }
