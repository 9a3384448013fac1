//go:build linux

package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/ilp-go/connector/bench/subject"
)

// durableStore is the store that writes balances to disk and syncs them before a Fulfill is passed on.
const durableStore = "bolt"

func durable(name string, window int) benchCase {
	work := flow{window: window, aim: toReceivers}.carry
	onDisk := pairs(1)
	onDisk.Store = durableStore
	return benchCase{
		name: name, title: fmt.Sprintf("balances on disk, synced; 1 sender to 1 receiver, %d in flight", window),
		entrants: []entrant{
			{name: "memory", kind: subject.Connector, setup: pairs(1), work: work},
			{name: durableStore, kind: subject.Connector, setup: onDisk, work: work},
		},
		targets: []target{{metric: cpuMicros, entrant: durableStore, against: "memory", max: 1.4}},
		needs:   needsStore,
	}
}

// needsStore asks our binary whether it knows the store. It returns why not, or nothing.
func needsStore(ctx context.Context, b *bench) string {
	check := exec.CommandContext(ctx, b.programs.Connector, "check")
	check.Env = []string{
		"CONNECTOR_ILP_ADDRESS=" + subject.Address, "CONNECTOR_ACCOUNTS={}", "CONNECTOR_BACKEND=one-to-one",
		"CONNECTOR_STORE=" + durableStore, "CONNECTOR_STORE_PATH=.",
	}
	output, err := check.CombinedOutput()
	if err == nil {
		return ""
	}
	first, _, _ := strings.Cut(string(output), "\n")
	return fmt.Sprintf("the connector has no store %q (%s)", durableStore, first)
}
