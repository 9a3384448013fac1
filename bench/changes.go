//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

const (
	changed = 1000 // accounts in all
	// changeRounds is how many times quiet and changes take turns. The accounts of a round are there
	// at the same time.
	changeRounds = 5
	changeRate   = 2000
	// changeEvery is the time from one change to the next of an operator whose script is paced.
	changeEvery = 2 * time.Millisecond
	unpaced     = "unpaced"
)

func changes() benchCase {
	setup := pairs(1)
	setup.Admin, setup.Store, setup.Spare = true, durableStore, changed/changeRounds
	return benchCase{
		name: "changes",
		title: "2,000 packets/s offered, while 1,000 other accounts are added, changed, paused, resumed and removed over the admin API: " +
			"500 changes/s; unpaced, one request after the other",
		entrants: []entrant{
			{name: connector, kind: subject.Connector, setup: setup, work: runChanges(changeEvery), once: true},
			{name: unpaced, kind: subject.Connector, setup: setup, work: runChanges(0), once: true},
		},
		targets: []target{{metric: busyRatio, entrant: connector, max: 2, unit: " x the p99 of the quiet load"}},
	}
}

// runChanges drives a paced load in turns of quiet and changes. The load fails when a packet is refused.
func runChanges(every time.Duration) work {
	return func(ctx context.Context, b *bench, e *entrant) (sample, error) {
		t, err := b.beginOperated(ctx, e)
		if err != nil {
			return nil, err
		}
		defer t.end()
		each := max(b.scaled(changed)/changeRounds, 1)
		plan := flow{rate: changeRate, aim: toReceivers}.plan(t.trial)
		plan.Phases = []load.Phase{{Duration: b.warmup}}
		var tasks []*task
		made := 0
		for round := range changeRounds {
			one := &task{do: func() error {
				n, err := t.changeAccounts(ctx, round, each, every)
				made += n
				return err
			}}
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
		s[changesPerSec] = float64(made) / seconds
		return s, nil
	}
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
// pauses and resumes each, and removes each. It returns the number of changes. With a pace, each comes
// so long after the one before, or when that is done.
func (p *operated) changeAccounts(ctx context.Context, round, n int, every time.Duration) (made int, err error) {
	id := func(i int) string { return fmt.Sprintf("x%d-%04d", round, i) }
	add := func(i int) (err error) {
		_, err = p.api.AddAccount(ctx, id(i), p.subject.NewAccount(i), false)
		return err
	}
	change := func(i int) (err error) {
		_, err = p.api.ChangeAccount(ctx, id(i), json.RawMessage(`{"maxPacketAmount":"1000","balance":{"maximum":"5000"}}`), false, false)
		return err
	}
	pause := func(i int) (err error) {
		_, err = p.api.PauseAccount(ctx, id(i), "", false)
		return err
	}
	resume := func(i int) (err error) {
		_, err = p.api.ResumeAccount(ctx, id(i), "", false)
		return err
	}
	remove := func(i int) (err error) {
		_, err = p.api.RemoveAccount(ctx, id(i), false, false)
		return err
	}
	pace := newPace(every)
	defer pace.end()
	for _, steps := range [][]func(i int) error{{add}, {change}, {pause, resume}, {remove}} {
		for i := range n {
			for _, step := range steps {
				pace.wait()
				if err := step(i); err != nil {
					return made, err
				}
				made++
			}
		}
	}
	return made, nil
}

// pace keeps changes apart. The zero pace does not.
type pace struct{ ticker *time.Ticker }

func newPace(every time.Duration) pace {
	if every == 0 {
		return pace{}
	}
	return pace{time.NewTicker(every)}
}

// wait waits until the next change may begin.
func (p pace) wait() {
	if p.ticker != nil {
		<-p.ticker.C
	}
}

func (p pace) end() {
	if p.ticker != nil {
		p.ticker.Stop()
	}
}
