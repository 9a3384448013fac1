//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
)

func main() {
	if err := runUntilSignal(); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// runUntilSignal runs what the command line asks for. A signal ends the run and the processes that it
// has started.
func runUntilSignal() error {
	// The client of the admin API makes garbage, and a collection would hold up the load beside it.
	debug.SetGCPercent(garbagePercent)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], os.Stdout, os.Stderr)
}

// garbagePercent is how much garbage there may be, in percent of what must stay: 16 MB at the least.
const garbagePercent = 400

// run runs the cases that the arguments ask for.
func run(ctx context.Context, arguments []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	o := options{progress: stderr}
	if err := o.parse(flags, arguments); err != nil {
		return err
	}
	chosen, err := choose(cases(), o.cases)
	if err != nil {
		return err
	}
	if o.list {
		for _, c := range chosen {
			_, _ = fmt.Fprintf(stdout, "%-14s%s\n", c.name, c.title)
		}
		return nil
	}
	b, err := o.bench()
	if err != nil {
		return err
	}
	return b.runAll(ctx, chosen, o.json, stdout)
}

// runAll runs the cases one after the other and prints the result of each. After a case that fails, it
// runs the others too.
func (b *bench) runAll(ctx context.Context, chosen []benchCase, asJSON bool, w io.Writer) (failed error) {
	results := []*result{}
	for i := range chosen {
		r, err := b.run(ctx, &chosen[i])
		if err != nil {
			failed = errors.Join(failed, err)
			r.Error = err.Error()
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		results = append(results, r)
		if !asJSON {
			if err := r.print(w); err != nil {
				return err
			}
		}
	}
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(results); err != nil {
			return err
		}
	}
	return failed
}

// choose returns the cases of a list of names, or all cases for an empty list.
func choose(all []benchCase, names string) ([]benchCase, error) {
	if names == "" {
		return all, nil
	}
	var chosen []benchCase
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(all, func(c benchCase) bool { return c.name == strings.TrimSpace(name) })
		if i < 0 {
			return nil, fmt.Errorf("there is no case %q; -list prints all names", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
