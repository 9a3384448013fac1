//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

const (
	knownClients     = 100_000
	connectedClients = 10_000
	clientPackets    = 100_000
	// exchangeRounds is the number of parts of the exchange. In each, another tenth of the clients
	// send, one packet at a time, so that 1,000 packets are in flight.
	exchangeRounds = 10
)

func children() benchCase {
	setup := subject.Setup{Admin: true, Clients: true, Store: durableStore, Core: load.OnAnyCore}
	return benchCase{
		name:     "children",
		title:    "10,000 clients of 100,000 connected, each an account; idle for a minute, then 100,000 packets among them",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: setup, work: runChildren, once: true}},
		targets: []target{
			{metric: knownBytes, entrant: connector, max: 1500, unit: " bytes"},
			{metric: connectedBytes, entrant: connector, max: 20_000, unit: " bytes"},
			{metric: readyMillis, entrant: connector, max: 3000, unit: " ms"},
			{metric: idleCorePercent, entrant: connector, max: 2, unit: " %"},
		},
	}
}

func runChildren(ctx context.Context, b *bench, e *entrant) (sample, error) {
	none, err := b.memoryWithoutClients(ctx, e)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "ilp-bench-store-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	known, connected := b.scaled(knownClients), b.scaled(connectedClients)
	if err := subject.FillStore(dir, known); err != nil {
		return nil, err
	}
	filled := *e
	filled.setup.Dir = dir
	p, err := b.operate(ctx, &filled)
	if err != nil {
		return nil, err
	}
	defer p.end()
	s, err := p.measureClients(ctx, b, none, known, connected)
	if err != nil {
		return nil, p.explain(err)
	}
	return s, nil
}

// memoryWithoutClients returns the memory of a process that knows no clients.
func (b *bench) memoryWithoutClients(ctx context.Context, e *entrant) (int64, error) {
	p, err := b.operate(ctx, e)
	if err != nil {
		return 0, err
	}
	defer p.end()
	return p.settled(ctx, b, sleep)
}

// settleTimes bounds how often settled looks, and settleShare is the fall of the memory between two
// looks that is none.
const (
	settleTimes = 10
	settleShare = 0.995
)

// settled returns the memory of the process when it falls no more. The process gives back memory of
// its start step by step.
func (p *operated) settled(ctx context.Context, b *bench, rest func(context.Context, time.Duration) error) (int64, error) {
	var last int64
	for i := range settleTimes {
		if err := rest(ctx, b.duration); err != nil {
			return 0, err
		}
		used, err := p.subject.Usage()
		if err != nil {
			return 0, err
		}
		if i > 0 && float64(used.Memory) > settleShare*float64(last) {
			return used.Memory, nil
		}
		last = used.Memory
	}
	return last, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// measureClients measures a process that knows clients, without connections, with idle ones, and with
// packets among them.
func (p *operated) measureClients(ctx context.Context, b *bench, none int64, known, connected int) (sample, error) {
	apart, err := p.settled(ctx, b, sleep)
	if err != nil {
		return nil, err
	}
	if err := p.checkClients(ctx, known, 0); err != nil {
		return nil, err
	}
	numbers := make([]int, connected)
	for i := range numbers {
		numbers[i] = i * known / connected
	}
	if p.load, err = p.subject.Dial(ctx, p.subject.ClientOptions(numbers)); err != nil {
		return nil, err
	}
	there, err := p.settled(ctx, b, p.load.Rest)
	if err != nil {
		return nil, err
	}
	before, err := p.subject.CPU()
	if err != nil {
		return nil, err
	}
	if err := p.load.Rest(ctx, b.soak); err != nil {
		return nil, err
	}
	after, err := p.subject.CPU()
	if err != nil {
		return nil, err
	}
	if err := p.checkClients(ctx, known, connected); err != nil { // none was lost while it was idle
		return nil, err
	}
	s, err := p.exchange(ctx, b, numbers)
	if err != nil {
		return nil, err
	}
	if err := p.checkClients(ctx, known, connected); err != nil {
		return nil, err
	}
	s[readyMillis] = millis(p.started)
	s[idleMegabytes] = megabytes(there)
	s[knownBytes] = float64(apart-none) / float64(known)
	s[connectedBytes] = float64(there-apart) / float64(connected)
	s[idleCorePercent] = 100 * (after - before).Seconds() / b.soak.Seconds()
	return s, nil
}

// exchange sends packets among random pairs of the connected clients. Each must be fulfilled.
func (p *operated) exchange(ctx context.Context, b *bench, numbers []int) (sample, error) {
	order := rand.Perm(len(numbers))
	each := int64(b.scaled(clientPackets) / exchangeRounds)
	var all []load.Measure
	for round := range exchangeRounds {
		phases, err := p.load.Run(ctx, load.Plan{
			Window: 1, Packets: each, Want: load.Fulfilled, CPU: p.subject.CPU, Core: p.setup.Core,
			Aim: func(sender int) []load.Target {
				if order[sender]%exchangeRounds != round {
					return nil
				}
				targets := make([]load.Target, exchangeRounds)
				for i := range targets {
					to := (sender + 1 + rand.IntN(len(numbers)-1)) % len(numbers) // another client
					targets[i] = load.Target{Address: subject.ClientAddress(numbers[to]), To: to}
				}
				return targets
			},
			Phases: []load.Phase{{Duration: time.Millisecond, Until: func() bool { return p.load.Answered() >= each }}},
		})
		if err != nil {
			return nil, err
		}
		all = append(all, phases...)
	}
	used, err := p.subject.Usage()
	sum := load.Sum(all)
	s := packetSample(&sum)
	s[peakMegabytes] = megabytes(used.Peak)
	return s, err
}

// checkClients reads all clients over the admin API. Their balances must add up to what the store had
// at first, since packets among them only move money. Once packets were sent, some must have changed.
func (p *operated) checkClients(ctx context.Context, known, connected int) error {
	query := client.ChildQuery{Limit: 1000}
	var n, moved int
	var sum int64
	for {
		page, err := p.api.Children(ctx, subject.ClientsID, query)
		if err != nil {
			return err
		}
		if page.Known != known || page.Connected != connected {
			return fmt.Errorf("%d clients are known and %d connected, not %d and %d", page.Known, page.Connected, known, connected)
		}
		for _, child := range page.Children {
			balance, err := strconv.ParseInt(child.Balance, 10, 64)
			if err != nil {
				return fmt.Errorf("the balance of client %s: %w", child.Name, err)
			}
			n++
			sum += balance
			if balance != subject.ClientBalance {
				moved++
			}
		}
		if query.After = page.Next; query.After == "" {
			break
		}
	}
	if want := int64(known) * subject.ClientBalance; sum != want || n != known {
		return fmt.Errorf("the balances of %d clients add up to %d, not those of %d to %d", n, sum, known, want)
	}
	if sent := p.load != nil && p.load.Answered() > 0; sent != (moved > 0) {
		return fmt.Errorf("%d balances have changed", moved)
	}
	return nil
}
