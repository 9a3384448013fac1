//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/ilp-go/connector/admin/client"
	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

const (
	reloaded   = 1000 // reloads in all
	reloadRate = 2000
	// reloadRemember is how long packets are remembered. reloadWarm warm-ups later the memory of
	// packets has its size.
	reloadRemember = time.Second
	reloadWarm     = 12
)

// reloadParts are the numbers of reloads, of a thousand, after which the heap is measured.
var reloadParts = [...]int{100, 500, 1000}

func reloads() benchCase {
	setup := pairs(1)
	setup.Admin, setup.Store, setup.Profiled, setup.Remember = true, durableStore, true, reloadRemember
	return benchCase{
		name:     "reloads",
		title:    "2,000 packets/s offered, while the configuration is reloaded 1,000 times; a third of them are invalid",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: setup, work: runReloads, once: true}},
		targets: []target{
			// Until 500 the journal of the store and the memory of packets may still get their size.
			{metric: heapGrowth, entrant: connector, max: 1.05, unit: " x from 500 reloads to 1,000"},
			{metric: goroutineGrowth, entrant: connector, max: 1.1, unit: " x from 100 reloads to 1,000"},
		},
	}
}

// runReloads drives a paced load, in which no packet may be lost or refused, and reloads meanwhile.
func runReloads(ctx context.Context, b *bench, e *entrant) (sample, error) {
	t, err := b.beginOperated(ctx, e)
	if err != nil {
		return nil, err
	}
	defer t.end()
	plan := flow{rate: reloadRate, aim: toReceivers}.plan(t.trial)
	plan.Phases = []load.Phase{{Duration: reloadWarm * b.warmup}, {Duration: b.duration}}
	r := &reloader{operated: t}
	var heaps, goroutines []float64
	var tasks []*task
	for _, part := range reloadParts {
		until := b.scaled(part)
		reload := &task{do: func() error { return r.reloadUntil(ctx, until) }}
		look := &task{do: func() error {
			heap, n, err := t.leastHeap(ctx, b)
			heaps, goroutines = append(heaps, heap), append(goroutines, n)
			return err
		}}
		tasks = append(tasks, reload, look)
		plan.Phases = append(plan.Phases, reload.phase(), look.phase())
	}
	phases, err := t.load.Run(ctx, plan)
	if err != nil {
		return nil, t.explain(err)
	}
	var busy []load.Measure
	var seconds float64
	for i, one := range tasks {
		if err := one.ended(); err != nil {
			return nil, t.explain(err)
		}
		if i%2 == 0 {
			busy = append(busy, phases[2+i])
			seconds += one.took.Seconds()
		}
	}
	s := compared(phases[1:2], busy)
	s[reloadsPerSec] = float64(r.done) / seconds
	s[heapMegabytes] = heaps[2] / (1 << 20)
	s[heapGrowthHalf], s[heapGrowth] = heaps[1]/heaps[0], heaps[2]/heaps[1]
	s[goroutineGrowth] = goroutines[2] / goroutines[0]
	return s, nil
}

// heapLooks is how often the heap is measured. Between two looks packets are forgotten, so the least
// heap tells more than one does.
const heapLooks = 5

// leastHeap returns the least heap of several looks, and the fewest goroutines.
func (p *operated) leastHeap(ctx context.Context, b *bench) (heap, goroutines float64, err error) {
	heap, goroutines = math.Inf(1), math.Inf(1)
	for range heapLooks {
		if err := sleep(ctx, b.warmup/2); err != nil {
			return 0, 0, err
		}
		bytes, n, err := p.heap(ctx)
		if err != nil {
			return 0, 0, err
		}
		heap, goroutines = min(heap, bytes), min(goroutines, n)
	}
	return heap, goroutines, nil
}

// reloader reloads one configuration after the other.
type reloader struct {
	*operated
	done  int
	holds inForce
}

// inForce is the part of the configuration that changes.
type inForce struct {
	amountMax string // maxPacketAmount of the sender
	extra     string // the id of the one further account
}

// reloadUntil reloads until n reloads are done. A third of the configurations are invalid, in one of
// four ways. The others change a limit of the sender back and forth, and replace an account. After
// each the process must say that the valid configuration is in force.
func (r *reloader) reloadUntil(ctx context.Context, n int) error {
	for ; r.done < n; r.done++ {
		i := r.done
		next := inForce{amountMax: fmt.Sprint(1_000_000_000 + i%2), extra: fmt.Sprintf("x%d", i%4)}
		valid := i%3 != 2
		if err := r.write(next, valid); err != nil {
			return err
		}
		_, err := r.api.Reload(ctx, false)
		var refused *client.Error
		switch {
		case valid && err != nil:
			return fmt.Errorf("reload %d: %w", i, err)
		case !valid && (!errors.As(err, &refused) || refused.Status != http.StatusConflict):
			return fmt.Errorf("reload %d of an invalid configuration: %w", i, err)
		case valid:
			r.holds = next
		}
		if err := r.check(ctx); err != nil {
			return fmt.Errorf("after reload %d: %w", i, err)
		}
	}
	return nil
}

// write writes a configuration, which may be invalid.
func (r *reloader) write(next inForce, valid bool) error {
	if which := r.done / 3 % 4; !valid && which == 0 {
		return r.subject.Spoil()
	} else if !valid {
		return r.subject.Configure(func(accounts map[string]map[string]any) {
			next.apply(accounts)
			bad := subject.LoopbackAccount()
			switch which {
			case 1:
				bad["relation"] = "cousin"
			case 2:
				bad["plugin"] = "none"
			default:
				bad["balance"] = map[string]any{"maximum": "many"}
			}
			accounts["bad"] = bad
		})
	}
	return r.subject.Configure(next.apply)
}

func (f inForce) apply(accounts map[string]map[string]any) {
	accounts[subject.SenderID(0)]["maxPacketAmount"] = f.amountMax
	accounts[f.extra] = subject.LoopbackAccount()
}

// check compares what the process says with what must be in force.
func (r *reloader) check(ctx context.Context) error {
	var list struct {
		Accounts map[string]struct {
			Info struct {
				AmountMax string `json:"maxPacketAmount"`
			} `json:"info"`
		} `json:"accounts"`
	}
	if err := r.api.Get(ctx, "/accounts", &list); err != nil {
		return err
	}
	_, there := list.Accounts[r.holds.extra]
	if got := list.Accounts[subject.SenderID(0)].Info.AmountMax; got != r.holds.amountMax || !there || len(list.Accounts) != 3 {
		return fmt.Errorf("the sender has maxPacketAmount %s, and there are %d accounts; want %s and %s", got, len(list.Accounts), r.holds.amountMax, r.holds.extra)
	}
	return nil
}
