//go:build linux

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

const (
	rateRounds = 5 // of quiet and changing prices
	ratedRate  = 5000
	// tableEvery is the time from one table of prices to the next.
	tableEvery = 100 * time.Millisecond
	// tablePatience is how long a table may take until it converts a packet.
	tablePatience = 30 * time.Second
)

func rates() benchCase {
	setup := pairs(15) // with balances in memory, or the ratio would be that of the disk to itself
	setup.Admin, setup.Priced = true, true
	return benchCase{
		name:     "rates",
		title:    "5,000 packets/s offered among 30 currencies, while all prices change at once, 10 times a second; a wrong amount fails the case",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: setup, work: runRates, once: true}},
		targets:  []target{{metric: busyRatio, entrant: connector, max: 1.5, unit: " x the p99 of the quiet load"}},
	}
}

// runRates drives a paced load in turns of quiet and changing prices. The load fails when a packet is
// refused, or when an amount is not of one table that is in force.
func runRates(ctx context.Context, b *bench, e *entrant) (sample, error) {
	t, err := b.beginOperated(ctx, e)
	if err != nil {
		return nil, err
	}
	defer t.end()
	r := &repricer{operated: t}
	tables := max(int(b.duration/tableEvery), 2)
	plan := flow{rate: ratedRate, aim: toAllReceivers}.plan(t.trial)
	plan.Phases = []load.Phase{{Duration: b.warmup}}
	var tasks []*task
	for range rateRounds {
		one := &task{do: func() error { return r.reprice(ctx, tables) }}
		tasks = append(tasks, one)
		plan.Phases = append(plan.Phases, load.Phase{Duration: b.duration}, one.phase())
	}
	phases, err := t.load.Run(ctx, plan)
	if err != nil {
		return nil, t.explain(err)
	}
	var quiet, busy []load.Measure
	for i, one := range tasks {
		if err := one.ended(); err != nil {
			return nil, t.explain(err)
		}
		quiet, busy = append(quiet, phases[1+2*i]), append(busy, phases[2+2*i])
	}
	s := compared(quiet, busy)
	s[packetsChecked], s[tablesPublished] = float64(t.load.Answered()), float64(r.version)
	s[tablesPerSec] = float64(r.version) / load.Sum(busy).Elapsed.Seconds()
	return s, nil
}

// repricer changes all prices, again and again.
type repricer struct {
	*operated
	version uint32 // of the prices in force
}

// reprice puts n more tables in force, one every tableEvery, or later if one takes longer. Each must
// convert a packet before the next one comes.
func (r *repricer) reprice(ctx context.Context, n int) error {
	next := time.Now()
	for range n {
		r.version++
		r.prices.Offer(r.version)
		prices := make(map[string]*string)
		for currency, price := range r.setup.Prices(r.version) {
			prices[currency] = &price
		}
		if _, err := r.api.SetPrices(ctx, prices, "", true); err != nil {
			return err
		}
		if err := r.awaitSeen(ctx); err != nil {
			return err
		}
		next = next.Add(tableEvery)
		if now := time.Now(); now.After(next) {
			next = now
		}
		if err := sleep(ctx, time.Until(next)); err != nil {
			return err
		}
	}
	return nil
}

// awaitSeen waits until the newest table has converted a packet.
func (r *repricer) awaitSeen(ctx context.Context) error {
	for deadline := time.Now().Add(tablePatience); r.prices.Seen() < r.version; {
		if time.Now().After(deadline) {
			return fmt.Errorf("no packet was converted at version %d of the prices in %v", r.version, tablePatience)
		}
		if err := sleep(ctx, readyPause); err != nil {
			return err
		}
	}
	return nil
}
