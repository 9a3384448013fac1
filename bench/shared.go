//go:build linux

package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ilp-go/connector/bench/load"
	"github.com/ilp-go/connector/bench/subject"
)

const sharedChildren = 10_000

func shared() benchCase {
	setup := subject.Setup{Admin: true, Profiled: true, Listen: true, Shared: sharedChildren, Core: load.OnAnyCore}
	return benchCase{
		name:     "shared",
		title:    "10,000 children over BTP, each an account, connected to the one shared listener and idle; then a packet of each",
		entrants: []entrant{{name: connector, kind: subject.Connector, setup: setup, work: runShared, once: true}},
		targets: []target{
			{metric: connectedBytes, entrant: connector, max: 12 << 10, unit: " bytes"},
			{metric: childBytes, entrant: connector, max: 12 << 10, unit: " bytes, with its account"},
			{metric: listeners, entrant: connector, max: 1},
		},
	}
}

// runShared compares a process without children with one whose children are apart, and the same with all
// children connected.
func runShared(ctx context.Context, b *bench, e *entrant) (sample, error) {
	empty := *e
	empty.setup.Shared = 0
	none, err := b.memoryWithoutClients(ctx, &empty)
	if err != nil {
		return nil, err
	}
	p, err := b.operate(ctx, e)
	if err != nil {
		return nil, err
	}
	defer p.end()
	s, err := p.measureShared(ctx, b, none)
	if err != nil {
		return nil, p.explain(err)
	}
	return s, nil
}

func (p *operated) measureShared(ctx context.Context, b *bench, none int64) (sample, error) {
	apart, err := p.settled(ctx, b, sleep)
	if err != nil {
		return nil, err
	}
	quiet, err := p.profile(ctx, "goroutine?debug=1", goroutineLine)
	if err != nil {
		return nil, err
	}
	if p.load, err = p.subject.Dial(ctx, p.subject.SharedOptions()); err != nil {
		return nil, err
	}
	there, err := p.settled(ctx, b, p.load.Rest)
	if err != nil {
		return nil, err
	}
	busy, err := p.profile(ctx, "goroutine?debug=1", goroutineLine)
	if err != nil {
		return nil, err
	}
	listening, err := p.listening(ctx)
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
	s, err := p.packetOfEach(ctx) // none was lost while it was idle
	if err != nil {
		return nil, err
	}
	n := float64(p.setup.Shared)
	s[readyMillis], s[idleMegabytes] = millis(p.started), megabytes(there)
	s[accountBytes], s[connectedBytes], s[childBytes] = float64(apart-none)/n, float64(there-apart)/n, float64(there-none)/n
	s[listeners], s[childGoroutines] = listening, (busy-quiet)/n
	s[idleCorePercent] = 100 * (after - before).Seconds() / b.soak.Seconds()
	return s, nil
}

// packetOfEach sends a packet from each child to the next one.
func (p *operated) packetOfEach(ctx context.Context) (sample, error) {
	n := p.setup.Shared
	phases, err := p.load.Run(ctx, load.Plan{
		Window: 1, Packets: int64(n), Want: load.Fulfilled, CPU: p.subject.CPU, Core: p.setup.Core,
		Aim: func(sender int) []load.Target {
			to := (sender + 1) % n
			return []load.Target{{Address: subject.SharedAddress(to), To: to}}
		},
		Phases: []load.Phase{{Duration: time.Millisecond, Until: func() bool { return p.load.Answered() >= int64(n) }}},
	})
	if err != nil {
		return nil, err
	}
	used, err := p.subject.Usage()
	s := packetSample(&phases[0])
	s[peakMegabytes] = megabytes(used.Peak)
	return s, err
}

// acceptFrame is a function in the stack of each goroutine that listens, and otherListener one in those
// of the admin API and of pprof.
const acceptFrame = "net.(*TCPListener).Accept"

var (
	stackHead     = regexp.MustCompile(`(?m)^(\d+) @ `)
	otherListener = regexp.MustCompile(`connector/admin\.|main\.main\.func`)
)

// listening returns how many goroutines of a profiled process accept connections of accounts.
func (p *operated) listening(ctx context.Context) (float64, error) {
	text, err := p.profileText(ctx, "goroutine?debug=1")
	if err != nil {
		return 0, err
	}
	return countListening(text)
}

// countListening returns how many goroutines of a profile accept connections of accounts.
func countListening(profile string) (n float64, err error) {
	for stack := range strings.SplitSeq(profile, "\n\n") {
		if !strings.Contains(stack, acceptFrame) || otherListener.MatchString(stack) {
			continue
		}
		head := stackHead.FindStringSubmatch(stack)
		if head == nil {
			return 0, fmt.Errorf("a stack begins with %.40q", stack)
		}
		count, err := strconv.ParseFloat(head[1], 64)
		if err != nil {
			return 0, err
		}
		n += count
	}
	return n, nil
}
