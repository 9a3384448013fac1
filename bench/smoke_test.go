//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

// programs are the binaries that TestMain has built.
var programs subject.Programs

func TestMain(m *testing.M) { os.Exit(runTests(m)) }

func runTests(m *testing.M) int {
	folder, err := os.MkdirTemp("", "ilp-bench-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(folder)
	for source, module := range map[string]string{"./cmd/ilp-connector": "..", "./relay": ".", "./profiled": "."} {
		build := exec.Command("go", "build", "-o", filepath.Join(folder, filepath.Base(source)), source)
		build.Dir = module
		if output, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build %s: %v\n%s", source, err, output)
			return 1
		}
	}
	programs = subject.Programs{
		Connector: filepath.Join(folder, "ilp-connector"), Relay: filepath.Join(folder, "relay"), Profiled: filepath.Join(folder, "profiled"),
		Node: "node", Peers: "../test/peers",
	}
	return m.Run()
}

// smallBench returns a bench that runs everything once, short and small.
func smallBench(t *testing.T, kinds ...subject.Kind) *bench {
	t.Helper()
	return &bench{
		programs: programs, kinds: kinds,
		warmup: 30 * time.Millisecond, duration: 100 * time.Millisecond, soak: 300 * time.Millisecond,
		runs: 1, referenceRuns: 1, shrink: 100, progress: t.Output(),
	}
}

func TestEveryCaseRuns(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) {
			r, err := smallBench(t, subject.Connector, subject.Relay).run(t.Context(), &c)
			if err != nil {
				t.Fatal(err)
			}
			checkResult(t, &c, r)
		})
	}
}

// The npm connector is known to learn routes, so it proves that the neighbor announces them correctly.
func TestReferenceLearnsFromTheNeighbor(t *testing.T) {
	slow := burst() // on a busy machine it cannot carry the rate of the case
	slow.entrants[0].work = runBurst(burstRate / 20)
	for _, c := range []benchCase{slow, learn()} {
		t.Run(c.name, func(t *testing.T) {
			c.entrants[0].kind = subject.Reference
			r, err := smallBench(t, subject.Reference).run(t.Context(), &c)
			if err != nil {
				t.Fatal(err)
			}
			checkResult(t, &c, r)
		})
	}
}

// differences are metrics of two processes, which on a busy machine may differ the wrong way.
var differences = []metric{accountKilos, routeBytes, knownBytes, connectedBytes, accountBytes, childBytes}

// checkResult checks that a result has all its numbers, and that they are possible.
func checkResult(t *testing.T, c *benchCase, r *result) {
	t.Helper()
	var text bytes.Buffer
	if err := r.print(&text); err != nil {
		t.Fatal(err)
	}
	t.Log(text.String())
	if _, err := json.Marshal(r); err != nil {
		t.Error(err)
	}
	if r.Skipped != "" {
		if c.needs == nil {
			t.Errorf("skipped: %s", r.Skipped)
		}
		return
	}
	if len(r.Order) == 0 || len(r.Findings) != len(c.targets) {
		t.Errorf("entrants %v, findings %v", r.Order, r.Findings)
	}
	for name, s := range r.Medians {
		for m, v := range s {
			if v < 0 && !slices.Contains(differences, m) || v > 1e9 {
				t.Errorf("%s of %s is %v", m, name, v)
			}
		}
	}
}

func TestDeadProcessFailsTheCaseAndSaysWhy(t *testing.T) {
	b := smallBench(t, subject.Connector)
	b.programs.Connector = "/bin/false"
	c := one()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := b.run(ctx, &c)
	if err == nil || !errors.Is(err, subject.ErrEnded) || len(r.Order) > 0 {
		t.Errorf("got %v", err)
	}
}

func TestWrongAnswersFailTheCase(t *testing.T) {
	c := one()
	c.entrants[0].work = flow{window: 4, aim: toNowhere, want: load.Fulfilled}.carry
	var text bytes.Buffer
	err := smallBench(t, subject.Connector).runAll(t.Context(), []benchCase{c}, false, &text)
	if err == nil || !strings.Contains(err.Error(), "F02") || !strings.Contains(text.String(), "FAILED") {
		t.Errorf("got %v\n%s", err, text.String())
	}
}

func TestCasesAreChosenByName(t *testing.T) {
	chosen, err := choose(cases(), "learn, one")
	if err != nil || len(chosen) != 2 || chosen[0].name != "learn" || chosen[1].name != "one" {
		t.Errorf("got %d cases, %v", len(chosen), err)
	}
	if _, err := choose(cases(), "two"); err == nil {
		t.Error("there is no case of that name")
	}
	var seen []string
	for _, c := range cases() {
		if slices.Contains(seen, c.name) {
			t.Errorf("two cases are called %s", c.name)
		}
		seen = append(seen, c.name)
		for _, target := range c.targets {
			for _, name := range []string{target.entrant, target.against, target.beyond} {
				if name != "" && !slices.ContainsFunc(c.entrants, func(e entrant) bool { return e.name == name }) {
					t.Errorf("%s: a target speaks of %s, which is no entrant", c.name, name)
				}
			}
		}
	}
}

func TestQuickSetsWhatOtherFlagsDoNot(t *testing.T) {
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-quick", "-list", "-case", "one"}, &out, &out); err != nil || !strings.HasPrefix(out.String(), "one ") {
		t.Errorf("%v: %s", err, out.String())
	}
	for _, wrong := range [][]string{{"one"}, {"-case", "none"}, {"-nothing"}, {"-connector", "/nowhere"}} {
		if err := run(t.Context(), wrong, &out, &out); err == nil {
			t.Errorf("%v went through", wrong)
		}
	}
	if errors.Is(run(t.Context(), []string{"-json"}, &out, &out), nil) {
		t.Error("without binaries nothing can run")
	}
}
