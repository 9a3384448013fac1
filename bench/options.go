//go:build linux

package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/ilp-go/connector/bench/subject"
)

// options are the command line.
type options struct {
	programs      subject.Programs
	cases         string
	json, list    bool
	quick         bool
	reference     bool
	duration      time.Duration
	warmup        time.Duration
	soak          time.Duration
	runs          int
	referenceRuns int
	shrink        int
	progress      io.Writer
}

// parse reads the command line into o.
func (o *options) parse(f *flag.FlagSet, arguments []string) error {
	f.StringVar(&o.cases, "case", "", "run only the cases with these `names`, separated by commas")
	f.BoolVar(&o.list, "list", false, "list the cases and exit")
	f.BoolVar(&o.json, "json", false, "print the results as JSON, with every run")
	f.BoolVar(&o.quick, "quick", false, "run shorter, and without the npm ilp-connector; other flags override parts of this")
	f.BoolVar(&o.reference, "reference", true, "run the npm ilp-connector too")
	f.DurationVar(&o.duration, "duration", 3*time.Second, "how long a run measures")
	f.DurationVar(&o.warmup, "warmup", time.Second, "how long the load runs before a run measures")
	f.DurationVar(&o.soak, "soak", time.Minute, "how long the soak lasts")
	f.IntVar(&o.runs, "runs", 5, "how many times each process runs")
	f.IntVar(&o.referenceRuns, "reference-runs", 3, "how many times the npm ilp-connector runs, in cases where it runs more than once")
	f.IntVar(&o.shrink, "shrink", 1, "divide the numbers of accounts and routes by this, to try all cases quickly")
	f.StringVar(&o.programs.Connector, "connector", "bin/ilp-connector", "the connector's `binary`")
	f.StringVar(&o.programs.Relay, "relay", "bin/ilp-relay", "the relay's `binary`")
	f.StringVar(&o.programs.Profiled, "profiled", "bin/ilp-profiled", "the `binary` of the connector with pprof")
	f.StringVar(&o.programs.Node, "node", "node", "the `binary` of Node.js, for the npm ilp-connector")
	f.StringVar(&o.programs.Peers, "peers", "test/peers", "the `folder` with the npm packages")
	if err := f.Parse(arguments); err != nil {
		return err
	}
	if f.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; choose cases with -case", f.Arg(0))
	}
	if o.quick {
		return o.applyQuick(f)
	}
	return nil
}

// applyQuick shortens everything that no flag has set.
func (o *options) applyQuick(f *flag.FlagSet) error {
	less := map[string]string{
		"reference": "false", "duration": "1s", "warmup": "300ms", "soak": "10s", "runs": "3", "reference-runs": "1",
	}
	f.Visit(func(set *flag.Flag) { delete(less, set.Name) })
	for name, value := range less {
		if err := f.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// bench returns how to run the cases. It fails if a program is missing.
func (o *options) bench() (*bench, error) {
	b := &bench{
		programs: o.programs,
		kinds:    []subject.Kind{subject.Connector, subject.Relay},
		warmup:   o.warmup, duration: o.duration, soak: o.soak,
		runs: o.runs, referenceRuns: o.referenceRuns,
		shrink: max(o.shrink, 1), progress: o.progress,
	}
	for _, path := range []*string{&b.programs.Connector, &b.programs.Profiled, &b.programs.Relay, &b.programs.Peers} {
		absolute, err := filepath.Abs(*path) // processes run in other folders
		if err != nil {
			return nil, err
		}
		*path = absolute
		if _, err := os.Stat(absolute); err != nil {
			return nil, fmt.Errorf("%w; make bench builds it", err)
		}
	}
	if !o.reference {
		b.referenceRuns = 0
		return b, nil
	}
	if _, err := os.Stat(filepath.Join(b.programs.Peers, "node_modules", "ilp-connector")); err != nil {
		return nil, fmt.Errorf("%w; make bench installs it, and -reference=false runs without it", err)
	}
	node, err := exec.LookPath(b.programs.Node)
	if err != nil {
		return nil, err
	}
	b.programs.Node = node
	b.kinds = append(b.kinds, subject.Reference)
	return b, nil
}
