//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

const (
	changed = 1000 // accounts in all
	// changeRounds is how many times quiet and changes take turns. The accounts of a round are there
	// at the same time.
	changeRounds = 5
	changeRate   = 2000
	// changesEach is the number of changes of each account: add, change, pause, resume, remove.
	changesEach = 5
)

func changes() benchCase {
	setup := pairs(1)
	setup.Admin, setup.Store, setup.Spare = true, durableStore, changed/changeRounds
	return benchCase{
		name:     "changes",
		title:    "2,000 packets/s offered, while 1,000 other accounts are added, changed, paused, resumed and removed over the admin API",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: setup, work: runChanges, once: true}},
		targets:  []target{{metric: busyRatio, entrant: connector, max: 2, unit: " x the p99 of the quiet load"}},
	}
}

// runChanges drives a paced load in turns of quiet and changes. The load fails when a packet is refused.
func runChanges(ctx context.Context, b *bench, e *entrant) (sample, error) {
	t, err := b.beginOperated(ctx, e)
	if err != nil {
		return nil, err
	}
	defer t.end()
	each := max(b.scaled(changed)/changeRounds, 1)
	plan := flow{rate: changeRate, aim: toReceivers}.plan(t.trial)
	plan.Phases = []load.Phase{{Duration: b.warmup}}
	var tasks []*task
	for round := range changeRounds {
		one := &task{do: func() error { return t.changeAccounts(ctx, round, each) }}
		tasks = append(tasks, one)
		plan.Phases = append(plan.Phases, load.Phase{Duration: b.duration}, one.phase())
	}
	phases, err := t.load.Run(ctx, plan)
	if err != nil {
		return nil, t.explain(err)
	}
	var quiet, busy []load.Measure
	var seconds float64
	for i, one := range tasks {
		if err := one.ended(); err != nil {
			return nil, t.explain(err)
		}
		quiet, busy = append(quiet, phases[1+2*i]), append(busy, phases[2+2*i])
		seconds += one.took.Seconds()
	}
	s := compared(quiet, busy)
	s[changesPerSec] = float64(changesEach*each*changeRounds) / seconds
	return s, nil
}

// compared returns the metrics of the busy phases beside those of the quiet ones.
func compared(quiet, busy []load.Measure) sample {
	before, during := load.Sum(quiet), load.Sum(busy)
	s := packetSample(&during)
	delete(s, cpuMicros) // changes cost more than packets
	s[quietP50Micros] = micros(before.Latency.Percentile(50))
	s[quietP99Micros] = micros(before.Latency.Percentile(99))
	s[busyRatio] = s[p99Micros] / s[quietP99Micros]
	return s
}

// changeAccounts adds n accounts with listeners of their own, one after the other, then changes each,
// pauses and resumes each, and removes each.
func (p *operated) changeAccounts(ctx context.Context, round, n int) error {
	id := func(i int) string { return fmt.Sprintf("x%d-%04d", round, i) }
	steps := []func(i int) error{
		func(i int) error {
			_, err := p.api.AddAccount(ctx, id(i), p.subject.NewAccount(i), false)
			return err
		},
		func(i int) error {
			_, err := p.api.ChangeAccount(ctx, id(i), json.RawMessage(`{"maxPacketAmount":"1000","balance":{"maximum":"5000"}}`), false, false)
			return err
		},
		func(i int) error {
			if _, err := p.api.PauseAccount(ctx, id(i), "", false); err != nil {
				return err
			}
			_, err := p.api.ResumeAccount(ctx, id(i), "", false)
			return err
		},
		func(i int) error {
			_, err := p.api.RemoveAccount(ctx, id(i), false, false)
			return err
		},
	}
	for _, step := range steps {
		for i := range n {
			if err := step(i); err != nil {
				return err
			}
		}
	}
	return nil
}
