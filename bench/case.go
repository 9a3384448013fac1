//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/ilp-go/connector/bench/subject"
)

// benchCase is one comparison: entrants that take turns, and what is to come of it.
type benchCase struct {
	name, title string
	entrants    []entrant
	targets     []target
	// needs says why the case can not be run, empty if it can.
	needs func(ctx context.Context, b *bench) string
}

// entrant is a process under a load.
type entrant struct {
	name  string // by which targets call it
	kind  subject.Kind
	setup subject.Setup
	work  work
	once  bool // too slow for more
}

// work runs an entrant once.
type work func(ctx context.Context, b *bench, e *entrant) (sample, error)

// bench is how to run the cases.
type bench struct {
	programs      subject.Programs
	kinds         []subject.Kind // that take part
	warmup        time.Duration
	duration      time.Duration
	soak          time.Duration
	runs          int
	referenceRuns int
	shrink        int // divides how many accounts and routes there are
	progress      io.Writer
}

// result is what a case gave.
type result struct {
	Name     string              `json:"name"`
	Title    string              `json:"title"`
	Skipped  string              `json:"skipped,omitempty"`
	Error    string              `json:"error,omitempty"`
	Order    []string            `json:"entrants"`
	Runs     map[string][]sample `json:"runs"`
	Medians  map[string]sample   `json:"medians"`
	Findings []finding           `json:"findings"`
}

// run runs a case: its entrants in turn, once each, then all over again, so that
// what else the machine does meets all of them.
// An error comes with the result as far as it got.
func (b *bench) run(ctx context.Context, c *benchCase) (*result, error) {
	r := &result{Name: c.name, Title: c.title, Runs: make(map[string][]sample), Medians: make(map[string]sample)}
	if c.needs != nil {
		if r.Skipped = c.needs(ctx, b); r.Skipped != "" {
			return r, nil
		}
	}
	for round := range max(b.runs, b.referenceRuns) {
		for i := range c.entrants {
			e := c.entrants[i]
			if round >= b.runsOf(&e) {
				continue
			}
			e.setup = b.shrunk(e.setup)
			b.say("%s: %s, run %d\n", c.name, e.name, round+1)
			s, err := e.work(ctx, b, &e)
			if err != nil {
				return r, fmt.Errorf("%s: %s, run %d: %w", c.name, e.name, round+1, err)
			}
			r.Runs[e.name] = append(r.Runs[e.name], s)
		}
	}
	for _, e := range c.entrants {
		if runs := r.Runs[e.name]; len(runs) > 0 {
			r.Order = append(r.Order, e.name)
			r.Medians[e.name] = medians(runs)
		}
	}
	for i := range c.targets {
		r.Findings = append(r.Findings, c.targets[i].judge(r.Medians))
	}
	return r, nil
}

// runsOf is how often an entrant runs.
func (b *bench) runsOf(e *entrant) int {
	for _, kind := range b.kinds {
		switch {
		case kind != e.kind:
		case e.once:
			return 1
		case kind == subject.Reference:
			return b.referenceRuns
		default:
			return b.runs
		}
	}
	return 0
}

// shrunk is a setup with fewer accounts and routes, for a quick look at whether all
// works.
func (b *bench) shrunk(s subject.Setup) subject.Setup {
	for _, n := range []*int{&s.Senders, &s.Receivers, &s.Routes} {
		*n = b.scaled(*n)
	}
	return s
}

// scaled is n, or what is left of it when shrunk, but not nothing.
func (b *bench) scaled(n int) int { return max(n/b.shrink, min(n, 1)) }

func (b *bench) say(format string, arguments ...any) {
	_, _ = fmt.Fprintf(b.progress, format, arguments...)
}
