//go:build linux

package main

import (
	"context"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

const (
	besideRate   = 10_000
	besideRounds = 5
)

func beside() benchCase {
	setup := pairs(2)
	setup.Hosted = 1
	return benchCase{
		name:     "beside",
		title:    "10,000 packets/s offered between built-in accounts, in quiet and while 64 others are in flight between hosted ones",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: setup, work: runBeside}},
		targets: []target{
			{metric: busyRatio, entrant: connector, max: 1.3, unit: " x the p99 in quiet"},
			{metric: cpuRatio, entrant: connector, max: 1.05, unit: " x the CPU in quiet"},
		},
		needs: needsModules,
	}
}

// runBeside drives the paced load in turns of quiet and of packets between hosted accounts, which also flow alone
// once in each turn: what they cost then is what they are taken to cost beside the others.
func runBeside(ctx context.Context, b *bench, e *entrant) (sample, error) {
	t, err := b.beginBeside(ctx, e)
	if err != nil {
		return nil, err
	}
	defer t.end()
	var quiet, alone, busy, through []load.Measure
	for range besideRounds {
		phase := load.Phase{Duration: b.duration / besideRounds}
		q, err := t.runPaced(ctx, b, phase, nil)
		if err != nil {
			return nil, t.explain(err)
		}
		a, err := t.runThrough(ctx, b, phase)
		if err != nil {
			return nil, t.explain(err)
		}
		var h load.Measure
		other := &task{do: func() (err error) {
			h, err = t.runThrough(ctx, b, phase)
			return err
		}}
		both, err := t.runPaced(ctx, b, phase, other)
		if err != nil {
			return nil, t.explain(err)
		}
		quiet, alone, busy, through = append(quiet, q), append(alone, a), append(busy, both), append(through, h)
	}
	s := compared(quiet, busy)
	q, a, both, h := load.Sum(quiet), load.Sum(alone), load.Sum(busy), load.Sum(through)
	s[besidePerSec] = float64(h.Packets) / h.Elapsed.Seconds()
	s[ownMicros] = micros(a.CPU) / float64(max(a.Packets, 1))
	ofHosted := s[ownMicros] * s[besidePerSec] * both.Elapsed.Seconds()
	s[cpuMicros] = (micros(both.CPU) - ofHosted) / float64(max(both.Packets, 1))
	s[quietMicros] = micros(q.CPU) / float64(max(q.Packets, 1))
	s[cpuRatio] = s[cpuMicros] / s[quietMicros]
	return s, nil
}

// besideTrial has a load of the hosted accounts besides. Each load has a thread.
type besideTrial struct {
	*trial
	hosted *load.Load
}

func (b *bench) beginBeside(ctx context.Context, e *entrant) (*besideTrial, error) {
	s, err := subject.Start(b.programs, e.kind, e.setup)
	if err != nil {
		return nil, err
	}
	t := &besideTrial{trial: &trial{subject: s, setup: e.setup}}
	hosted, others := s.LoadOptions(), s.LoadOptions()
	n := e.setup.Hosted
	hosted.Senders, hosted.Receivers = hosted.Senders[:n], hosted.Receivers[:n]
	others.Senders, others.Receivers = others.Senders[n:], others.Receivers[n:]
	if t.load, err = s.Dial(ctx, others); err == nil {
		t.hosted, err = s.Dial(ctx, hosted)
	}
	if err == nil {
		err = t.hosted.Probe(ctx, startPatience, load.Fulfilled, t.aim(0))
	}
	if err == nil {
		err = t.load.Probe(ctx, startPatience, load.Fulfilled, t.aim(n))
	}
	if err != nil {
		err = t.explain(err)
		t.end()
		return nil, err
	}
	return t, nil
}

func (t *besideTrial) end() {
	if t.hosted != nil {
		t.hosted.Close()
	}
	t.trial.end()
}

// aim aims each sender of a load at the receiver of the same place, which is so far behind in the list of all.
func (t *besideTrial) aim(from int) func(sender int) []load.Target {
	return func(sender int) []load.Target {
		return []load.Target{{Address: subject.DirectAddress(from + sender), To: sender}}
	}
}

// runPaced offers the packets between built-in accounts, for a warm-up and a phase. The task, if there is one,
// begins with the warm-up.
func (t *besideTrial) runPaced(ctx context.Context, b *bench, phase load.Phase, other *task) (load.Measure, error) {
	warm := load.Phase{Duration: b.warmup}
	last := load.Phase{}
	if other != nil {
		ending := other.phase()
		warm.Begin = ending.Begin
		last = ending
		last.Begin = nil
	}
	plan := load.Plan{
		Rate: besideRate, Want: load.Fulfilled, Aim: t.aim(t.setup.Hosted), CPU: t.subject.CPU, Core: t.setup.Core,
		Phases: []load.Phase{warm, phase},
	}
	if other != nil {
		plan.Phases = append(plan.Phases, last)
	}
	phases, err := t.load.Run(ctx, plan)
	if err != nil {
		return load.Measure{}, err
	}
	if other != nil {
		if err := other.ended(); err != nil {
			return load.Measure{}, err
		}
	}
	return phases[1], nil
}

// runThrough keeps packets in flight between the hosted accounts, for a warm-up and a phase.
func (t *besideTrial) runThrough(ctx context.Context, b *bench, phase load.Phase) (load.Measure, error) {
	phases, err := t.hosted.Run(ctx, load.Plan{
		Window: 64, Want: load.Fulfilled, Aim: t.aim(0), CPU: t.subject.CPU, Core: t.setup.Core,
		Phases: []load.Phase{{Duration: b.warmup}, phase},
	})
	if err != nil {
		return load.Measure{}, err
	}
	return phases[1], nil
}
