//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/ilp-go/connector/bench/subject"
)

// benchCase is one comparison: entrants that take turns, and the targets to meet.
type benchCase struct {
	name, title string
	entrants    []entrant
	targets     []target
	// needs, if not nil, returns why the case cannot run, or nothing.
	needs func(ctx context.Context, b *bench) string
}

// entrant is a process under a load.
type entrant struct {
	name  string // as targets name it
	kind  subject.Kind
	setup subject.Setup
	work  work
	once  bool // run once only, as more would take too long
}

// work runs an entrant once.
type work func(ctx context.Context, b *bench, e *entrant) (sample, error)

// bench says how to run the cases.
type bench struct {
	programs      subject.Programs
	kinds         []subject.Kind // that run
	warmup        time.Duration
	duration      time.Duration
	soak          time.Duration
	runs          int
	referenceRuns int
	shrink        int // divides the numbers of accounts and routes
	progress      io.Writer
}

// result is the outcome of a case.
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

// run runs a case: each entrant once, then each again, so that what else the machine does affects all
// of them. With an error it returns the result so far.
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
			_, _ = fmt.Fprintf(b.progress, "%s: %s, run %d\n", c.name, e.name, round+1)
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

// runsOf returns how many times an entrant runs.
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

// shrunk returns a setup with fewer accounts and routes. One with hosted accounts has few.
func (b *bench) shrunk(s subject.Setup) subject.Setup {
	if s.Hosted > 0 {
		return s
	}
	for _, n := range []*int{&s.Senders, &s.Receivers, &s.Routes, &s.Shared} {
		*n = b.scaled(*n)
	}
	return s
}

// scaled returns n divided by shrink, and at least 1 unless n is 0.
func (b *bench) scaled(n int) int { return max(n/b.shrink, min(n, 1)) }
